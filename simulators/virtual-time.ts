import type { SimulatorPorts } from './http.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that stands still until it is told to move, its timers, and a seeded random source: ports for tests. */
export class VirtualTime implements SimulatorPorts {
  readonly clock = { now: () => this.#now };
  readonly timers = { after: (delay: number, task: () => void) => this.#after(delay, task) };
  readonly random: () => number;
  #now: number;
  #order = 0;
  readonly #due = new Set<Due>();

  /** @param start ms since the epoch */
  constructor(start: number, seed = 1) {
    this.#now = start;
    this.random = seeded(seed);
  }

  /** Moves the clock `ms` forward and runs what falls due, in order; promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await settle();
    }
    this.#now = until;
  }

  #next(until: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (
        due.at <= until &&
        (!first || due.at < first.at || (due.at === first.at && due.order < first.order))
      )
        first = due;
    }
    return first;
  }

  #after(delay: number, task: () => void): { cancel(): void } {
    this.#order += 1;
    const due: Due = { at: this.#now + Math.max(0, delay), order: this.#order, task };
    this.#due.add(due);
    return { cancel: () => this.#due.delete(due) };
  }
}

/** Mulberry32: small, fast, the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Lets promise callbacks run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
