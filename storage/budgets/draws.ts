import type { DrawClaim, GrantedDraw } from '../ports/budgets.ts';
import type { Leases, ShareRow, SliceRow } from './rows.ts';

/** Used slots are kept together in so many parts of the window. */
export const PARTS_OF_A_WINDOW = 128;

interface Situation {
  readonly process: string;
  readonly now: number;
  readonly lifeMs: number;
  readonly leases: Leases;
}

interface Settled {
  readonly slices: readonly SliceRow[];
  /** Who waits for how many, of all processes. */
  readonly waiting: readonly ShareRow[];
  readonly granted: GrantedDraw;
}

/** Takes the report of one process on what it drew, and grants what is free: of a budget that others wait for, no more than an equal part. */
export function settleDraw(
  claim: DrawClaim,
  rows: readonly SliceRow[],
  waits: readonly ShareRow[],
  { process, now, lifeMs, leases }: Situation,
): Settled {
  const { budget } = claim;
  const slices = new Slices(
    rows.filter(({ until }) => until > now),
    budget,
    process,
  );
  for (const { slice, slots } of claim.unused) slices.take(slice, slots);
  for (const { slice, slots, agoMs } of claim.used) {
    slices.take(slice, slots);
    slices.addUsed(slots, now - agoMs + claim.windowMs, claim.windowMs / PARTS_OF_A_WINDOW, now);
  }
  const others = waits.filter(
    (row) => row.process !== process && row.wanted > 0 && (leases.get(row.process) ?? 0) > now,
  );
  const free = claim.requests - slices.sum();
  const fair =
    others.length === 0
      ? claim.wanted
      : Math.ceil(claim.requests / (others.length + 1)) - slices.sumOf(process);
  const slots = Math.max(0, Math.min(claim.wanted, free, fair));
  if (slots > 0) slices.set(claim.slice, slots, now + claim.usableMs + lifeMs + claim.windowMs);
  const missing = claim.wanted - slots;
  const own: ShareRow = { budget, process, held: 0, wanted: missing, target: 0 };
  const retryInMs = missing > 0 ? Math.max(1, slices.firstEnd() - now) : null;
  return {
    slices: slices.rows(),
    waiting: missing > 0 ? [...others, own] : others,
    granted: { budget, slots, retryInMs },
  };
}

class Slices {
  readonly #rows: Map<string, SliceRow>;
  readonly #budget: string;
  readonly #process: string;

  constructor(rows: readonly SliceRow[], budget: string, process: string) {
    this.#rows = new Map(rows.map((row) => [keyOf(row.process, row.slice), row]));
    this.#budget = budget;
    this.#process = process;
  }

  /** Slots of a slice are accounted for otherwise from now on. */
  take(slice: number, slots: number): void {
    const row = this.#rows.get(keyOf(this.#process, slice));
    if (!row) return;
    if (row.slots > slots) this.set(slice, row.slots - slots, row.until);
    else this.#rows.delete(keyOf(this.#process, slice));
  }

  addUsed(slots: number, until: number, partMs: number, now: number): void {
    if (until <= now) return;
    const part = Math.ceil(until / partMs);
    const known = this.#rows.get(keyOf(this.#process, -part));
    this.set(-part, (known?.slots ?? 0) + slots, Math.ceil(part * partMs));
  }

  set(slice: number, slots: number, until: number): void {
    const [budget, process] = [this.#budget, this.#process];
    this.#rows.set(keyOf(process, slice), { budget, process, slice, slots, until });
  }

  sum(): number {
    return this.rows().reduce((sum, { slots }) => sum + slots, 0);
  }

  sumOf(process: string): number {
    return this.rows().reduce((sum, row) => sum + (row.process === process ? row.slots : 0), 0);
  }

  firstEnd(): number {
    return Math.min(...this.rows().map(({ until }) => until));
  }

  rows(): readonly SliceRow[] {
    return [...this.#rows.values()];
  }
}

function keyOf(process: string, slice: number): string {
  return `${process} ${slice}`;
}
