import type { Database, Transaction } from '../database.ts';
import { eventMessage, headersOf, type Outbox, type OutboxMessage } from '../ports/outbox.ts';
import { jsonb } from './jsonb.ts';
import { asUnknownProperty, nextSequence } from './sequence.ts';

export function createPostgresOutbox(database: Database): Outbox {
  return {
    append: (tenantId, messages) =>
      database.withTenant(tenantId, (tx) => appendMessages(tx, messages)),
    appendEvents: async (tenantId, events) => {
      try {
        return await database.withTenant(tenantId, async (tx) => {
          const sequences = new Map<string, number>();
          // Counters are locked in ascending order, whatever the order of the events.
          for (const event of [...events].sort((a, b) =>
            a.property_id < b.property_id ? -1 : a.property_id > b.property_id ? 1 : 0,
          ))
            sequences.set(event.event_id, await nextSequence(tx, event.property_id));
          const sequenced = events.map((event) => ({
            ...event,
            sequence: sequences.get(event.event_id) ?? null,
          }));
          await appendMessages(
            tx,
            sequenced.map((event) => eventMessage(event)),
          );
          return sequenced.map(({ sequence }) => sequence ?? 0);
        });
      } catch (error) {
        throw asUnknownProperty(error);
      }
    },
  };
}

/** Inserts messages in order, so that their ids rise in it. */
export async function appendMessages(
  tx: Transaction,
  messages: readonly OutboxMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  await tx.query(
    `INSERT INTO outbox (tenant_id, topic, key, placement, payload, headers)
     SELECT tenant_id, topic, key, placement, payload, headers
     FROM jsonb_to_recordset($1) AS m(position int, tenant_id uuid, topic text, key text, placement text, payload jsonb, headers jsonb)
     ORDER BY position`,
    [
      jsonb(
        messages.map((message, position) => ({
          position,
          tenant_id: message.tenantId,
          topic: message.topic,
          key: message.key,
          placement: message.placement,
          payload: message.value,
          headers: headersOf(message),
        })),
      ),
    ],
  );
}
