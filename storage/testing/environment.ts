import type { Environment, Logger, Metrics, Timers } from '../../runtime/ports.ts';
import { SeededRandom } from '../../runtime/testing/seeded-random.ts';

/** Where tests begin, ms since the epoch. */
export const TEST_START_MS = Date.UTC(2030, 0, 1);

/** For tests without a timeline: every timer fires in the next turn, and the wall clock moves by the delays that were asked for. */
export function instantEnvironment(
  seed = 1,
): Environment & { readonly elapsed: () => number; pass(ms: number): void } {
  let elapsed = 0;
  const timers: Timers = {
    after: (delay, task) => {
      const handle = setImmediate(() => {
        elapsed += delay;
        task();
      });
      return { cancel: () => clearImmediate(handle) };
    },
  };
  return {
    clock: { now: () => TEST_START_MS + elapsed, monotonic: () => elapsed },
    timers,
    random: new SeededRandom(seed),
    logger: silentLogger,
    metrics: noMetrics,
    elapsed: () => elapsed,
    pass: (ms) => {
      elapsed += ms;
    },
  };
}

/** The real clock and timers, with repeatable ids. */
export function realEnvironment(seed = Math.floor(Math.random() * 2 ** 31)): Environment {
  return {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: {
      after: (delay, task) => {
        const handle = setTimeout(task, delay);
        return { cancel: () => clearTimeout(handle) };
      },
    },
    random: new SeededRandom(seed),
    logger: silentLogger,
    metrics: noMetrics,
  };
}

const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

const noMetrics: Metrics = {
  count: () => undefined,
  gauge: () => undefined,
  observe: () => undefined,
};
