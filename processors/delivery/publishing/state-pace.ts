/** States of documents are whole seconds: so channels write and compare them. */
export const STATE_STEP_MS = 1_000;
/** States that may follow each other at once: a few closings do not wait. */
const AT_ONCE = 5;

/**
 * How fast documents get new states. Each is at least a second above the one before, so more than one a second would run ahead of the clock, and
 * a channel refuses states from the future. Judged by what this owner gave out and not by the clock: a former owner's may have been ahead, and no
 * closing waits for that. Times are monotonic ms.
 */
export class StatePace {
  /** When as much time has passed as the states that were given out stand for. */
  #earnedAt = Number.NEGATIVE_INFINITY;

  /** When the next state may be given out. */
  get nextAt(): number {
    return this.#earnedAt - (AT_ONCE - 1) * STATE_STEP_MS;
  }

  given(now: number): void {
    this.#earnedAt = Math.max(this.#earnedAt, now) + STATE_STEP_MS;
  }
}
