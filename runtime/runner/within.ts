import type { Timers } from '../ports.ts';

/** Waits for something to settle, either way, but at most `limit` ms. @returns whether it did. */
export function settlesWithin(
  promise: Promise<unknown>,
  limit: number,
  timers: Timers,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = timers.after(limit, () => resolve(false));
    const settled = () => {
      timer.cancel();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
