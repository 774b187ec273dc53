import type { PauseRow, ShareRow, SliceRow } from '../budgets/rows.ts';
import { changesOf, settleTurn } from '../budgets/turn.ts';
import type { Database, Transaction } from '../database.ts';
import { instant } from '../database.ts';
import type { BudgetAnswer, BudgetStore, BudgetTurn } from '../ports/budgets.ts';

/** Rows of processes that have been gone so long mean nothing any more. */
const FORGET_AFTER = '1 day';

const SHARES = 'budget, process, held, wanted, target';
const SLICES = 'budget, process, slice, slots, occupied_until AS until';

export function createPostgresBudgets(database: Database): BudgetStore {
  return { settle: (turn) => database.withRole('parity_limits', (tx) => settle(tx, turn)) };
}

async function settle(tx: Transaction, turn: BudgetTurn): Promise<BudgetAnswer> {
  const known = await lockProcess(tx, turn);
  if (known !== null) return known;
  const { process } = turn;
  const claimed = [...turn.shares, ...turn.draws].map(({ budget }) => budget);
  const paused = turn.pauses.map(({ budget }) => budget);
  const names = [...new Set([...claimed, ...paused])].sort();
  const ofTurn = await lockBudgets(tx, names);
  const [clock] = await tx.query<{ now: number }>(
    `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now`,
  );
  const now = clock?.now ?? 0;
  const shares = await tx.query<ShareRow>(
    `SELECT ${SHARES} FROM budget_shares WHERE budget = ANY($1)`,
    [claimed],
  );
  const slices = await tx.query<SliceRow>(
    `SELECT ${SLICES} FROM budget_slices WHERE budget = ANY($1)`,
    [turn.draws.map(({ budget }) => budget)],
  );
  const leases = await tx.query<{ process: string; until: number }>(
    'SELECT process, lease_until AS until FROM budget_processes WHERE process = ANY($1)',
    [shares.map((row) => row.process)],
  );
  const pauses = [...ofTurn, ...(await otherPauses(tx, process, names))];
  const asked = await tx.query<ShareRow>(
    `SELECT ${SHARES} FROM budget_shares WHERE process = $1 AND target < held AND budget <> ALL($2) ORDER BY budget`,
    [process, claimed],
  );
  const ends = new Map(leases.map((lease) => [lease.process, lease.until]));
  const settled = settleTurn(turn, { shares, slices, pauses }, ends, asked, now);
  await saveShares(tx, shares, settled.rows.shares);
  await saveSlices(tx, slices, settled.rows.slices);
  await savePauses(tx, pauses, settled.rows.pauses);
  await tx.query(
    'UPDATE budget_processes SET turn = $2, lease_until = $3, answer = $4 WHERE process = $1',
    [process, turn.turn, instant(settled.leaseUntil), JSON.stringify(settled.answer)],
  );
  return settled.answer;
}

/** Answers what the turn came to when it has been settled before. */
async function lockProcess(tx: Transaction, { process, turn }: BudgetTurn) {
  await tx.query(
    `INSERT INTO budget_processes (process, turn, lease_until, answer) VALUES ($1, -1, '-infinity', '{}') ON CONFLICT DO NOTHING`,
    [process],
  );
  const [row] = await tx.query<{ turn: number; answer: BudgetAnswer }>(
    'SELECT turn, answer FROM budget_processes WHERE process = $1 FOR UPDATE',
    [process],
  );
  if (row !== undefined && row.turn >= turn) return row.answer;
  if (row?.turn === -1) await forget(tx, process);
  return null;
}

/** Once in the life of a process: what has no meaning any more, of budgets that nobody asks for either. */
async function forget(tx: Transaction, process: string): Promise<void> {
  await tx.query(
    `DELETE FROM budget_processes WHERE process <> $1 AND lease_until < clock_timestamp() - interval '${FORGET_AFTER}'`,
    [process],
  );
  await tx.query(
    'DELETE FROM budget_shares s WHERE NOT EXISTS (SELECT FROM budget_processes p WHERE p.process = s.process)',
  );
  await tx.query(
    `DELETE FROM budget_slices WHERE occupied_until < clock_timestamp() - interval '${FORGET_AFTER}'`,
  );
}

