import { describe, expect, it } from 'vitest';
import type { LimitDeclaration } from '../../connectors/contract.ts';
import type { Caller } from './budget-names.ts';
import { budgetsOf } from './budget-names.ts';
import type { Urgency } from './line/waiting-line.ts';
import type { RequestSlot } from './request-budgets.ts';
import type { SendingProcess } from './testing/platform.ts';
import { CHANNEL, manifestWith, PlatformWorld } from './testing/platform.ts';

const MINUTE = 60_000;

function callerOf(changes: Partial<Caller> = {}): Caller {
  return {
    channel: CHANNEL,
    endpoint: 'a',
    listing: 'listing',
    accountId: 'account',
    credentialId: 'machine',
    ...changes,
  };
}

/** Sends without end with `senders` at the same time; each request is answered within 20 ms. */
function saturate(process: SendingProcess, senders: number, untilMs = Number.POSITIVE_INFINITY) {
  const send = () => {
    if (process.host.monotonic() < untilMs)
      process.request(callerOf(), 20, () => process.host.after(0, send));
  };
  for (let number = 0; number < senders; number++) send();
}

/** Share of the limit that is used from `from` on, ms of the run. */
function usedOf(world: PlatformWorld, { requests, windowMs }: LimitDeclaration, from: number) {
  const sent = world.sent.filter(({ at }) => at >= from).length;
  return sent / ((requests * (world.time.elapsed - from)) / windowMs);
}

function sentBetween(world: PlatformWorld, name: string, from: number, until: number): number {
  return world.sent.filter(({ process, left }) => process === name && left > from && left < until)
    .length;
}

describe('use of a limit', () => {
  it.each<[string, LimitDeclaration, number]>([
    ['700 a minute', { scope: 'credential', requests: 700, windowMs: MINUTE }, 10],
    ['2,000 in 5 minutes', { scope: 'address', requests: 2_000, windowMs: 5 * MINUTE }, 30],
    ['200 in 10 s', { scope: 'address', requests: 200, windowMs: 10_000 }, 3],
    ['10 a second', { scope: 'listing', requests: 10, windowMs: 1_000 }, 2],
    ['50 a second', { scope: 'account', requests: 50, windowMs: 1_000 }, 2],
  ])('a single process uses at least 95 %% of %s', async (_name, limit, minutes) => {
    const world = new PlatformWorld([limit]);
    world.prepareMs = 2;
    saturate(world.start(), Math.min(100, limit.requests));
    // Full windows: the first is full at once, and what comes after shows the pace.
    const from = limit.windowMs * 2;
    await world.time.advance(minutes * MINUTE);
    expect(world.violations()).toEqual([]);
    expect(usedOf(world, limit, from)).toBeGreaterThanOrEqual(0.95);
  });
});

describe('a database that takes seconds', () => {
  it('holds nobody back who sends on: more is drawn ahead as long as there is a line', async () => {
    const world = new PlatformWorld([{ scope: 'address', requests: 20_000, windowMs: 300_000 }]);
    world.databaseMs = 2_000;
    const process = world.start();
    const send = () => process.request(callerOf(), 20, () => process.host.after(100, send));
    for (let sender = 0; sender < 5; sender++) send();
    await world.time.advance(2 * MINUTE);
    const late = world.sent.filter(({ at }) => at >= MINUTE).length;
    // Five senders, each of which would send every 120 ms and a moment if it never waited.
    expect(late / 60).toBeGreaterThanOrEqual(0.9 * (5 / 0.13));
    expect(world.violations()).toEqual([]);
  });
});

