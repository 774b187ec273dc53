import type { EventLog, LogBatch } from '../../runtime/event-log.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import type { Serde } from '../../schemas/serde.ts';

/**
 * Follows `pms.events` from its beginning and tells every event once it is in the log: what a PMS that keeps its own calendar would read.
 * Batches of one partition come in order.
 */
export async function followPmsEvents(
  log: EventLog,
  serde: Serde,
  partitions: number,
  onEvent: (event: PmsEvent) => void,
): Promise<{ close(): Promise<void> }> {
  const waiting = new Map<number, Promise<void>>();
  const take = (batch: LogBatch) => {
    const values = batch.records.flatMap(({ value }) => (value === null ? [] : [value]));
    const before = waiting.get(batch.partition) ?? Promise.resolve();
    const done = before
      .then(() => serde.prepareFor(values))
      .then(() => {
        for (const value of values) onEvent(serde.decode('pms.events', value));
      });
    // Bytes that are no event are intake's to report; they are no fact here.
    waiting.set(
      batch.partition,
      done.catch(() => undefined),
    );
  };
  const all = Array.from({ length: partitions }, (_, partition) => ({
    topic: 'pms.events',
    partition,
  }));
  const ends = await log.readToEnd(all, take);
  return log.tail(ends, take);
}
