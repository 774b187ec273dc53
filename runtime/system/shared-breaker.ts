import CircuitBreaker from 'opossum';
import { codeOf, type ErrorCode, ParityError } from '../../schemas/errors.ts';
import type { Metrics } from '../ports.ts';

/** Runs work that needs something shared by all connections, or refuses it for a moment. */
export interface SharedBreaker {
  /** @throws whatever `work` throws; ParityError with the breaker's code while it is open. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export interface SharedBreakerOptions {
  /** Of the metric, e.g. `registry`. */
  readonly dependency: string;
  /** Which errors are outages; all others are answers. */
  isOutage(code: ErrorCode): boolean;
  /** The code of a refusal while it is open. */
  readonly code: ErrorCode;
  readonly metrics: Metrics;
}

/** Half of the calls of ten seconds, if there were at least five. */
const WINDOW_MS = 10_000;
const FAILING_SHARE = 50;
const LEAST_CALLS = 5;
/** One call may try again after this long. */
const REST_MS = 10_000;

/**
 * opossum around what is shared: a schema registry or a token endpoint that is down is not asked by every connection at once. What belongs to
 * one connection has a machine of its own (`processors/delivery`), which counts exactly and lives in the log.
 * *closed* → (half of the calls failed) → *open* → (rest) → *half open* → closed or open.
 */
export function sharedBreaker({
  dependency,
  isOutage,
  code,
  metrics,
}: SharedBreakerOptions): SharedBreaker {
  const breaker = new CircuitBreaker((work: () => Promise<unknown>) => work(), {
    name: dependency,
    // The work has deadlines of its own.
    timeout: false,
    errorThresholdPercentage: FAILING_SHARE,
    volumeThreshold: LEAST_CALLS,
    rollingCountTimeout: WINDOW_MS,
    resetTimeout: REST_MS,
    errorFilter: (error: unknown) => {
      const known = codeOf(error);
      return known === undefined || !isOutage(known);
    },
  });
  const show = (state: number) =>
    metrics.gauge('parity_shared_breaker_state', state, { dependency });
  show(0);
  breaker.on('close', () => show(0));
  breaker.on('open', () => show(1));
  breaker.on('halfOpen', () => show(2));
  return {
    run: async <T>(work: () => Promise<T>) => {
      try {
        return (await breaker.fire(work)) as T;
      } catch (error) {
        if (!CircuitBreaker.isOurError(error as Error)) throw error;
        throw new ParityError(
          code,
          `${dependency} failed too often and is left alone for a moment`,
          {
            cause: error,
          },
        );
      }
    },
  };
}
