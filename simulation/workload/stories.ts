import type { DateRange } from '../../schemas/domain/plain-date.ts';
import type { PropertyPlan } from '../world/plan.ts';
import { KILL_POINTS } from '../world/process.ts';
import { type Action, anyNights, anyProperty, type Scene } from './scene.ts';

/** Interleavings that break naive designs and that chance alone brings about too seldom. */

function block(
  scene: Scene,
  property: PropertyPlan,
  nights: DateRange,
  blocked: boolean,
): Promise<void> {
  return scene.pms.desk(property).block(property.tenantId, property.id, nights, blocked);
}

function after(scene: Scene, low: number, high: number): Promise<void> {
  const { world, pms } = scene;
  return new Promise((resolve) => {
    pms.environment.timers.after(world.chance.between(low, high), () => resolve());
  });
}

/** A value goes out, its sender dies before it can note the outcome, and the PMS takes the value back. */
const takenBackUnderKill: Action = async (scene) => {
  const { world } = scene;
  const property = anyProperty(scene);
  const nights = anyNights(scene, property, 2);
  const first = world.chance.happens(0.5);
  await block(scene, property, nights, first);
  const point = world.chance.pick(['at_socket', 'after_answer', 'after_answer'] as const);
  for (const process of world.running()) process.arm(point);
  await after(scene, 500, 4_000);
  await block(scene, property, nights, !first);
};

/** An opening gets no answer, and lands behind the closing that follows it. */
const openingLandsLate: Action = async (scene) => {
  const { world } = scene;
  const property = anyProperty(scene);
  const nights = anyNights(scene, property, 3);
  await block(scene, property, nights, true);
  await after(scene, 3_000, 8_000);
  for (const { channel, unit } of property.connections) {
    const { platform } = world.channel(channel);
    platform.faults.arm({
      kind: 'apply_late',
      delay: world.chance.between(24_000, 55_000),
      answer: world.chance.pick(['none', 'none', 'gateway_timeout']),
      on: 'write',
      target: platform.targetOf(unit),
    });
  }
  await block(scene, property, nights, false);
  await after(scene, 1_000, 18_000);
  await block(scene, property, nights, true);
};

/** An owner stops in the middle of a write, another takes over and goes on, and then the first one's write comes after all. */
const ownerComesBack: Action = async (scene) => {
  const { world } = scene;
  const property = anyProperty(scene);
  const nights = anyNights(scene, property, 4);
  const blocked = world.chance.happens(0.5);
  const running = world.running();
  if (running.length < 2) return;
  const frozen = world.chance.pick(running);
  frozen.armFreeze();
  await block(scene, property, nights, blocked);
  await after(scene, 1_000, 20_000);
  await block(scene, property, nights, !blocked);
  await after(scene, 25_000, 60_000);
  if (frozen.state === 'frozen') frozen.thaw();
};

/** Everybody is about to die at the same kind of place. */
const bandIsHit: Action = ({ world }) => {
  const point = world.chance.pick(KILL_POINTS);
  for (const process of world.running()) process.arm(point);
};

/** A night blocked by hand is booked and cancelled on a channel, which may put it back on sale. */
const cancelledOverBlock: Action = async (scene) => {
  const { world } = scene;
  const property = anyProperty(scene);
  const nights = anyNights(scene, property, 3);
  const bookable = property.connections.filter((one) => world.channel(one.channel).takesBookings);
  if (bookable.length === 0) return;
  const { channel, unit } = world.chance.pick(bookable);
  const { platform } = world.channel(channel);
  const rooms = [{ unit, checkIn: nights.start, checkOut: nights.end }];
  const booked = platform.book({ rooms });
  if (!booked.ok) return;
  world.tally.count('input.story.cancelled_over_block.booked');
  await after(scene, 100, 30_000);
  await block(scene, property, nights, true);
  await after(scene, 100, 20_000);
  platform.cancel(booked.reservation);
};

export const STORIES = {
  'input.story.taken_back_under_kill': [3, takenBackUnderKill],
  'input.story.opening_lands_late': [3, openingLandsLate],
  'input.story.owner_comes_back': [3, ownerComesBack],
  'input.story.band_is_hit': [1, bandIsHit],
  'input.story.cancelled_over_block': [2, cancelledOverBlock],
} as const satisfies Record<string, readonly [number, Action]>;
