/**
 * So long before it is free a slot may be taken, ms: time to plan a request and to write it ahead, so that it leaves in the moment in which the
 * slot is free.
 */
export const AHEAD_MS = 40;

/**
 * Exact sliding window for one counted thing. A slot is occupied from the moment it is taken (before the socket write) until one
 * window after the answer, because the platform counts somewhere in between. Slots freed one window after the *send* let 38-50 % of
 * calls over the limit under 15 ms hiccups; after the answer none.
 *
 * A new owner cannot know what its predecessor sent, so the window starts full.
 */
export class SlidingWindow {
  #limit: number;
  #windowMs: number;
  #open = 0;
  /** Monotonic times of answered calls, or of the latest moment at which the platform may count them, ascending. */
  readonly #counted: number[] = [];
  #pausedUntil = 0;

  /** @param now monotonic ms; the first slot is free one window later */
  constructor(limit: number, windowMs: number, now: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    for (let i = 0; i < limit; i++) this.#counted.push(now);
  }

  /** The platform counts otherwise from now on; what was sent before still counts. */
  retune(limit: number, windowMs: number): void {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Slots that are taken or still count; what is taken ahead of its time counts beside what it follows. */
  occupied(now: number): number {
    this.#release(now);
    return this.#open + this.#counted.length;
  }

  /** Requests that have not ended. */
  get open(): number {
    return this.#open;
  }

  /**
   * Takes a slot, or says when (monotonic ms) it is worth asking again; Infinity: when an answer comes.
   * @param keptBack slots of the limit that are not for this request
   * @param aheadMs a slot that is free so soon will do
   */
  take(now: number, keptBack = 0, aheadMs = 0): WindowSlot | { readonly retryAt: number } {
    const freeAt = this.freeAt(now, keptBack);
    if (freeAt > now + aheadMs) return { retryAt: freeAt - aheadMs };
    this.#open++;
    let done = false;
    const settle = (countedAt: number | null) => {
      if (done) return;
      done = true;
      this.#open--;
      if (countedAt !== null) this.#insert(countedAt);
    };
    return {
      freeAt,
      answered: (at) => settle(at),
      unanswered: (at, longestLifeMs) => settle(at + longestLifeMs),
      unused: () => settle(null),
    };
  }

  /** When a slot is free, if no answer comes before; `now`: there is one. */
  freeAt(now: number, keptBack = 0): number {
    const taken = this.occupied(now);
    const paused = Math.max(now, this.#pausedUntil);
    const over = taken - this.#limit + keptBack;
    if (over < 0) return paused;
    const next = this.#counted[over];
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(paused, next + this.#windowMs);
  }

  /** The platform asked for a pause until `until` (monotonic ms). */
  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Nothing may leave, not even with a slot that was taken before. */
  isPaused(now: number): boolean {
    return now < this.#pausedUntil;
  }

  /** End of the pause, monotonic ms; in the past: there is none. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  #release(now: number): void {
    let free = 0;
    while (free < this.#counted.length && (this.#counted[free] ?? 0) + this.#windowMs <= now)
      free++;
    if (free > 0) this.#counted.splice(0, free);
  }

  #insert(at: number): void {
    let i = this.#counted.length;
    while (i > 0 && (this.#counted[i - 1] ?? 0) > at) i--;
    this.#counted.splice(i, 0, at);
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

/** A slot that may have been taken ahead: nothing may leave before. */
export interface WindowSlot extends Slot {
  readonly freeAt: number;
}

export function isSlot(result: WindowSlot | { readonly retryAt: number }): result is WindowSlot {
  return 'answered' in result;
}
