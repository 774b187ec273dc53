import type { BreakerState } from '../../../schemas/generated/types.ts';

export const FAILURES_TO_OPEN = 5;
export const OPEN_MS = 60_000;
export const SUCCESSES_TO_CLOSE = 2;

/**
 * Circuit breaker of one connection, as a value:
 * closed -(5 consecutive failures)-> open -(60 s)-> half_open -(2 consecutive successes)-> closed; half_open -(1 failure)-> open.
 * A failure is a call whose outcome is unknown or that could not be sent: no answer, an unreadable one, 408, 425, 5xx. A success is an answer about
 * the values, a refusal of them too. A limit (429), a refused token (401) and a fault of the connection (403, 404 and the like) say nothing.
 */
export interface Breaker {
  readonly state: BreakerState;
  readonly failures: number;
  readonly successes: number;
  /** ms, on the clock of the calls; null unless open. */
  readonly openedAt: number | null;
}

export const CLOSED: Breaker = { state: 'closed', failures: 0, successes: 0, openedAt: null };

export function onFailure(breaker: Breaker, now: number): Breaker {
  switch (breaker.state) {
    case 'closed': {
      const failures = breaker.failures + 1;
      return failures >= FAILURES_TO_OPEN ? opened(now) : { ...breaker, failures };
    }
    case 'half_open':
      return opened(now);
    case 'open':
      return breaker;
  }
}

export function onSuccess(breaker: Breaker): Breaker {
  switch (breaker.state) {
    case 'closed':
      return breaker.failures === 0 ? breaker : CLOSED;
    case 'half_open': {
      const successes = breaker.successes + 1;
      return successes >= SUCCESSES_TO_CLOSE ? CLOSED : { ...breaker, successes };
    }
    case 'open':
      return breaker;
  }
}

/** Time passes: an open breaker becomes half open after 60 s. */
export function onTime(breaker: Breaker, now: number): Breaker {
  return breaker.state === 'open' && now >= (breaker.openedAt ?? 0) + OPEN_MS
    ? { state: 'half_open', failures: 0, successes: 0, openedAt: null }
    : breaker;
}

/** How many requests may be out at the same time: none when open, one probe when half open. */
export function admits(breaker: Breaker, concurrency: number): number {
  return breaker.state === 'closed' ? concurrency : breaker.state === 'half_open' ? 1 : 0;
}

function opened(now: number): Breaker {
  return { state: 'open', failures: 0, successes: 0, openedAt: now };
}
