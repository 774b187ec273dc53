import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShareRow, SliceRow } from '../../storage/budgets/rows.ts';
import type { Database } from '../../storage/database.ts';
import { openDatabase } from '../../storage/database.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import type {
  BudgetStore,
  BudgetTurn,
  DrawClaim,
  ShareClaim,
} from '../../storage/ports/budgets.ts';
import { createPostgresBudgets } from '../../storage/postgres/budgets.ts';
import {
  instantEnvironment,
  realEnvironment,
  TEST_START_MS,
} from '../../storage/testing/environment.ts';
import { type MigratedDatabase, migratedDatabase } from './database.ts';

const LEASE_MS = 10_000;
const LIFE_MS = 60_000;

let postgres: MigratedDatabase;
let store: BudgetStore;
const databases: Database[] = [];
beforeAll(async () => {
  postgres = await migratedDatabase();
  store = createPostgresBudgets(postgres.database);
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await postgres?.drop();
});

class Process {
  readonly id = randomUUID();
  readonly #store: BudgetStore;
  #turn = 0;

  constructor(of: BudgetStore = store) {
    this.#store = of;
  }

  turn(changes: Partial<BudgetTurn> = {}): BudgetTurn {
    this.#turn++;
    return {
      process: this.id,
      turn: this.#turn,
      leaseMs: LEASE_MS,
      lifeMs: LIFE_MS,
      leaving: false,
      shares: [],
      draws: [],
      pauses: [],
      ...changes,
    };
  }

  async share(budget: string, inUse: number, wanted: number) {
    const claim: ShareClaim = { budget, requests: 10, windowMs: 1_000, inUse, wanted };
    const { shares } = await this.#store.settle(this.turn({ shares: [claim] }));
    return shares.find((granted) => granted.budget === budget);
  }

