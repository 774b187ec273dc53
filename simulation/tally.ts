/** How often each thing happened, by name: `fault.…`, `input.…`, `state.…`, `outcome.…`. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count(name: string, by = 1): void {
    if (by !== 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** By name, sorted. */
  entries(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** The sum of several tallies. */
export function sumOf(
  tallies: readonly Readonly<Record<string, number>>[],
): Record<string, number> {
  const sum = new Tally();
  for (const tally of tallies) for (const [name, by] of Object.entries(tally)) sum.count(name, by);
  return sum.entries();
}
