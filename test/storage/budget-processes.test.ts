import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LimitDeclaration } from '../../connectors/contract.ts';
import { Budgets } from '../../processors/limits/budgets.ts';
import { waitForSlot } from '../../processors/limits/request-budgets.ts';
import { CHANNEL, manifestWith } from '../../processors/limits/testing/platform.ts';
import { type Database, openDatabase } from '../../storage/database.ts';
import { createPostgresBudgets } from '../../storage/postgres/budgets.ts';
import { realEnvironment } from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

let postgres: MigratedDatabase;
const databases: Database[] = [];
beforeAll(async () => {
  postgres = await migratedDatabase();
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await postgres?.drop();
});

const ANSWER_MS = 10;
const RUN_MS = 9_000;

/** A pool, clock and budgets of its own, as a process has them. */
function start(limits: readonly LimitDeclaration[]) {
  const environment = realEnvironment();
  const database = openDatabase({ connectionString: postgres.url, maxConnections: 2 }, environment);
  databases.push(database);
  const store = createPostgresBudgets(database);
  const manifest = manifestWith(limits);
  return { environment, budgets: new Budgets({ store, environment, manifestOf: () => manifest }) };
}

/** Sends without end on many lines until the signal; answers when. */
async function send(
  { environment, budgets }: ReturnType<typeof start>,
  lines: number,
  signal: AbortSignal,
): Promise<number[]> {
  const times: number[] = [];
  const caller = { channel: CHANNEL, endpoint: 'a', credentialId: 'machine' };
  const line = async () => {
    for (;;) {
      const slot = await waitForSlot(budgets, caller, 'other', signal).catch(() => null);
      if (slot === null) return;
      if (signal.aborted || !slot.mayLeave()) {
        slot.unused();
        continue;
      }
      times.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
      slot.answered(environment.clock.monotonic());
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
  return times;
}

test('I4: three processes over one PostgreSQL stay within both kinds of windows, and use them', async () => {
  const short = { scope: 'credential', requests: 60, windowMs: 1_000 } as const;
  // Shorter than real ones, but drawn as they are: above ten seconds.
  const long = { scope: 'address', requests: 400, windowMs: 10_001 } as const;
  const stop = new AbortController();
  const processes = [start([short, long]), start([short, long]), start([short, long])];
  const running = processes.map((process) => send(process, 40, stop.signal));
  await new Promise((resolve) => setTimeout(resolve, RUN_MS));
  stop.abort();
  const sent = await Promise.all(running);
  await Promise.all(processes.map(({ budgets }) => budgets.close()));
  const times = sent.flat().sort((a, b) => a - b);
  const isOver = ({ requests, windowMs }: LimitDeclaration) =>
    times.some(
      (at, index) => (times[index + requests] ?? Number.POSITIVE_INFINITY) - at < windowMs,
    );
  expect([isOver(short), isOver(long)]).toEqual([false, false]);
  // The long window is used up well before the end; each process has had its part.
  expect(times.length).toBeGreaterThan(0.95 * long.requests);
  expect(Math.min(...sent.map(({ length }) => length))).toBeGreaterThan(40);
  // Whoever leaves gives back what it held.
  const held = await postgres.query('SELECT budget FROM budget_shares WHERE held > 0');
  const leases = await postgres.query(
    'SELECT process FROM budget_processes WHERE lease_until > clock_timestamp()',
  );
  expect(leases).toEqual([]);
  expect(held.length).toBeLessThanOrEqual(processes.length);
}, 60_000);
