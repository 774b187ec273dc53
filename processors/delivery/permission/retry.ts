/** Waiting times after consecutive transient failures, ms; each plus up to 50 % jitter. After the last one probing goes on at its pace. */
export const RETRY_DELAYS_MS = [2_000, 4_000, 8_000, 16_000, 32_000] as const;
/** Pace of probing a connection that is at fault itself (unlisted address, unlinked listing, refused credential), ms. */
export const FAULT_PROBE_MS = 60_000;
/** Shortest and longest wait after an answer 429 without Retry-After, ms. */
const RATE_LIMIT_FIRST_MS = 1_000;
const RATE_LIMIT_LONGEST_MS = 60_000;

/** @param attempt consecutive failures so far, from 1. @param chance uniform in [0, 1) */
export function retryDelay(attempt: number, chance: number): number {
  const index = Math.min(Math.max(attempt, 1), RETRY_DELAYS_MS.length) - 1;
  const base = RETRY_DELAYS_MS[index] ?? 32_000;
  return Math.round(base * (1 + chance / 2));
}

/** The schedule is used up: leave evidence, show an error, go on probing. */
export function isLastRetry(attempt: number): boolean {
  return attempt === RETRY_DELAYS_MS.length + 1;
}

/** Nothing of the schedule is left: the error has been reported. */
export function isExhausted(attempt: number): boolean {
  return attempt > RETRY_DELAYS_MS.length;
}

/** @param hits consecutive 429 answers, from 1 */
export function rateLimitDelay(hits: number, chance: number): number {
  return Math.round(
    Math.min(RATE_LIMIT_LONGEST_MS, RATE_LIMIT_FIRST_MS * 2 ** (hits - 1)) * (1 + chance / 2),
  );
}
