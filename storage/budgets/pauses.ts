import type { BudgetPause } from '../ports/budgets.ts';
import type { PauseRow } from './rows.ts';

/**
 * Takes in what a process was refused, and tells it which budgets are to be left alone. A pause is never shortened: of two the one that ends
 * later holds.
 * @param before of the budgets of the turn, and of others that the process has something of
 */
export function settlePauses(
  told: readonly BudgetPause[],
  before: readonly PauseRow[],
  now: number,
): { readonly rows: readonly PauseRow[]; readonly left: readonly BudgetPause[] } {
  const until = new Map(before.map((row) => [row.budget, row.until]));
  for (const { budget, ms } of told)
    until.set(budget, Math.max(until.get(budget) ?? now, now + Math.ceil(ms)));
  const rows = [...until]
    .map(([budget, end]): PauseRow => ({ budget, until: end }))
    .filter((row) => row.until > now)
    .sort((a, b) => (a.budget < b.budget ? -1 : 1));
  return { rows, left: rows.map((row) => ({ budget: row.budget, ms: row.until - now })) };
}
