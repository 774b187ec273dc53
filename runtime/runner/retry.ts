import type { Environment } from '../ports.ts';
import { sleep } from '../ports.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** Pause before the repeat number `attempt` (0, 1, …): doubled each time up to 10 s, with up to half of it as jitter. */
export function pauseMs(attempt: number, environment: Environment): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return pause * (1 + environment.random.next() / 2);
}

/**
 * Repeats `task` while it fails in a way that passes by itself, for as long as the signal allows.
 * @throws what `task` throws when `passing` says no; the reason of the signal when it is aborted.
 */
export async function untilItWorks<T>(
  task: () => Promise<T>,
  passing: (error: unknown) => boolean,
  environment: Environment,
  signal: AbortSignal,
  what: string,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      if (!passing(error)) throw error;
      environment.logger.warn({ error, attempt }, `${what} failed and is tried again`);
      await sleep(environment.timers, pauseMs(attempt, environment), signal);
    }
  }
}
