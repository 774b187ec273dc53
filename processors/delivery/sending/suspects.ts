import type { CellName } from '../calendar/cell-name.ts';
import { cellKey } from '../calendar/cell-name.ts';

/** Requests of a search that may follow each other at once; a single culprit among thousands takes fewer. */
const AT_ONCE = 64;
/** After them one in so long, ms: where everything is refused the search must not use up what other connections share. */
const THEN_EVERY_MS = 1_000;

/**
 * Cells of requests that were refused without a named culprit. They go in halves, each half alone, until the culprit stands in a request of its
 * own. A cell is in one group at most, so each refusal makes a group smaller and the search ends.
 */
export class Suspects {
  #groups: Set<string>[] = [];
  #credit = AT_ONCE;
  /** Monotonic ms at which the credit was counted. */
  #countedAt = 0;

  halve(cells: readonly CellName[]): void {
    if (cells.length < 2) return;
    const keys = cells.map(cellKey);
    for (const group of this.#groups) for (const key of keys) group.delete(key);
    const half = Math.ceil(keys.length / 2);
    this.#groups = [
      new Set(keys.slice(0, half)),
      new Set(keys.slice(half)),
      ...this.#groups.filter((group) => group.size > 0),
    ];
  }

  /** When a group may be asked (monotonic ms). */
  mayAskAt(now: number): number {
    const credit = this.#creditAt(now);
    return credit >= 1 ? now : now + (1 - credit) * THEN_EVERY_MS;
  }

  /** A request with one of the groups leaves. */
  asked(now: number): void {
    this.#credit = this.#creditAt(now) - 1;
    this.#countedAt = now;
  }

  #creditAt(now: number): number {
    return Math.min(AT_ONCE, this.#credit + (now - this.#countedAt) / THEN_EVERY_MS);
  }

  /** The groups of which something is still due, in the order in which to try them; the others are dropped. */
  among(due: readonly CellName[]): readonly ReadonlySet<string>[] {
    if (this.#groups.length === 0) return [];
    const keys = new Set(due.map(cellKey));
    this.#groups = this.#groups.filter((group) => [...group].some((key) => keys.has(key)));
    return this.#groups;
  }
}
