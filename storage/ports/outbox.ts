import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type {
  Alert,
  ChannelCommand,
  InboxMessage,
  PmsEvent,
} from '../../schemas/generated/types.ts';
import type { TopicName } from '../../topology/types.ts';

/** Topics that the relay publishes. */
export const OUTBOX_TOPICS = [
  'pms.events',
  'channel.connections',
  'channel.accounts',
  'channel.commands',
  'channel.inbox',
  'channel.alerts',
] as const satisfies readonly TopicName[];
export type OutboxTopic = (typeof OUTBOX_TOPICS)[number];

/** What a transaction wants published. It becomes durable with the transaction. */
export interface OutboxMessage {
  readonly topic: OutboxTopic;
  readonly tenantId: TenantId;
  readonly key: string;
  /** The id that decides the partition: a property_id, or an account_id for topics of accounts. */
  readonly placement: string;
  /** The value of the topic, as the serde takes it; null: tombstone. */
  readonly value: object | null;
  /** When the change first entered the pipeline, ms; null: with this transaction. */
  readonly originTs?: number | null;
  readonly traceparent?: string | null;
}

/** An event whose sequence is raised by the transaction that publishes it. */
export type UnsequencedEvent = Omit<PmsEvent, 'sequence'>;

/** Ways into the outbox for use-cases that change no other row. Each call is one transaction. Errors: DATABASE_UNAVAILABLE. */
export interface Outbox {
  append(tenantId: TenantId, messages: readonly OutboxMessage[]): Promise<void>;
  /**
   * Publishes events to `pms.events`, each with the next sequence of its property, in order.
   * @returns the sequences. @throws ParityError EVENT_VALUE_INVALID for a property that the tenant does not have.
   */
  appendEvents(tenantId: TenantId, events: readonly UnsequencedEvent[]): Promise<readonly number[]>;
}

export interface MessageContext {
  readonly originTs?: number | null;
  readonly traceparent?: string | null;
}

export function eventMessage(event: PmsEvent, context: MessageContext = {}): OutboxMessage {
  return {
    ...context,
    topic: 'pms.events',
    tenantId: event.tenant_id,
    key: event.property_id,
    placement: event.property_id,
    value: event,
  };
}

export function inboxMessage(message: InboxMessage, context: MessageContext = {}): OutboxMessage {
  return {
    ...context,
    topic: 'channel.inbox',
    tenantId: message.tenant_id,
    key: message.account_id,
    placement: message.account_id,
    value: message,
  };
}

/** A command lies with its connection, in the partition of the property. */
export function commandMessage(
  command: ChannelCommand,
  propertyId: PropertyId,
  context: MessageContext = {},
): OutboxMessage {
  return {
    ...context,
    topic: 'channel.commands',
    tenantId: command.tenant_id,
    key: command.connection_id,
    placement: propertyId,
    value: command,
  };
}

/** An alert lies with its connection, in the partition of the property. */
export function alertMessage(
  alert: Alert,
  propertyId: PropertyId,
  context: MessageContext = {},
): OutboxMessage {
  return {
    ...context,
    topic: 'channel.alerts',
    tenantId: alert.tenant_id,
    key: alert.connection_id ?? propertyId,
    placement: propertyId,
    value: alert,
  };
}

/** Record headers of a message, as far as the outbox keeps them; the relay adds the rest. */
export function headersOf({
  originTs,
  traceparent,
}: OutboxMessage): Readonly<Record<string, string>> {
  return {
    ...(originTs === undefined || originTs === null ? {} : { 'origin-ts': String(originTs) }),
    ...(traceparent === undefined || traceparent === null ? {} : { traceparent }),
  };
}
