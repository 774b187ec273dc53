/** The invariants (README.md), and what no run may show whatever it is about. */
export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  /** A rule of a platform was broken. */
  | 'platform'
  /** An error without a code, a stage that ended by a defect, a run that does not come to rest. */
  | 'defect';

export interface Violation {
  readonly invariant: Invariant;
  /** Virtual ms since the start of the run. */
  readonly at: number;
  readonly message: string;
}

/** Most violations of one kind that a run keeps; the first ones tell the story. */
const KEPT_OF_A_KIND = 10;

export class Violations {
  readonly #found: Violation[] = [];
  readonly #counts = new Map<Invariant, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(invariant: Invariant, message: string): void {
    const count = (this.#counts.get(invariant) ?? 0) + 1;
    this.#counts.set(invariant, count);
    if (count <= KEPT_OF_A_KIND) this.#found.push({ invariant, at: this.#now(), message });
  }

  all(): readonly Violation[] {
    return this.#found;
  }
}
