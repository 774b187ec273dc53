import type { Clock, Timer, Timers } from '../ports.ts';

/** Longest single timer, ms: a wall clock that is set while we wait is noticed within it. */
const LONGEST_TIMER_MS = 3_600_000;
/** Shortest one, ms: a worker that always wishes for now does not keep the process from everything else. */
const SHORTEST_TIMER_MS = 1;

/** The one timer of a worker: the earliest wish counts. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #due: () => void;
  #at = Number.POSITIVE_INFINITY;
  #timer: Timer | null = null;
  #isDue = false;
  #closed = false;

  /** `due` is called at the time of the earliest wish, once; the wish stays due until `take`. */
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
    return this.#isDue;
  }

  /** Takes the wish away. */
  take(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#isDue = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  close(): void {
    this.take();
    this.#closed = true;
  }

  #arm(): void {
    this.#timer?.cancel();
    const left = this.#at - this.#clock.now();
    const delay = Math.min(LONGEST_TIMER_MS, Math.max(SHORTEST_TIMER_MS, left));
    this.#timer = this.#timers.after(delay, () => {
      if (this.#clock.now() < this.#at) {
        this.#arm();
        return;
      }
      this.#isDue = true;
      this.#due();
    });
  }
}
