import type { CellName } from '../calendar/calendar.ts';
import { cellKey } from '../calendar/calendar.ts';

/**
 * Cells of requests that were refused without a named culprit. They go in halves, each half alone, until the culprit stands in a request of its
 * own. A cell is in one group at most, so each refusal makes a group smaller and the search ends.
 */
export class Suspects {
  #groups: Set<string>[] = [];

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

  /** The groups of which something is still due, in the order in which to try them; the others are dropped. */
  among(due: readonly CellName[]): readonly ReadonlySet<string>[] {
    if (this.#groups.length === 0) return [];
    const keys = new Set(due.map(cellKey));
    this.#groups = this.#groups.filter((group) => [...group].some((key) => keys.has(key)));
    return this.#groups;
  }
}
