import type { CellName } from './calendar.ts';
import { cellKey } from './calendar.ts';

/**
 * Cells of a request that was refused without a named culprit. They go in halves, each half alone, until the culprit stands in a request
 * of its own.
 */
export class Suspects {
  /** The group to try next is the last one. */
  readonly #groups: Set<string>[] = [];

  halve(cells: readonly CellName[]): void {
    if (cells.length < 2) return;
    const half = Math.ceil(cells.length / 2);
    this.#groups.push(
      new Set(cells.slice(half).map(cellKey)),
      new Set(cells.slice(0, half).map(cellKey)),
    );
  }

  /** The group to try alone now; groups of which nothing is due any more are dropped. Null: no suspicion. */
  among(due: readonly CellName[]): ReadonlySet<string> | null {
    for (let group = this.#groups.at(-1); group; group = this.#groups.at(-1)) {
      const present = group;
      if (due.some((cell) => present.has(cellKey(cell)))) return present;
      this.#groups.pop();
    }
    return null;
  }
}
