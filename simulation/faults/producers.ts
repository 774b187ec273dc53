import type { Action, Scene } from '../workload/scene.ts';
import { WELL_BEHAVED } from '../world/direct-producer.ts';

/** The PMS's own producer gets slow and repeats itself. */
const dawdles: Action = ({ world, pms }) => {
  pms.producer.manners = {
    longestDelay: world.chance.between(0, 25_000),
    duplicate: world.chance.between(0, 0.4),
  };
};

export function calmProducers({ pms }: Scene): void {
  pms.producer.manners = WELL_BEHAVED;
}

export const PRODUCER_FAULTS = {
  'fault.producer.dawdles': [2, dawdles],
} as const satisfies Record<string, readonly [number, Action]>;
