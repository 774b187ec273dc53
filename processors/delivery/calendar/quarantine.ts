import { REQUEST_LIFE_MS } from '../../../runtime/request-life.ts';
import type { PlainDate } from '../../../schemas/domain/plain-date.ts';
import type { CellName } from './cell-name.ts';
import { cellKey } from './cell-name.ts';

/** When the quarantine of each cell ends. Times are monotonic ms; a new owner starts each in full. */
export class Quarantines {
  readonly #until = new Map<string, { readonly name: CellName; readonly until: number }>();

  begin(cells: Iterable<CellName>, now: number): void {
    for (const name of cells)
      this.#until.set(cellKey(name), { name, until: now + REQUEST_LIFE_MS });
  }

  /** Removes and answers the cells whose time is over. */
  takeEnded(now: number): CellName[] {
    if (this.#until.size === 0) return [];
    const ended = [...this.#until].filter(([, entry]) => entry.until <= now);
    for (const [key] of ended) this.#until.delete(key);
    return ended.map(([, entry]) => entry.name);
  }

  isActive(name: CellName): boolean {
    return this.#until.has(cellKey(name));
  }

  /** Nights before `date` are of no interest any more. */
  forgetBefore(date: PlainDate): void {
    for (const [key, { name }] of this.#until) if (name.night < date) this.#until.delete(key);
  }

  /** Another listing: nothing of the requests under way can land there. */
  clear(): void {
    this.#until.clear();
  }

  nextEnd(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of this.#until.values()) next = Math.min(next, until);
    return next;
  }
}