describe('lines', () => {
  const LIMIT: LimitDeclaration = { scope: 'credential', requests: 5, windowMs: 1_000 };

  /** Puts requests in line at once; answers the order in which they leave. */
  function lineUp(process: SendingProcess, urgencies: readonly Urgency[]) {
    const order: string[] = [];
    for (const [number, urgency] of urgencies.entries()) {
      const use = (slot: RequestSlot) => {
        order.push(`${urgency} ${number}`);
        process.host.after(0, () => slot.answered(process.environment.clock.monotonic()));
      };
      const taken = process.budgets.take(callerOf(), urgency, use);
      if (taken.kind === 'slot') use(taken.slot);
    }
    return order;
  }

  it('the first come are the first served', async () => {
    const world = new PlatformWorld([LIMIT]);
    const order = lineUp(world.start(), Array<Urgency>(40).fill('other'));
    await world.time.advance(20_000);
    expect(order).toEqual(Array.from({ length: 40 }, (_, number) => `other ${number}`));
  });

  it('closings overtake, but every fifth slot is for the others; tokens overtake all', async () => {
    const world = new PlatformWorld([LIMIT]);
    const order = lineUp(world.start(), [
      ...Array<Urgency>(3).fill('other'),
      ...Array<Urgency>(8).fill('closing'),
      'token',
    ]);
    await world.time.advance(20_000);
    expect(order.map((entry) => entry.split(' ')[0])).toEqual([
      'token',
      ...Array<string>(4).fill('closing'),
      'other',
      ...Array<string>(4).fill('closing'),
      ...Array<string>(2).fill('other'),
    ]);
  });

  it('ten thousand in line are served in order, without being looked at in between', async () => {
    const limit: LimitDeclaration = { scope: 'credential', requests: 700, windowMs: MINUTE };
    const world = new PlatformWorld([limit]);
    const order = lineUp(world.start(), Array<Urgency>(10_000).fill('other'));
    await world.time.advance(16 * MINUTE);
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, number) => `other ${number}`));
    const waits = world.measures.counts.get(
      'parity_rate_limit_wait_seconds{channel_type=model,scope=credential}',
    );
    expect(waits).toBe(10_000);
    // Two a second at most, however many wait.
    expect(world.turns).toBeLessThan(16 * 60 * 2);
  });

  it('who leaves the line is passed over, and what it held is free', async () => {
    const world = new PlatformWorld([
      { scope: 'listing', requests: 1, windowMs: 1_000 },
      { scope: 'credential', requests: 1, windowMs: 1_000 },
    ]);
    const { budgets } = world.start();
    const got: string[] = [];
    const slots: RequestSlot[] = [];
    const wait = (name: string, listing: string) => {
      const taken = budgets.take(callerOf({ listing }), 'other', (slot) => {
        got.push(name);
        slots.push(slot);
      });
      if (taken.kind !== 'waiting') throw new Error('a slot at once');
      return taken.ticket;
    };
    wait('first', 'x');
    const second = wait('second', 'y');
    wait('third', 'y');
    await world.time.advance(3_000);
    expect(got).toEqual(['first']);
    second.leave();
    second.leave();
    slots[0]?.unused();
    await world.time.advance(3_000);
    expect(got).toEqual(['first', 'third']);
  });

  it('a token has a slot left when requests that wait for it hold all others', async () => {
    const world = new PlatformWorld([
      { scope: 'address', requests: 4, windowMs: 10_000 },
      { scope: 'address', requests: 60, windowMs: MINUTE },
    ]);
    const { budgets } = world.start();
    let held = 0;
    for (let number = 0; number < 10; number++) budgets.take(callerOf(), 'other', () => held++);
    await world.time.advance(5_000);
    expect(held).toBe(3);
    let tokens = 0;
    const taken = budgets.take(callerOf({ credentialId: null }), 'token', () => tokens++);
    if (taken.kind === 'slot') tokens++;
    await world.time.advance(500);
    expect([held, tokens]).toEqual([3, 1]);
  });
});

