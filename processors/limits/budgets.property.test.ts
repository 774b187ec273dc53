import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LimitDeclaration } from '../../connectors/contract.ts';
import type { Fate, SendingProcess } from './testing/platform.ts';
import { CHANNEL, PlatformWorld } from './testing/platform.ts';

const LIMITS: readonly LimitDeclaration[] = [
  { scope: 'connection', requests: 10, windowMs: 1_000 },
  { scope: 'listing', requests: 3, windowMs: 1_000 },
  { scope: 'account', requests: 7, windowMs: 2_000 },
  { scope: 'credential', endpoint: 'a', requests: 12, windowMs: 10_000 },
  { scope: 'credential', requests: 40, windowMs: 30_000 },
  { scope: 'address', requests: 25, windowMs: 10_000 },
  { scope: 'address', requests: 90, windowMs: 60_000 },
];

const RUNS = Number(process.env.BUDGET_RUNS ?? 15);

type Blow = 'crash' | 'cut before' | 'cut after' | 'heal' | 'freeze' | 'thaw' | 'stop' | 'start';

interface Script {
  readonly seed: number;
  readonly processes: number;
  readonly senders: number;
  readonly blows: readonly { readonly wait: number; readonly blow: Blow; readonly at: number }[];
}

const script: fc.Arbitrary<Script> = fc.record({
  seed: fc.nat(),
  processes: fc.integer({ min: 1, max: 4 }),
  senders: fc.integer({ min: 1, max: 12 }),
  blows: fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 25_000 }),
      blow: fc.constantFrom<Blow>(
        'crash',
        'cut before',
        'cut after',
        'heal',
        'heal',
        'freeze',
        'thaw',
        'thaw',
        'stop',
        'start',
      ),
      at: fc.nat(),
    }),
    { maxLength: 25 },
  ),
});

/** What a process may still send on after the database has heard of a pause: until its lease is over, or renewed. */
const GRACE_MS = 10_000;
const PAUSES_MS = [500, 5_000, 20_000, 40_000] as const;
const SCOPES = ['listing', 'account', 'credential', 'address'] as const;

function pick<T>(of: readonly [T, ...T[]], chance: number): T {
  return of[Math.floor(chance * of.length)] ?? of[0];
}

/** Requests without end, each as soon as the one before has ended. */
function sendOn(
  world: PlatformWorld,
  process: SendingProcess,
  number: number,
  progress: Map<string, number>,
): void {
  const { random } = world.time;
  const chance = random.next();
  const fate: Fate =
    chance < 0.03 ? 'unanswered' : chance < 0.1 ? 'unused' : Math.floor(random.next() * 800);
  const caller = {
    channel: CHANNEL,
    endpoint: number % 2 === 0 ? 'a' : 'b',
    listing: `listing ${number % 3}`,
    accountId: `account ${number % 2}`,
    credentialId: 'machine',
  };
  const urgency = random.next() < 0.2 ? 'closing' : 'other';
  process.request(
    caller,
    fate,
    () => {
      progress.set(`${process.name} ${number}`, world.time.elapsed);
      if (world.refuses && typeof fate === 'number' && random.next() < 0.02)
        process.refuse(caller, pick(SCOPES, random.next()), pick(PAUSES_MS, random.next()));
      process.host.after(random.next() * 300, () => sendOn(world, process, number, progress));
    },
    urgency,
  );
}

/** How long after the last blow everybody must have had a turn, ms: until what dead processes had is free, and a few windows more. */
const CALM_MS = 300_000;

async function play({ seed, processes, senders, blows }: Script) {
  const world = new PlatformWorld(LIMITS, seed + 1);
  world.slowlyPrepared = 0.03;
  world.refuses = true;
  const living: SendingProcess[] = [];
  const progress = new Map<string, number>();
  const start = () => {
    const process = world.start();
    living.push(process);
    for (let number = 0; number < senders; number++) sendOn(world, process, number, progress);
  };
  for (let number = 0; number < processes; number++) start();
  for (const { wait, blow, at } of blows) {
    await world.time.advance(wait);
    const process = living[at % living.length];
    if (blow === 'start' || !process) {
      if (living.length < 5) start();
    } else if (blow === 'crash') {
      process.host.kill();
      living.splice(living.indexOf(process), 1);
    } else if (blow === 'stop') {
      living.splice(living.indexOf(process), 1);
      void process.budgets.close();
    } else if (blow === 'freeze') process.host.freeze();
    else if (blow === 'thaw') process.host.thaw();
    else if (blow === 'heal') process.cut = null;
    else process.cut = blow === 'cut before' ? 'before' : 'after';
  }
  for (const process of living) {
    process.host.thaw();
    process.cut = null;
  }
  world.refuses = false;
  const calm = world.time.elapsed;
  await world.time.advance(CALM_MS);
  const starved = living.flatMap(({ name }) =>
    Array.from({ length: senders }, (_, number) => `${name} ${number}`).filter(
      (sender) => (progress.get(sender) ?? 0) < calm,
    ),
  );
  return { world, starved };
}

it(
  'I4: no window of any budget is over its limit and nobody uses one that is paused, under crashes, cut-off databases, frozen processes, clocks apart and lost answers',
  async () => {
    let sent = 0;
    let withheld = 0;
    let heard = 0;
    await fc.assert(
      fc.asyncProperty(script, async (drawn) => {
        const { world, starved } = await play(drawn);
        sent += world.sent.length;
        withheld += world.withheld;
        heard += world.refusals.filter(
          ({ at, ms, toldAt }) => toldAt !== null && toldAt + GRACE_MS < at + ms,
        ).length;
        expect({
          violations: world.violations(),
          inPause: world.sentInPause(GRACE_MS),
          starved,
        }).toEqual({ violations: [], inPause: [], starved: [] });
      }),
      { numRuns: RUNS },
    );
    expect(sent).toBeGreaterThan(1_000);
    expect(withheld).toBeGreaterThan(0);
    expect(heard).toBeGreaterThan(0);
  },
  Math.max(120_000, RUNS * 10_000),
);
