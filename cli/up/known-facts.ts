import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog, LogBatch, LogRecord } from '../../runtime/event-log.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { factOf } from '../../schemas/pms-event.ts';
import type { Serde } from '../../schemas/serde.ts';

const REGISTRY_RETRY_MS = 500;

/**
 * Follows `pms.events` from its beginning and tells every event once it is in the log: what a PMS that keeps its own calendar would read.
 * Batches of one partition come in order. What is no valid event is no fact, and intake's to report.
 */
export async function followPmsEvents(
  log: EventLog,
  serde: Serde,
  partitions: number,
  onEvent: (event: PmsEvent) => void,
): Promise<{ close(): Promise<void> }> {
  const waiting = new Map<number, Promise<void>>();
  const take = (batch: LogBatch) => {
    const before = waiting.get(batch.partition) ?? Promise.resolve();
    const done = before
      .then(() => prepare(serde, batch))
      .then(() => {
        for (const record of batch.records) {
          const event = validEvent(serde, record);
          if (event !== null) onEvent(event);
        }
      });
    waiting.set(batch.partition, done);
  };
  const all = Array.from({ length: partitions }, (_, partition) => ({
    topic: 'pms.events',
    partition,
  }));
  const ends = await log.readToEnd(all, take);
  return log.tail(ends, take);
}

/** Looks up the schemas of a batch; a registry that is away is waited for. */
async function prepare(serde: Serde, batch: LogBatch): Promise<void> {
  for (;;) {
    try {
      await serde.prepareFor(batch.records.map(({ value }) => value));
      return;
    } catch (error) {
      if (codeOf(error) !== 'REGISTRY_UNAVAILABLE') throw error;
      await delay(REGISTRY_RETRY_MS);
    }
  }
}

function validEvent(serde: Serde, { key, value }: LogRecord): PmsEvent | null {
  if (value === null) return null;
  try {
    const event = serde.decode('pms.events', value);
    factOf(event, key ?? '');
    return event;
  } catch (error) {
    if (error instanceof ParityError) return null;
    throw error;
  }
}