/** In the order of names, as every other process. Answers their pauses. */
async function lockBudgets(
  tx: Transaction,
  names: readonly string[],
): Promise<readonly PauseRow[]> {
  if (names.length === 0) return [];
  await tx.query(
    'INSERT INTO budgets (name) SELECT name FROM unnest($1::text[]) AS name ORDER BY name ON CONFLICT DO NOTHING',
    [names],
  );
  const locked = await tx.query<{ budget: string; until: number | null }>(
    'SELECT name AS budget, paused_until AS until FROM budgets WHERE name = ANY($1) ORDER BY name FOR UPDATE',
    [names],
  );
  return locked.flatMap(({ budget, until }) => (until === null ? [] : [{ budget, until }]));
}

/** Of budgets that the process has something of and does not claim in this turn. */
function otherPauses(tx: Transaction, process: string, names: readonly string[]) {
  return tx.query<PauseRow>(
    `SELECT name AS budget, paused_until AS until FROM budgets b
     WHERE paused_until > clock_timestamp() AND name <> ALL($2)
       AND (EXISTS (SELECT FROM budget_shares s WHERE s.budget = b.name AND s.process = $1)
         OR EXISTS (SELECT FROM budget_slices s WHERE s.budget = b.name AND s.process = $1))`,
    [process, names],
  );
}

async function savePauses(
  tx: Transaction,
  before: readonly PauseRow[],
  after: readonly PauseRow[],
): Promise<void> {
  const { changed, gone } = changesOf(before, after, ({ budget }) => budget);
  const rows = [
    ...changed.map(({ budget, until }) => ({ budget, until: instant(until) })),
    ...gone.map(({ budget }) => ({ budget, until: null })),
  ];
  if (rows.length > 0)
    await tx.query(
      `UPDATE budgets b SET paused_until = p.until
       FROM jsonb_to_recordset($1) AS p(budget text, until timestamptz) WHERE b.name = p.budget`,
      [JSON.stringify(rows)],
    );
}

async function saveShares(
  tx: Transaction,
  before: readonly ShareRow[],
  after: readonly ShareRow[],
): Promise<void> {
  const { changed, gone } = changesOf(before, after, ({ budget, process }) => budget + process);
  if (gone.length > 0)
    await tx.query(
      `DELETE FROM budget_shares s USING jsonb_to_recordset($1) AS g(budget text, process uuid)
       WHERE s.budget = g.budget AND s.process = g.process`,
      [JSON.stringify(gone)],
    );
  if (changed.length > 0)
    await tx.query(
      `INSERT INTO budget_shares (${SHARES})
       SELECT ${SHARES} FROM jsonb_to_recordset($1) AS c(budget text, process uuid, held int, wanted int, target int)
       ON CONFLICT (budget, process) DO UPDATE SET held = excluded.held, wanted = excluded.wanted, target = excluded.target`,
      [JSON.stringify(changed)],
    );
}

async function saveSlices(
  tx: Transaction,
  before: readonly SliceRow[],
  after: readonly SliceRow[],
): Promise<void> {
  const { changed, gone } = changesOf(before, after, (row) =>
    [row.budget, row.process, row.slice].join(' '),
  );
  if (gone.length > 0)
    await tx.query(
      `DELETE FROM budget_slices s USING jsonb_to_recordset($1) AS g(budget text, process uuid, slice int8)
       WHERE s.budget = g.budget AND s.process = g.process AND s.slice = g.slice`,
      [JSON.stringify(gone)],
    );
  if (changed.length > 0)
    await tx.query(
      `INSERT INTO budget_slices (budget, process, slice, slots, occupied_until)
       SELECT budget, process, slice, slots, until
       FROM jsonb_to_recordset($1) AS c(budget text, process uuid, slice int8, slots int, until timestamptz)
       ON CONFLICT (budget, process, slice) DO UPDATE SET slots = excluded.slots, occupied_until = excluded.occupied_until`,
      [JSON.stringify(changed.map((row) => ({ ...row, until: instant(row.until) })))],
    );
}
