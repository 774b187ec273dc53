import { CHANNEL_FAULTS } from '../faults/channels.ts';
import { CRAWLER_FAULTS } from '../faults/crawlers.ts';
import { LOG_FAULTS } from '../faults/log.ts';
import { PROCESS_FAULTS } from '../faults/processes.ts';
import { PRODUCER_FAULTS } from '../faults/producers.ts';
import { STORAGE_FAULTS } from '../faults/storage.ts';
import { BAD_INPUT } from './bad-input.ts';
import { DESK_ACTIONS } from './desk.ts';
import { GUEST_ACTIONS } from './guests.ts';
import { OPERATOR_ACTIONS } from './operators.ts';
import { type Action, perform, type Scene } from './scene.ts';
import { STORIES } from './stories.ts';

/** Everything that is done to the world. Shares of input and of faults are the sums of these weights. */
export const ACTIONS: Readonly<Record<string, readonly [number, Action]>> = {
  ...DESK_ACTIONS,
  ...GUEST_ACTIONS,
  ...OPERATOR_ACTIONS,
  ...STORIES,
  ...BAD_INPUT,
  ...PROCESS_FAULTS,
  ...LOG_FAULTS,
  ...CHANNEL_FAULTS,
  ...CRAWLER_FAULTS,
  ...STORAGE_FAULTS,
  ...PRODUCER_FAULTS,
};

const WEIGHTS = Object.fromEntries(
  Object.entries(ACTIONS).map(([name, [weight]]) => [name, weight]),
);
/** Mean time between two things, ms. They come in bursts. */
const MEAN_WAIT_MS = 2_500;
const BURST = 0.35;

/** Lets things happen for `duration` ms of virtual time. */
export async function chaos(scene: Scene, duration: number): Promise<void> {
  const { world } = scene;
  const end = world.time.elapsed + duration;
  while (world.time.elapsed < end) {
    const name = world.chance.weighted(WEIGHTS);
    const action = ACTIONS[name]?.[1];
    if (action) perform(scene, name, action);
    const wait = world.chance.happens(BURST)
      ? world.chance.between(0, 50)
      : world.chance.wait(MEAN_WAIT_MS);
    await world.time.advance(wait);
    await world.scan();
  }
}
