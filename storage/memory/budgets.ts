import type { PauseRow, ShareRow, SliceRow } from '../budgets/rows.ts';
import { changesOf, settleTurn } from '../budgets/turn.ts';
import type { BudgetAnswer, BudgetStore, BudgetTurn } from '../ports/budgets.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryTransaction } from './database.ts';

export function createMemoryBudgets(client: MemoryClient): BudgetStore {
  // The database's own clock, where the world gives it one: processes disagree about the time.
  const now = () => Math.floor((client.database.clock ?? client.environment.clock).now());
  return {
    settle: (turn) => client.run('budgets.settle', null, async (tx) => settle(tx, turn, now())),
  };
}

function settle(tx: MemoryTransaction, turn: BudgetTurn, now: number): BudgetAnswer {
  const { process } = turn;
  const processes = tx.table('budget_processes');
  const known = processes.get(process);
  if (known !== undefined && known.turn >= turn.turn) return known.answer;
  const names = new Set([...turn.shares, ...turn.draws].map(({ budget }) => budget));
  const told = new Set(turn.pauses.map(({ budget }) => budget));
  const drawn = new Set(turn.draws.map(({ budget }) => budget));
  const all = tx
    .table('budget_shares')
    .values()
    .map(({ row }) => row);
  const shares = all.filter(({ budget }) => names.has(budget));
  const allSlices = tx
    .table('budget_slices')
    .values()
    .map(({ row }) => row);
  const slices = allSlices.filter(({ budget }) => drawn.has(budget));
  const leases = new Map(processes.values().map((row) => [row.process, row.leaseUntil]));
  const asked = all.filter(
    (row) => row.process === process && row.target < row.held && !names.has(row.budget),
  );
  const used = new Set(
    [...all, ...allSlices].filter((row) => row.process === process).map(({ budget }) => budget),
  );
  const pauses = tx
    .table('budget_pauses')
    .values()
    .map(({ row }) => row)
    .filter(
      ({ budget, until }) =>
        names.has(budget) || told.has(budget) || (used.has(budget) && until > now),
    );
  const settled = settleTurn(turn, { shares, slices, pauses }, leases, asked, now);
  save(tx.table('budget_shares'), shares, settled.rows.shares, shareKey);
  save(tx.table('budget_slices'), slices, settled.rows.slices, sliceKey);
  save(tx.table('budget_pauses'), pauses, settled.rows.pauses, pauseKey);
  const { leaseUntil, answer } = settled;
  processes.set(process, { tenantId: null, process, turn: turn.turn, leaseUntil, answer });
  return answer;
}

function save<Row extends object>(
  table: { set(key: string, row: { tenantId: null; row: Row }): void; delete(key: string): void },
  before: readonly Row[],
  after: readonly Row[],
  keyOf: (row: Row) => string,
): void {
  const { changed, gone } = changesOf(before, after, keyOf);
  for (const row of gone) table.delete(keyOf(row));
  for (const row of changed) table.set(keyOf(row), { tenantId: null, row });
}

function shareKey({ budget, process }: ShareRow): string {
  return `${budget} ${process}`;
}

function pauseKey({ budget }: PauseRow): string {
  return budget;
}

function sliceKey({ budget, process, slice }: SliceRow): string {
  return `${budget} ${process} ${slice}`;
}