  async draw(claim: Pick<DrawClaim, 'budget' | 'wanted'> & Partial<DrawClaim>) {
    const whole = { requests: 10, windowMs: 60_000, slice: this.#turn + 1, usableMs: 10_000 };
    const draws = [{ ...whole, used: [], unused: [], ...claim }];
    const answer = await this.#store.settle(this.turn({ draws }));
    return answer.draws[0];
  }
}

/** Moves what is stored into the past, as if so much time had gone by. */
async function pass(ms: number): Promise<void> {
  await postgres.query(
    `UPDATE budget_processes SET lease_until = lease_until - make_interval(secs => $1 / 1000.0) WHERE lease_until > '-infinity'`,
    [ms],
  );
  await postgres.query(
    'UPDATE budget_slices SET occupied_until = occupied_until - make_interval(secs => $1 / 1000.0)',
    [ms],
  );
}

describe('shares on PostgreSQL', () => {
  test('what one holds another gets only when it has been given back', async () => {
    const budget = randomUUID();
    const [first, second] = [new Process(), new Process()];
    expect(await first.share(budget, 0, 10)).toEqual({ budget, share: 10, target: 10 });
    expect(await second.share(budget, 0, 10)).toEqual({ budget, share: 0, target: 0 });
    // The first learns with any of its turns that it is to give half back.
    const { shares } = await store.settle(first.turn());
    expect(shares).toEqual([{ budget, share: 10, target: 5 }]);
    // Its window still holds eight: they are free one by one.
    expect(await first.share(budget, 8, 10)).toEqual({ budget, share: 8, target: 5 });
    expect(await second.share(budget, 0, 10)).toEqual({ budget, share: 2, target: 2 });
    expect(await first.share(budget, 5, 10)).toEqual({ budget, share: 5, target: 5 });
    expect(await second.share(budget, 2, 10)).toEqual({ budget, share: 5, target: 5 });
  });

  test('what a dead process held is free when none of its requests can be counted any more', async () => {
    const budget = randomUUID();
    const [dead, living] = [new Process(), new Process()];
    await dead.share(budget, 0, 6);
    expect(await living.share(budget, 0, 10)).toMatchObject({ share: 4 });
    await pass(LEASE_MS + LIFE_MS);
    expect(await living.share(budget, 4, 10)).toMatchObject({ share: 4 });
    await pass(1_000);
    expect(await living.share(budget, 4, 10)).toMatchObject({ share: 10 });
    // It comes back: what it had is not its own any more.
    expect(await dead.share(budget, 6, 6)).toMatchObject({ share: 0 });
  });

  test('one that leaves keeps its last window from others, and no more', async () => {
    const budget = randomUUID();
    const [leaving, staying] = [new Process(), new Process()];
    await leaving.share(budget, 0, 10);
    const claim = { budget, requests: 10, windowMs: 1_000, inUse: 3, wanted: 0 };
    await store.settle(leaving.turn({ leaving: true, shares: [claim] }));
    expect(await staying.share(budget, 0, 10)).toMatchObject({ share: 7 });
    await pass(1_000);
    expect(await staying.share(budget, 7, 10)).toMatchObject({ share: 10 });
  });

  test('the same turn again has no second effect and the same answer; an older one has none', async () => {
    const budget = randomUUID();
    const process = new Process();
    const claim = { budget, requests: 10, windowMs: 60_000, slice: 1, usableMs: 10_000 };
    const old = process.turn({ draws: [{ ...claim, wanted: 4, used: [], unused: [] }] });
    const answer = await store.settle(old);
    expect(await store.settle(old)).toEqual(answer);
    expect((await process.draw({ budget, wanted: 9 }))?.slots).toBe(6);
    await store.settle(old);
    const [sum] = await postgres.query<{ slots: number }>(
      'SELECT sum(slots)::int AS slots FROM budget_slices WHERE budget = $1',
      [budget],
    );
    expect(sum).toEqual({ slots: 10 });
  });

  test('many processes at once never hold more than the limit together', async () => {
    const budgets = Array.from({ length: 3 }, () => randomUUID());
    const processes = Array.from({ length: 6 }, () => {
      const database = openDatabase(
        { connectionString: postgres.url, maxConnections: 1 },
        realEnvironment(),
      );
      databases.push(database);
      return new Process(createPostgresBudgets(database));
    });
    await Promise.all(
      processes.map(async (process, number) => {
        for (let round = 0; round < 8; round++) {
          const budget = budgets[(round * (number + 1)) % budgets.length] ?? '';
          await process.share(budget, round, (number * 3 + round) % 11);
          await process.draw({ budget: `drawn ${budget}`, wanted: 3 });
        }
      }),
    );
    const over = await postgres.query(
      `SELECT budget FROM budget_shares GROUP BY budget HAVING sum(held) > 10
       UNION ALL SELECT budget FROM budget_slices GROUP BY budget HAVING sum(slots) > 10`,
    );
    expect(over).toEqual([]);
    const [drawn] = await postgres.query<{ slots: number }>(
      'SELECT sum(slots)::int AS slots FROM budget_slices WHERE budget = ANY($1)',
      [budgets.map((budget) => `drawn ${budget}`)],
    );
    expect(drawn).toEqual({ slots: 30 });
  });
});

describe('draws on PostgreSQL', () => {
  test('a used slot is free one window after it was counted, an unused one at once', async () => {
    const budget = randomUUID();
    const process = new Process();
    expect(await process.draw({ budget, wanted: 12 })).toEqual({
      budget,
      slots: 10,
      retryInMs: 130_000,
    });
    const slice = 1;
    await process.draw({ budget, wanted: 0, used: [{ slice, slots: 6, agoMs: 0 }] });
    const unused = [{ slice, slots: 4 }];
    expect(await process.draw({ budget, wanted: 9, unused })).toMatchObject({ slots: 4 });
    await pass(59_000);
    expect(await process.draw({ budget, wanted: 9 })).toMatchObject({ slots: 0 });
    await pass(2_000);
    expect(await process.draw({ budget, wanted: 9 })).toMatchObject({ slots: 6 });
  });

  test('of a budget that others wait for nobody gets more than an equal part', async () => {
    const budget = randomUUID();
    const [first, second] = [new Process(), new Process()];
    await first.draw({ budget, wanted: 10 });
    expect(await second.draw({ budget, wanted: 10 })).toMatchObject({ slots: 0 });
    const unused = [{ slice: 1, slots: 10 }];
    expect(await first.draw({ budget, wanted: 10, unused })).toMatchObject({ slots: 5 });
    expect(await second.draw({ budget, wanted: 10 })).toMatchObject({ slots: 5 });
  });

  test('what a dead process drew counts until it could no longer be used and counted', async () => {
    const budget = randomUUID();
    await new Process().draw({ budget, wanted: 10 });
    const living = new Process();
    await pass(10_000 + LIFE_MS + 60_000 - 1_000);
    expect(await living.draw({ budget, wanted: 10 })).toMatchObject({ slots: 0 });
    await pass(1_000);
    expect(await living.draw({ budget, wanted: 10 })).toMatchObject({ slots: 10 });
  });
});

describe('pauses on PostgreSQL', () => {
  /** What a turn with a claim of the budget, or with none, is told of its pause, ms. */
  async function toldTo(process: Process, budget: string, claims: boolean) {
    const claim = { budget, requests: 10, windowMs: 1_000, inUse: 0, wanted: 1 };
    const { pauses } = await store.settle(process.turn({ shares: claims ? [claim] : [] }));
    return pauses.find((pause) => pause.budget === budget)?.ms;
  }

  test('are told to everybody who claims the budget or has something of it, and to nobody else', async () => {
    const [budget, drawn] = [randomUUID(), randomUUID()];
    const [refused, sharing, drawing, stranger] = [
      new Process(),
      new Process(),
      new Process(),
      new Process(),
    ];
    await sharing.share(budget, 0, 4);
    await drawing.draw({ budget: drawn, wanted: 2 });
    const pauses = [
      { budget, ms: 60_000 },
      { budget: drawn, ms: 60_000 },
    ];
    const { pauses: own } = await store.settle(refused.turn({ pauses }));
    expect(own).toEqual([...pauses].sort(byKey));
    for (const [process, name] of [
      [sharing, budget],
      [drawing, drawn],
    ] as const) {
      const left = await toldTo(process, name, false);
      expect(left).toBeGreaterThan(50_000);
      expect(left).toBeLessThanOrEqual(60_000);
    }
    expect(await toldTo(stranger, budget, false)).toBeUndefined();
    expect(await toldTo(stranger, budget, true)).toBeGreaterThan(50_000);
  });

  test('are not shortened by another, told again after a lost answer, and over when they are', async () => {
    const budget = randomUUID();
    const [first, second] = [new Process(), new Process()];
    const long = first.turn({ pauses: [{ budget, ms: 60_000 }] });
    const answer = await store.settle(long);
    expect(await store.settle(long)).toEqual(answer);
    await store.settle(second.turn({ pauses: [{ budget, ms: 500 }] }));
    expect(await toldTo(second, budget, true)).toBeGreaterThan(50_000);
    await postgres.query(
      `UPDATE budgets SET paused_until = paused_until - interval '60 s' WHERE name = $1`,
      [budget],
    );
    expect(await toldTo(second, budget, true)).toBeUndefined();
    const [row] = await postgres.query('SELECT paused_until FROM budgets WHERE name = $1', [
      budget,
    ]);
    expect(row).toEqual({ paused_until: null });
  });
});

describe('isolation', () => {
  test('the role of the limits sees no rows of tenants, and a tenant sees no budget', async () => {
    const limits = (text: string) =>
      postgres.database.withRole('parity_limits', (tx) => tx.query(text));
    for (const name of ['bookings', 'credentials', 'channel_connections', 'outbox'])
      await expect(limits(`SELECT * FROM ${name}`)).rejects.toThrow(/permission denied/);
    for (const name of ['budgets', 'budget_processes', 'budget_shares', 'budget_slices'])
      await expect(
        postgres.database.withTenant(randomUUID() as never, (tx) =>
          tx.query(`SELECT * FROM ${name}`),
        ),
      ).rejects.toThrow(/permission denied/);
  });
});

interface Step {
  readonly wait: number;
  readonly process: number;
  readonly leaving: boolean;
  readonly shares: readonly { budget: number; inUse: number; wanted: number }[];
  readonly draws: readonly { budget: number; wanted: number; used: number; unused: number }[];
  readonly pauses: readonly { budget: string; ms: number }[];
}

const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90_000 })),
  process: fc.nat(2),
  leaving: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  shares: fc.uniqueArray(fc.record({ budget: fc.nat(1), inUse: fc.nat(12), wanted: fc.nat(12) }), {
    selector: ({ budget }) => budget,
    maxLength: 2,
  }),
  draws: fc.uniqueArray(
    fc.record({ budget: fc.nat(1), wanted: fc.nat(12), used: fc.nat(5), unused: fc.nat(2) }),
    { selector: ({ budget }) => budget, maxLength: 2 },
  ),
  pauses: fc.array(
    fc.record({
      budget: fc.constantFrom('short 0', 'short 1', 'long 0', 'long 1'),
      ms: fc.integer({ min: 1, max: 120_000 }),
    }),
    { maxLength: 1 },
  ),
});

