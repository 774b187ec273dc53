/**
 * Exact sliding window for one counted thing. A slot is occupied from the moment it is taken (before the socket write) until one
 * window after the answer, because the platform counts somewhere in between. Slots freed one window after the *send* let 38-50 % of
 * calls over the limit under 15 ms hiccups; after the answer none.
 *
 * A new owner cannot know what its predecessor sent, so the window starts full.
 */
export class SlidingWindow {
  readonly limit: number;
  readonly windowMs: number;
  #open = 0;
  /** Monotonic times at which answered slots become free, ascending. */
  readonly #freeAt: number[] = [];
  #pausedUntil = 0;

  /** @param now monotonic ms; the first slot is free one window later */
  constructor(limit: number, windowMs: number, now: number) {
    this.limit = limit;
    this.windowMs = windowMs;
    for (let i = 0; i < limit; i++) this.#freeAt.push(now + windowMs);
  }

  /** Takes a slot, or says when (monotonic ms) it is worth asking again; Infinity: when an answer comes. */
  take(now: number): Slot | { readonly retryAt: number } {
    if (now < this.#pausedUntil) return { retryAt: this.#pausedUntil };
    this.#release(now);
    if (this.#open + this.#freeAt.length >= this.limit)
      return { retryAt: this.#freeAt[0] ?? Number.POSITIVE_INFINITY };
    this.#open++;
    let done = false;
    const settle = (freeAt: number | null) => {
      if (done) return;
      done = true;
      this.#open--;
      if (freeAt !== null) this.#insert(freeAt);
    };
    return {
      answered: (at) => settle(at + this.windowMs),
      unanswered: (at, longestLifeMs) => settle(at + longestLifeMs + this.windowMs),
      unused: () => settle(null),
    };
  }

  /** The platform asked for a pause until `until` (monotonic ms). */
  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  #release(now: number): void {
    let free = 0;
    while (free < this.#freeAt.length && (this.#freeAt[free] ?? 0) <= now) free++;
    if (free > 0) this.#freeAt.splice(0, free);
  }

  #insert(at: number): void {
    let i = this.#freeAt.length;
    while (i > 0 && (this.#freeAt[i - 1] ?? 0) > at) i--;
    this.#freeAt.splice(i, 0, at);
  }
}

/** A taken slot; exactly one of its calls ends it. Times are monotonic ms. */
export interface Slot {
  answered(at: number): void;
  /** No answer came: the platform may count the request as late as its longest life. */
  unanswered(at: number, longestLifeMs: number): void;
  /** Nothing was written to the socket. */
  unused(): void;
}

export function isSlot(result: Slot | { readonly retryAt: number }): result is Slot {
  return 'answered' in result;
}
