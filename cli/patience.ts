import type { Environment } from '../runtime/ports.ts';
import { sleep } from '../runtime/ports.ts';
import { pauseMs } from '../runtime/runner/retry.ts';
import { codeOf, type ErrorCode } from '../schemas/errors.ts';

/**
 * How long a start waits for Kafka and the registry, ms. A broker that has just died is still named by the others until its session
 * ends (9 s by default), and a rolling restart of the cluster should not fail what is deployed meanwhile.
 */
const PATIENCE_MS = 30_000;

const PASSING = new Set<ErrorCode>(['LOG_UNAVAILABLE', 'REGISTRY_UNAVAILABLE']);

/**
 * Repeats a step of the start while Kafka or the registry is out of reach. The step must leave nothing behind when it fails.
 * @throws what the step threw, at once if it will not pass by itself, else after 30 s.
 */
export async function patiently<T>(
  environment: Environment,
  what: string,
  step: () => Promise<T>,
): Promise<T> {
  const { clock, timers, logger } = environment;
  const giveUpAt = clock.monotonic() + PATIENCE_MS;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      const code = codeOf(error);
      const pause = pauseMs(attempt, environment);
      if (!code || !PASSING.has(code) || clock.monotonic() + pause > giveUpAt) throw error;
      logger.warn({ error, attempt }, `${what} failed and is tried again`);
      await sleep(timers, pause);
    }
  }
}
