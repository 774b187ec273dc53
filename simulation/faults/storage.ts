import type { Action, Scene } from '../workload/scene.ts';

const goesAway: Action = ({ world }) => {
  world.databaseFaults.down = true;
  world.host.after(world.chance.between(1_000, 15_000), () => {
    world.databaseFaults.down = false;
  });
};

const breaks: Action = ({ world }) => {
  world.databaseFaults.breaking = world.chance.between(0.02, 0.2);
  world.host.after(world.chance.between(2_000, 20_000), () => {
    world.databaseFaults.breaking = 0;
  });
};

export function calmStorage({ world }: Pick<Scene, 'world'>): void {
  world.databaseFaults.down = false;
  world.databaseFaults.breaking = 0;
}

export const STORAGE_FAULTS = {
  'fault.database.goes_away': [1, goesAway],
  'fault.database.burst': [2, breaks],
} as const satisfies Record<string, readonly [number, Action]>;
