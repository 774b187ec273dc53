import type { Clock, Timer, Timers } from '../ports.ts';

/** Longest single timer, ms: a wall clock that is set while we wait is noticed within it, and setTimeout overflows at 24.8 days. */
const LONGEST_TIMER_MS = 3_600_000;

/** The one timer of a worker: the earliest wish counts. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #due: () => void;
  #at = Number.POSITIVE_INFINITY;
  #timer: Timer | null = null;
  #closed = false;

  /** `due` is called at the time of the earliest wish, once; the wish stays until `take`. */
  constructor(clock: Clock, timers: Timers, due: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#due = due;
  }

  /** Wall clock, ms. */
  wish(at: number): void {
    if (this.#closed || !(at < this.#at)) return;
    this.#at = at;
    this.#arm();
  }

  get isDue(): boolean {
    return this.#at <= this.#clock.now();
  }

  /** Takes the wish that is due away. */
  take(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#timer?.cancel();
    this.#timer = null;
  }

  close(): void {
    this.take();
    this.#closed = true;
  }

  #arm(): void {
    this.#timer?.cancel();
    const delay = Math.min(LONGEST_TIMER_MS, Math.max(0, this.#at - this.#clock.now()));
    this.#timer = this.#timers.after(delay, () => {
      if (this.isDue) this.#due();
      else this.#arm();
    });
  }
}
