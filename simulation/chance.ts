import { SeededRandom } from '../runtime/testing/seeded-random.ts';

/** Draws of one run. Everything that is left to chance comes from here, so that a seed repeats the run. */
export class Chance {
  readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + this.random.next() * (high - low);
  }

  /** An integer from low to high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.random.next() * (high - low + 1));
  }

  happens(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** @throws RangeError for an empty list */
  pick<T>(from: readonly T[]): T {
    const item = from[Math.floor(this.random.next() * from.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** One of the names, by weight. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    let rest = this.random.next() * total;
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    const last = entries.at(-1);
    if (last === undefined) throw new RangeError('nothing to pick from');
    return last[0];
  }

  /** Exponentially distributed, as the time between independent happenings is. */
  wait(mean: number): number {
    return -mean * Math.log(1 - this.random.next());
  }

  uuid(): string {
    return this.random.uuid();
  }
}
