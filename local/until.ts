import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 5;

/**
 * Waits until a condition holds and answers what it returned.
 * @throws Error naming `what` after `timeoutMs`; the reason of the signal once it is aborted.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 60_000,
  signal?: AbortSignal,
): Promise<NonNullable<T>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const result = await condition();
    if (result) return result as NonNullable<T>;
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1_000} s`);
    await delay(STEP_MS);
  }
}