describe('between processes', () => {
  const SHORT: LimitDeclaration = { scope: 'account', requests: 20, windowMs: 1_000 };
  const LONG: LimitDeclaration = { scope: 'credential', requests: 120, windowMs: MINUTE };

  function sentBy(world: PlatformWorld, from: number): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { process, at } of world.sent)
      if (at >= from) counts[process] = (counts[process] ?? 0) + 1;
    return counts;
  }

  it.each([
    ['shares', SHORT],
    ['drawn slots', LONG],
  ])('%s: whoever comes later has its part, and all of the limit is used', async (_name, limit) => {
    const world = new PlatformWorld([limit]);
    saturate(world.start(), 60);
    await world.time.advance(30_000);
    saturate(world.start(), 60);
    await world.time.advance(3 * MINUTE);
    const from = world.time.elapsed;
    await world.time.advance(8 * MINUTE);
    const { p1 = 0, p2 = 0 } = sentBy(world, from);
    expect(world.violations()).toEqual([]);
    expect(p2 / (p1 + p2)).toBeGreaterThan(0.4);
    expect(p2 / (p1 + p2)).toBeLessThan(0.6);
    expect(usedOf(world, limit, from)).toBeGreaterThan(0.9);
  });

  it('who wants little gets it, beside one that wants everything', async () => {
    const world = new PlatformWorld([SHORT]);
    saturate(world.start(), 60);
    const modest = world.start();
    let waitedMost = 0;
    for (let second = 60; second < 120; second++)
      modest.host.after(second * 1_000, () => {
        const since = world.time.elapsed;
        modest.request(callerOf(), 20, () => {
          waitedMost = Math.max(waitedMost, world.time.elapsed - since);
        });
      });
    await world.time.advance(3 * MINUTE);
    expect(sentBy(world, 60_000).p2).toBe(60);
    expect(waitedMost).toBeLessThan(10_000);
    expect(usedOf(world, SHORT, 90_000)).toBeGreaterThan(0.8);
  });

  it('fewer slots than processes: they take turns', async () => {
    const limit: LimitDeclaration = { scope: 'account', requests: 1, windowMs: 5_000 };
    const world = new PlatformWorld([limit]);
    for (let number = 0; number < 3; number++) saturate(world.start(), 3);
    await world.time.advance(20 * MINUTE);
    const counts = Object.values(sentBy(world, 0));
    expect(world.violations()).toEqual([]);
    expect(counts).toHaveLength(3);
    expect(Math.min(...counts)).toBeGreaterThan(20);
  });

  it('without PostgreSQL sends go on while the lease lives, and then no more', async () => {
    const world = new PlatformWorld([SHORT]);
    const process = world.start();
    saturate(process, 60);
    await world.time.advance(60_000);
    process.cut = 'before';
    const cut = world.time.elapsed;
    await world.time.advance(60_000);
    const last = Math.max(...world.sent.map(({ at }) => at));
    expect(last - cut).toBeGreaterThan(7_000);
    expect(last - cut).toBeLessThan(10_100);
    process.cut = null;
    await world.time.advance(5_000);
    const from = world.time.elapsed;
    await world.time.advance(30_000);
    expect(usedOf(world, SHORT, from)).toBeGreaterThan(0.9);
    expect(world.violations()).toEqual([]);
  });

  it('what a process has is free at once when it stops, and when it died as soon as its last request cannot count any more', async () => {
    for (const [end, wait] of [
      ['stops', 1_500],
      ['dies', 72_000],
    ] as const) {
      const world = new PlatformWorld([SHORT]);
      const first = world.start();
      saturate(first, 20, 30_000);
      await world.time.advance(end === 'stops' ? 31_000 : 29_500);
      const second = world.start();
      if (end === 'dies') first.host.kill();
      else void first.budgets.close();
      saturate(second, 60);
      await world.time.advance(wait);
      const from = world.time.elapsed;
      await world.time.advance(5_000);
      expect(world.violations()).toEqual([]);
      expect(sentBy(world, from).p2 ?? 0, end).toBeGreaterThan(80);
    }
  });

  it.each([
    ['share', SHORT],
    ['slice', LONG],
  ])(
    'a slot whose %s ended between slot and socket is withheld, though the process has a new one',
    async (_name, limit) => {
      const world = new PlatformWorld([limit]);
      const process = world.start();
      const slots: RequestSlot[] = [];
      const take = () => {
        const taken = process.budgets.take(callerOf(), 'other', (slot) => slots.push(slot));
        if (taken.kind === 'slot') slots.push(taken.slot);
      };
      take();
      await world.time.advance(1_000);
      expect(slots[0]?.mayLeave()).toBe(true);
      process.host.freeze();
      await world.time.advance(11_000);
      expect(slots[0]?.mayLeave()).toBe(false);
      process.host.thaw();
      await world.time.advance(3_000);
      expect(slots[0]?.mayLeave()).toBe(false);
      take();
      await world.time.advance(1_000);
      expect(slots[1]?.mayLeave()).toBe(true);
    },
  );

  it('a turn whose answer was lost is asked again as it was: what it was granted is not lost', async () => {
    const world = new PlatformWorld([{ ...LONG, requests: 10 }]);
    const process = world.start();
    process.cut = 'after';
    let granted = 0;
    for (let number = 0; number < 10; number++)
      process.budgets.take(callerOf(), 'other', () => granted++);
    await world.time.advance(1_500);
    expect(granted).toBe(0);
    process.cut = null;
    await world.time.advance(2_500);
    expect(granted).toBe(10);
  });

  it('a refusal pauses the budget that the platform names, or that the manifest means, and else none', async () => {
    const world = new PlatformWorld([SHORT, { ...LONG, means429: true }]);
    const { budgets } = world.start();
    expect(budgets.refused(callerOf(), 'listing', 5_000)).toBe(false);
    expect(budgets.refused(callerOf(), 'account', 5_000)).toBe(true);
    const granted: number[] = [];
    budgets.take(callerOf(), 'other', (slot) => {
      granted.push(world.time.elapsed);
      slot.unused();
    });
    await world.time.advance(20_000);
    expect(granted[0]).toBeGreaterThan(4_999);
    expect(granted[0]).toBeLessThan(5_500);
    expect(budgets.refused(callerOf(), undefined, 7_000)).toBe(true);
    budgets.take(callerOf(), 'other', () => granted.push(world.time.elapsed));
    await world.time.advance(20_000);
    expect(granted[1]).toBeGreaterThan(26_999);
    expect(granted[1]).toBeLessThan(27_500);
  });
});

