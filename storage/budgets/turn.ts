import type { BudgetAnswer, BudgetTurn, GrantedDraw, GrantedShare } from '../ports/budgets.ts';
import { settleDraw } from './draws.ts';
import { settlePauses } from './pauses.ts';
import type { Leases, PauseRow, ShareRow, SliceRow } from './rows.ts';
import { settleShare } from './shares.ts';

/** What the database holds of the budgets that a turn claims; read under their locks. */
export interface BudgetRows {
  readonly shares: readonly ShareRow[];
  readonly slices: readonly SliceRow[];
  /** Of the claimed budgets and of others that the process has something of. */
  readonly pauses: readonly PauseRow[];
}

export interface SettledTurn {
  readonly leaseUntil: number;
  /** All rows of the claimed budgets from now on; of pauses those that are not over. */
  readonly rows: BudgetRows;
  readonly answer: BudgetAnswer;
}

/** When the lease of the process ends; one that leaves is taken for dead long enough for its last window alone to count. */
function leaseEnd({ leaseMs, lifeMs, leaving }: BudgetTurn, now: number): number {
  return leaving ? now - lifeMs : now + leaseMs;
}

/** Decides a turn; the same on PostgreSQL and in memory. `asked`: other shares of the process that others wait for. */
export function settleTurn(
  turn: BudgetTurn,
  before: BudgetRows,
  leases: Leases,
  asked: readonly ShareRow[],
  now: number,
): SettledTurn {
  const leaseUntil = leaseEnd(turn, now);
  const { process, lifeMs } = turn;
  const situation = { process, now, lifeMs, leases: new Map(leases).set(process, leaseUntil) };
  const shares: ShareRow[] = [];
  const slices: SliceRow[] = [];
  const grantedShares: GrantedShare[] = [];
  const grantedDraws: GrantedDraw[] = [];
  for (const claim of turn.shares) {
    const own = before.shares.filter(({ budget }) => budget === claim.budget);
    const settled = settleShare(claim, own, { ...situation, leases: alive(situation, now) });
    shares.push(...settled.rows);
    grantedShares.push(settled.granted);
  }
  for (const claim of turn.draws) {
    const drawn = before.slices.filter(({ budget }) => budget === claim.budget);
    const waits = before.shares.filter(({ budget }) => budget === claim.budget);
    const settled = settleDraw(claim, drawn, waits, situation);
    slices.push(...settled.slices);
    shares.push(...settled.waiting);
    grantedDraws.push(settled.granted);
  }
  const pauses = settlePauses(turn.pauses, before.pauses, now);
  const others = asked.map(({ budget, held, target }) => ({ budget, share: held, target }));
  return {
    leaseUntil,
    rows: { shares, slices, pauses: pauses.rows },
    answer: {
      shares: [...grantedShares, ...others],
      draws: grantedDraws,
      pauses: pauses.left,
    },
  };
}

/** While a turn is decided its process lives, even if it leaves with it. */
function alive({ leases, process }: { leases: Leases; process: string }, now: number): Leases {
  return new Map(leases).set(process, Math.max(now + 1, leases.get(process) ?? 0));
}

/** Rows that are new or differ, and rows that are gone. */
export function changesOf<Row extends object>(
  before: readonly Row[],
  after: readonly Row[],
  keyOf: (row: Row) => string,
): { readonly changed: readonly Row[]; readonly gone: readonly Row[] } {
  const textOf = (row: Row) => JSON.stringify(Object.entries(row).sort());
  const known = new Map(before.map((row) => [keyOf(row), textOf(row)]));
  const kept = new Set(after.map(keyOf));
  return {
    changed: after.filter((row) => known.get(keyOf(row)) !== textOf(row)),
    gone: before.filter((row) => !kept.has(keyOf(row))),
  };
}
