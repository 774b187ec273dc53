import type { Environment } from '../../runtime/ports.ts';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { eventMessage, type MessageContext, type OutboxMessage } from '../ports/outbox.ts';
import type { DeskTransactions } from './transaction.ts';

/** What every fact of the desk needs. */
export interface DeskPorts extends Pick<Environment, 'clock' | 'random'> {
  readonly transactions: DeskTransactions;
}

/** What happened to a property. */
export interface DeskFact {
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId;
  readonly type: string;
  readonly payload: PmsEvent['payload'];
  readonly context: MessageContext | undefined;
}

/** The outbox message of a fact, under the sequence that its transaction has raised. */
export function deskEvent(
  { clock, random }: DeskPorts,
  { tenantId, propertyId, type, payload, context }: DeskFact,
  sequence: number,
): OutboxMessage {
  return eventMessage(
    {
      event_id: random.uuid(),
      event_type: type,
      tenant_id: tenantId,
      property_id: propertyId,
      sequence,
      occurred_at: Math.floor(clock.now()),
      origin: null,
      payload,
    },
    context,
  );
}