describe('a pause', () => {
  const ended = () => undefined;
  const CREDENTIAL: LimitDeclaration = { scope: 'credential', requests: 20, windowMs: 1_000 };
  const HOURLY: LimitDeclaration = { scope: 'credential', requests: 9_000, windowMs: 60 * MINUTE };

  it.each<[string, LimitDeclaration]>([
    ['a short window', CREDENTIAL],
    ['a long window', HOURLY],
  ])(
    'of %s is kept by all processes from their next turn on, and all go on after it',
    async (_name, limit) => {
      const world = new PlatformWorld([limit]);
      const [refused, other] = [world.start(), world.start()];
      saturate(refused, 2, 150_000);
      saturate(other, 2, 150_000);
      await world.time.advance(20_000);
      refused.refuse(callerOf(), 'credential', 30_000);
      await world.time.advance(100_000);
      // A renewal every 2 s, and the way to the database.
      expect(world.sentInPause(2_050)).toEqual([]);
      expect(world.refusals[0]?.toldAt).toBeLessThan(20_050);
      for (const { name } of [refused, other])
        for (const [from, until, sends] of [
          [0, 20_000, true],
          [22_100, 50_000, false],
          [50_000, 60_000, true],
        ] as const)
          expect([name, from, sentBetween(world, name, from, until) > 0]).toEqual([
            name,
            from,
            sends,
          ]);
    },
  );

  it('is known to a process that starts in it, and to the one that was refused after it has forgotten the budget', async () => {
    const world = new PlatformWorld([CREDENTIAL]);
    const refused = world.start();
    refused.request(callerOf(), 20, ended);
    await world.time.advance(2_000);
    refused.refuse(callerOf(), 'credential', 40 * MINUTE);
    // The share goes back after five minutes without use, and with it all that the process knew of the budget.
    await world.time.advance(20 * MINUTE);
    const late = world.start();
    for (const process of [refused, late]) process.request(callerOf(), 20, ended);
    await world.time.advance(19 * MINUTE);
    expect(world.sent).toHaveLength(1);
    await world.time.advance(2 * MINUTE);
    expect(world.sent).toHaveLength(3);
  });

  it('holds back what has its slot already and has not left, and polls and tokens too', async () => {
    const world = new PlatformWorld([{ scope: 'address', requests: 20, windowMs: 1_000 }]);
    world.prepareMs = 1_000;
    const process = world.start();
    for (const urgency of ['other', 'closing', 'token'] as const)
      process.request(callerOf({ listing: null }), 20, ended, urgency);
    await world.time.advance(15);
    process.refuse(callerOf(), 'address', 30_000);
    for (const urgency of ['other', 'closing', 'token'] as const)
      process.request({ channel: CHANNEL, endpoint: 'token' }, 20, ended, urgency);
    await world.time.advance(29_000);
    expect(world.sent).toEqual([]);
    await world.time.advance(4_000);
    // The first three are given up by the model's sender; a real one takes another slot.
    expect(world.withheld).toBe(3);
    expect(world.sent).toHaveLength(3);
  });

  it('is told when the database can be reached again, also when the answer to the first telling is lost', async () => {
    const world = new PlatformWorld([CREDENTIAL]);
    const [refused, other] = [world.start(), world.start()];
    saturate(refused, 1, 60_000);
    saturate(other, 1, 60_000);
    await world.time.advance(10_000);
    refused.cut = 'before';
    refused.refuse(callerOf(), 'credential', 40_000);
    await world.time.advance(5_000);
    expect(world.refusals[0]?.toldAt).toBeNull();
    refused.cut = 'after';
    await world.time.advance(3_000);
    expect(world.refusals[0]?.toldAt).not.toBeNull();
    refused.cut = null;
    await world.time.advance(60_000);
    expect(world.sentInPause(2_050)).toEqual([]);
    expect(sentBetween(world, other.name, 50_000, 60_000)).toBeGreaterThan(0);
  });
});

describe('names', () => {
  it('narrow budgets come first, and an endpoint counts for its own as well', () => {
    const manifest = manifestWith([
      { scope: 'address', requests: 1, windowMs: 10_000 },
      { scope: 'credential', requests: 9, windowMs: 60_000 },
      { scope: 'connection', requests: 10, windowMs: 1_000 },
      { scope: 'credential', endpoint: ['a', 'b'], requests: 3, windowMs: 60_000 },
      { scope: 'listing', requests: 10, windowMs: 1_000, byTier: true },
    ]);
    const named = (changes: Partial<Caller>) =>
      budgetsOf(manifest, callerOf(changes)).map(({ name, requests }) => `${name}: ${requests}`);
    expect(named({ perSecond: 4 })).toEqual([
      'model listing listing * 1000: 4',
      'model credential machine a,b 60000: 3',
      'model credential machine * 60000: 9',
      'model address shared * 10000: 1',
    ]);
    expect(named({ endpoint: null, listing: null })).toEqual([
      'model credential machine * 60000: 9',
      'model address shared * 10000: 1',
    ]);
  });
});
