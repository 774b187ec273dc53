import { nextMidnight } from '../schemas/domain/plain-date.ts';
import { gatherCounts } from './gather.ts';
import { checkBookings } from './invariants/bookings.ts';
import { checkIsolation } from './invariants/isolation.ts';
import { checkConcurrency, checkLimits, checkPlatforms } from './invariants/limits.ts';
import { checkEchoes, checkOpenings } from './invariants/openings.ts';
import { checkParity } from './invariants/parity.ts';
import { checkReplay, stateOf } from './invariants/replay.ts';
import { unrest } from './invariants/rest.ts';
import type { Violation } from './violation.ts';
import { Attention, calm, tidyUp } from './workload/calm.ts';
import { chaos } from './workload/chaos.ts';
import { goLive } from './workload/going-live.ts';
import type { Scene } from './workload/scene.ts';
import { allProperties } from './world/plan.ts';
import { Pms } from './world/pms.ts';
import { World, type WorldOptions } from './world/world.ts';

/** What one seed came to. */
export interface SeedReport {
  readonly seed: number;
  /** Empty: every invariant held. */
  readonly violations: readonly Violation[];
  /** Fingerprint of everything that left a process; the same for every run of the seed. */
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Virtual ms. */
  readonly simulatedMs: number;
  readonly requests: number;
  readonly trail: readonly string[];
}

/** How long everything may take to come to rest once faults and input have stopped, virtual ms. */
const REST_WITHIN_MS = 20 * 60_000;
const LOOK_EVERY_MS = 2_000;
/** The world is at rest when nothing is undone now and so long after, ms. */
const STILL_AT_REST_MS = 20_000;

/** Clocks are apart, and nights that enter take a while to be sent, ms. */
const MIDNIGHT_MARGIN_MS = 60_000;

/** Runs one seed: going live, faults and input, rest, all invariants, a replay, and the invariants of that. */
export async function runSeed(seed: number, options: WorldOptions = {}): Promise<SeedReport> {
  const world = await World.open(seed, options);
  const scene: Scene = { world, pms: new Pms(world) };
  const rejections = watchRejections(world);
  try {
    await play(scene);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.violations.add('defect', `the run ended by an error: ${text}`);
  } finally {
    rejections.end();
    for (const { platform } of world.channels.values()) platform.stop();
  }
  await world.inspect?.(world, 'over');
  await gatherCounts(world);
  return {
    seed,
    violations: world.violations.all(),
    digest: world.digest.text(),
    counts: world.tally.entries(),
    simulatedMs: Math.round(world.time.elapsed),
    requests: world.requests.sent.length,
    trail: world.digest.trail,
  };
}

async function play(scene: Scene): Promise<void> {
  const { world } = scene;
  world.startAll();
  const live = goLive(scene);
  await world.time.advance(world.chance.between(5_000, 30_000));
  await chaos(scene, world.plan.duration);
  calm(scene);
  await world.time.advance(40_000);
  await settled(live, scene);
  await settled(tidyUp(scene), scene);
  const attention = new Attention(scene);
  if (await comesToRest(scene, attention)) await checkRest(scene, attention);
  await checkConduct(world);
}

/** What must hold when nothing is undone. */
async function checkRest(scene: Scene, attention: Attention): Promise<void> {
  const { world } = scene;
  await world.scan();
  await world.inspect?.(world, 'rest');
  await checkParity(world);
  await checkBookings(world);
  await replay(scene, attention);
}

/** What must hold of everything that was done on the way. */
async function checkConduct(world: World): Promise<void> {
  await checkOpenings(world);
  checkEchoes(world);
  checkLimits(world);
  checkConcurrency(world);
  checkPlatforms(world);
  await checkIsolation(world);
}

/** Stops everything, reads all events again from the beginning, and lets it come to rest. */
async function replay(scene: Scene, attention: Attention): Promise<void> {
  const { world } = scene;
  if (!(await isClearOfMidnight(scene, attention))) return;
  const before = await stateOf(world);
  const sentBefore = world.requests.sent.length;
  world.supervising = false;
  for (const process of world.processes()) process.kill('lands');
  await world.time.advance(60_000);
  world.supervising = true;
  world.startAll(true);
  if (!(await comesToRest(scene, attention))) return;
  await world.scan();
  await world.inspect?.(world, 'replayed');
  checkReplay(world, before, await stateOf(world), sentBefore);
}

/** At midnight nights enter and leave by themselves, which is no doing of a replay: waits until none is near. False: it did not come to rest then. */
async function isClearOfMidnight(scene: Scene, attention: Attention): Promise<boolean> {
  const { world } = scene;
  for (;;) {
    const now = world.host.now();
    const near = allProperties(world.plan)
      .map(({ timeZone }) => nextMidnight(timeZone, now) - now)
      .filter((left) => left < REST_WITHIN_MS);
    if (near.length === 0) return true;
    await world.time.advance(Math.max(...near) + MIDNIGHT_MARGIN_MS);
    if (!(await comesToRest(scene, attention))) return false;
    world.tally.count('input.time.midnight');
    await checkParity(world);
  }
}

/** Waits until nothing is undone. False: it did not happen in time, which is a violation. */
async function comesToRest(scene: Scene, attention: Attention): Promise<boolean> {
  const { world } = scene;
  const end = world.time.elapsed + REST_WITHIN_MS;
  let restingSince: number | null = null;
  let reasons: readonly string[] = [];
  while (world.time.elapsed < end) {
    await world.time.advance(LOOK_EVERY_MS);
    await world.scan();
    await settled(attention.pay(), scene);
    reasons = await unrest(world);
    restingSince = reasons.length > 0 ? null : (restingSince ?? world.time.elapsed);
    if (restingSince !== null && world.time.elapsed - restingSince >= STILL_AT_REST_MS) return true;
  }
  world.violations.add(
    'I9',
    `not at rest after ${REST_WITHIN_MS} ms: ${reasons.slice(0, 12).join('; ')}`,
  );
  return false;
}

/** Lets virtual time go on until a promise of somebody outside is kept. */
async function settled(promise: Promise<void>, { world }: Scene): Promise<void> {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    (error: unknown) => {
      done = true;
      world.violations.add('defect', String(error));
    },
  );
  await world.time.until(() => done);
}

/** A promise that nobody looks after is a defect wherever it comes from. */
function watchRejections(world: World): { end(): void } {
  const note = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.violations.add('defect', `an unhandled rejection: ${text}`);
  };
  process.on('unhandledRejection', note);
  return { end: () => process.off('unhandledRejection', note) };
}
