/**
 * An exact sliding window: at most `limit` requests in any half-open window of `windowMs`. Requests that were refused do
 * not count, as platforms log what they let in. Times must not run backwards by more than the caller's clock does; an
 * earlier time is read as the latest one seen.
 */
export class SlidingWindow {
  readonly limit: number;
  readonly windowMs: number;
  #times: number[] = [];
  #head = 0;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(limit: number, windowMs: number) {
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** Takes a place at `now` (ms); false when the window is full. */
  take(now: number): boolean {
    this.#latest = Math.max(this.#latest, now);
    while (
      this.#head < this.#times.length &&
      (this.#times[this.#head] ?? 0) <= this.#latest - this.windowMs
    )
      this.#head += 1;
    if (this.#times.length - this.#head >= this.limit) return false;
    this.#times.push(this.#latest);
    if (this.#head > 1024) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    return true;
  }
}

/** The largest number of `times` (ms, ascending) in any half-open window of `windowMs`. */
export function fullestWindow(times: readonly number[], windowMs: number): number {
  let first = 0;
  let fullest = 0;
  times.forEach((time, last) => {
    while ((times[first] ?? time) <= time - windowMs) first += 1;
    fullest = Math.max(fullest, last - first + 1);
  });
  return fullest;
}

/** One window per key, made on first use. */
export class SlidingWindows {
  readonly #limitOf: (key: string) => { readonly limit: number; readonly windowMs: number };
  readonly #windows = new Map<string, SlidingWindow>();

  constructor(limitOf: (key: string) => { readonly limit: number; readonly windowMs: number }) {
    this.#limitOf = limitOf;
  }

  take(key: string, now: number): boolean {
    const { limit, windowMs } = this.#limitOf(key);
    let window = this.#windows.get(key);
    if (!window || window.limit !== limit || window.windowMs !== windowMs) {
      window = new SlidingWindow(limit, windowMs);
      this.#windows.set(key, window);
    }
    return window.take(now);
  }
}
