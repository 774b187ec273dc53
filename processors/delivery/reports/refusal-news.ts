import type { CellChange } from '../calendar/cell-name.ts';
import { isClosing } from '../connection/refused-closings.ts';

/** What is refused within this long after the owner was told is told together, ms. */
const TOLD_TOGETHER_MS = 60_000;
/** Values named in one alert. */
const NAMED = 20;

export interface RefusedValue {
  readonly change: CellChange;
  readonly code: string;
  readonly advice: string;
}

/** What one alert tells. */
export interface RefusalBatch {
  readonly count: number;
  /** Some of them, at least one; closings first. */
  readonly named: readonly RefusedValue[];
  /** A closing is among them. */
  readonly critical: boolean;
}

/**
 * Refused values of which the owner has not heard. The first is told at once, and so is the first closing, whatever else was told before; what
 * follows within a minute goes together: the search for culprits finds them one by one. What waits is lost with its owner; the fields themselves
 * keep code and advice. Times are monotonic ms.
 */
export class RefusalNews {
  #named: RefusedValue[] = [];
  #count = 0;
  #critical = false;
  #quietUntil = Number.NEGATIVE_INFINITY;
  /** For closings. Never later than that of all values. */
  #criticalQuietUntil = Number.NEGATIVE_INFINITY;

  add(refusals: readonly RefusedValue[]): void {
    const waiting = [...this.#named, ...refusals];
    const closings = waiting.filter(({ change }) => isClosing(change));
    const others = waiting.filter(({ change }) => !isClosing(change));
    this.#named = [...closings, ...others].slice(0, NAMED);
    this.#count += refusals.length;
    this.#critical ||= closings.length > 0;
  }

  /** When something has to be told; Infinity: there is nothing. */
  get tellAt(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY;
    return this.#critical ? this.#criticalQuietUntil : this.#quietUntil;
  }

  /** What is to be told now; null: nothing, or not yet. */
  take(now: number): RefusalBatch | null {
    if (now < this.tellAt) return null;
    const batch = { count: this.#count, named: this.#named, critical: this.#critical };
    this.#named = [];
    this.#count = 0;
    this.#critical = false;
    this.#quietUntil = now + TOLD_TOGETHER_MS;
    if (batch.critical) this.#criticalQuietUntil = this.#quietUntil;
    return batch;
  }
}
