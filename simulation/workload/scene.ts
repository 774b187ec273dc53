import { addDays, type DateRange } from '../../schemas/domain/plain-date.ts';
import { codeOf } from '../../schemas/errors.ts';
import type { Channel } from '../world/channels.ts';
import {
  allConnections,
  allProperties,
  type ConnectionPlan,
  type PropertyPlan,
} from '../world/plan.ts';
import type { Pms } from '../world/pms.ts';
import type { World } from '../world/world.ts';

/** What happens in the world: the world itself and the people in it. */
export interface Scene {
  readonly world: World;
  readonly pms: Pms;
}

/** One thing that somebody or something does. It counts itself; a refusal by the product's rules is no failure. */
export type Action = (scene: Scene) => void | Promise<void>;

/** Days ahead in which most things happen, so that they meet. */
const BUSY_DAYS = 16;

export function anyProperty({ world }: Scene): PropertyPlan {
  return world.chance.pick(allProperties(world.plan));
}

export function anyConnection({ world }: Scene): ConnectionPlan {
  return world.chance.pick(allConnections(world.plan));
}

/** Some connection of a channel on which guests book. */
export function anyBookable(scene: Scene): ConnectionPlan | undefined {
  const { chance, plan } = scene.world;
  const bookable = allConnections(plan).filter((one) => channelOf(scene, one).takesBookings);
  return bookable.length === 0 ? undefined : chance.pick(bookable);
}

export function channelOf({ world }: Scene, { channel }: ConnectionPlan): Channel {
  return world.channel(channel);
}

/** A few nights from today on; now and then they lie where the horizon ends. */
export function anyNights(scene: Scene, property: PropertyPlan, longest = 5): DateRange {
  const { chance } = scene.world;
  const first = chance.happens(0.1) ? chance.integer(28, 50) : chance.integer(0, BUSY_DAYS);
  const start = addDays(scene.pms.today(property), first);
  return { start, end: addDays(start, chance.integer(1, longest)) };
}

/** Runs an action in the background; a refusal with a code is counted, anything else ends the run red. */
export function perform(scene: Scene, name: string, action: Action): void {
  const { tally, violations } = scene.world;
  tally.count(name);
  const failed = (error: unknown) => {
    const code = codeOf(error);
    if (code !== undefined) tally.count(`${name}.refused.${code}`);
    else
      violations.add('defect', `${name}: ${error instanceof Error ? error.stack : String(error)}`);
  };
  scene.world.underWay.add(name);
  try {
    Promise.resolve(action(scene))
      .catch(failed)
      .finally(() => scene.world.underWay.end(name));
  } catch (error) {
    scene.world.underWay.end(name);
    failed(error);
  }
}
