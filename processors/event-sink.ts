import type { CounterName } from '../runtime/metrics/catalogue.ts';
import { sleep } from '../runtime/ports.ts';
import type { PartitionContext, PartitionWorker } from '../runtime/stage.ts';
import { codeOf } from '../schemas/errors.ts';

const RETRY_FIRST_MS = 200;
const RETRY_MOST_MS = 5_000;

/** A worker that only carries events into a database: no tables, no timers. What is under way ends with `lost`. */
export function eventSink(events: PartitionWorker['events']): PartitionWorker {
  return {
    events,
    restored: async () => undefined,
    changed: async () => undefined,
    wake: async () => undefined,
    lowestUndone: () => undefined,
    close: async () => undefined,
  };
}

/**
 * Repeats `write` while PostgreSQL is away, until it is done or the partition is lost. Each repetition counts in `retries`.
 * @param write is told which attempt it is, from 1
 * @throws what `write` throws but DATABASE_UNAVAILABLE; the reason of `lost`
 */
export async function untilStored(
  context: Pick<PartitionContext, 'lost' | 'metrics' | 'timers'>,
  retries: CounterName,
  write: (attempt: number) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    context.lost.throwIfAborted();
    try {
      await write(attempt);
      return;
    } catch (error) {
      if (codeOf(error) !== 'DATABASE_UNAVAILABLE') throw error;
      context.metrics.count(retries);
      const delay = RETRY_FIRST_MS * 2 ** Math.min(attempt - 1, 10);
      await sleep(context.timers, Math.min(RETRY_MOST_MS, delay), context.lost);
    }
  }
}