/** The steps as turns; every tenth is told twice, as after a lost answer. */
function turnsOf(steps: readonly Step[], prefix: string): { wait: number; turn: BudgetTurn }[] {
  const processes = Array.from({ length: 3 }, () => new Process());
  let slices = 0;
  return steps.flatMap(({ wait, process: which, leaving, shares, draws, pauses }, index) => {
    const process = processes[which];
    if (!process) return [];
    const turn = process.turn({
      leaving,
      pauses: pauses.map(({ budget, ms }) => ({ budget: `${prefix} ${budget}`, ms })),
      shares: shares.map(({ budget, inUse, wanted }) => ({
        budget: `${prefix} short ${budget}`,
        requests: [10, 2][budget] ?? 1,
        windowMs: [1_000, 10_000][budget] ?? 1,
        inUse,
        wanted,
      })),
      draws: draws.map(({ budget, wanted, used, unused }) => {
        const slice = Math.max(0, slices - (index % 4));
        slices++;
        return {
          budget: `${prefix} long ${budget}`,
          requests: [10, 30][budget] ?? 1,
          windowMs: [60_000, 3_600_000][budget] ?? 1,
          wanted,
          slice: slices,
          usableMs: 10_000,
          used: used > 0 ? [{ slice, slots: used, agoMs: (index - 3) * 500 }] : [],
          unused: unused > 0 ? [{ slice, slots: unused }] : [],
        };
      }),
    });
    const once = { wait, turn };
    return index % 10 === 9 ? [once, { wait: 0, turn }] : [once];
  });
}

