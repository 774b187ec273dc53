import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import { eventMessage, headersOf, type Outbox, type OutboxMessage } from '../ports/outbox.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryDatabase, MemoryTransaction } from './database.ts';

const ERA_BITS = 2 ** 40;

export function createMemoryOutbox(client: MemoryClient): Outbox {
  return {
    append: (tenantId, messages) =>
      client.run('outbox.append', tenantId, async (tx) => appendMessages(client, tx, messages)),
    appendEvents: (tenantId, events) =>
      client.run('outbox.append-events', tenantId, async (tx) => {
        const sequenced = events.map((event) => ({
          ...event,
          sequence: nextSequence(client.database, tx, event.property_id),
        }));
        appendMessages(
          client,
          tx,
          sequenced.map((event) => eventMessage(event)),
        );
        return sequenced.map(({ sequence }) => sequence);
      }),
  };
}

/** `parity_first_of_era` in SQL. */
export function firstOfEra(database: MemoryDatabase): number {
  return database.era * ERA_BITS + 1;
}

/** `parity_next_sequence` in SQL. @throws ParityError EVENT_VALUE_INVALID for a property that the tenant does not have. */
export function nextSequence(
  database: MemoryDatabase,
  tx: MemoryTransaction,
  propertyId: PropertyId,
): number {
  const property = tx.table('properties').get(propertyId);
  if (property === undefined)
    throw new ParityError('EVENT_VALUE_INVALID', 'The tenant has no such property');
  const counters = tx.table('property_counters');
  const sequence = Math.max((counters.get(propertyId)?.sequence ?? 0) + 1, firstOfEra(database));
  counters.set(propertyId, { tenantId: property.tenantId, sequence });
  return sequence;
}

export function appendMessages(
  client: MemoryClient,
  tx: MemoryTransaction,
  messages: readonly OutboxMessage[],
): void {
  for (const message of messages) append(client, tx, message.tenantId, message);
  if (messages.length > 0) tx.onCommit(() => client.database.notifyAppended());
}

function append(
  client: MemoryClient,
  tx: MemoryTransaction,
  tenantId: TenantId,
  message: OutboxMessage,
): void {
  const id = client.database.nextOutboxId();
  tx.table('outbox').set(String(id).padStart(12, '0'), {
    tenantId,
    published: false,
    error: null,
    row: {
      id,
      tenantId,
      topic: message.topic,
      key: message.key,
      placement: message.placement,
      value: message.value,
      headers: headersOf(message),
      createdAt: Math.floor(client.environment.clock.now()),
    },
  });
}