const byKey = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

test('PostgreSQL and its in-memory twin settle every turn alike, under one clock', async () => {
  // The database's clock is a table of the test's: a function of this name is found before the real one.
  await postgres.query('CREATE TABLE public.test_clock AS SELECT now() AS at');
  await postgres.query(
    `CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER
     AS 'SELECT at FROM public.test_clock'`,
  );
  const url = new URL(postgres.url);
  url.searchParams.set('options', '-c search_path=public,pg_catalog');
  const database = openDatabase({ connectionString: url.href }, realEnvironment());
  databases.push(database);
  const twin = createPostgresBudgets(database);
  let settled = 0;
  let paused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const memory = new MemoryDatabase();
      let now = TEST_START_MS;
      memory.clock = { now: () => now };
      const { budgets } = createMemoryStorage({
        database: memory,
        environment: instantEnvironment(),
        maxDelayMs: 0,
      });
      const prefix = randomUUID();
      for (const { wait, turn } of turnsOf(steps, prefix)) {
        now += wait;
        await postgres.query('UPDATE public.test_clock SET at = $1', [new Date(now)]);
        const answer = await twin.settle(turn);
        expect(answer).toEqual(await budgets.settle(turn));
        settled += answer.shares.length + answer.draws.length;
        paused += answer.pauses.length;
      }
      const [shares, slices] = await memory.transaction(null, async (tx) => [
        tx
          .table('budget_shares')
          .values()
          .map(({ row }) => row),
        tx
          .table('budget_slices')
          .values()
          .map(({ row }) => row),
      ]);
      const like = [`${prefix}%`];
      const inShares = await postgres.query<ShareRow>(
        'SELECT budget, process, held, wanted, target FROM budget_shares WHERE budget LIKE $1',
        like,
      );
      const inSlices = await postgres.query<Omit<SliceRow, 'until'> & { until: string }>(
        `SELECT budget, process, slice, slots, (extract(epoch FROM occupied_until) * 1000)::int8 AS until
         FROM budget_slices WHERE budget LIKE $1`,
        like,
      );
      expect([...inShares].sort(byKey)).toEqual([...(shares as ShareRow[])].sort(byKey));
      const numbers = inSlices.map((row) => ({
        ...row,
        slice: Number(row.slice),
        until: Number(row.until),
      }));
      expect(numbers.sort(byKey)).toEqual([...(slices as SliceRow[])].sort(byKey));
    }),
    { numRuns: 40 },
  );
  expect(settled).toBeGreaterThan(500);
  expect(paused).toBeGreaterThan(100);
}, 120_000);
