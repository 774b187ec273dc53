import type { Action, Scene } from '../workload/scene.ts';
import { KILL_POINTS, type PipelineProcess } from '../world/process.ts';
import { LARGEST_SKEW_MS } from '../world/world.ts';

const IN_FLIGHT = ['lands', 'held', 'lost'] as const;
/** Beyond any session timeout a frozen process is a zombie when it goes on. */
const FREEZE_MS = { shortest: 1_000, longest: 70_000 };
const ISOLATION_MS = { shortest: 1_000, longest: 40_000 };
const LATE_APPEND_MS = 30_000;

function someone({ world }: Scene): PipelineProcess | undefined {
  const running = world.running();
  return running.length === 0 ? undefined : world.chance.pick(running);
}

const kills: Action = (scene) => {
  const { world } = scene;
  const process = someone(scene);
  const inFlight = world.chance.pick(IN_FLIGHT);
  process?.kill(inFlight);
  // What was on its way when the process died may still reach the log, behind what others wrote meanwhile.
  if (process && inFlight === 'held')
    world.host.after(world.chance.between(0, LATE_APPEND_MS), () =>
      world.broker.landHeld(process.client),
    );
};

const armsKill: Action = (scene) => someone(scene)?.arm(scene.world.chance.pick(KILL_POINTS));

const freezes: Action = (scene) => {
  const { world } = scene;
  const process = someone(scene);
  if (!process) return;
  process.freeze(world.chance.pick(['lands', 'held']));
  const length = world.chance.between(FREEZE_MS.shortest, FREEZE_MS.longest);
  world.host.after(length, () => {
    if (process.state === 'frozen') process.thaw();
  });
};

const stops: Action = (scene) => someone(scene)?.stop();

const isolates: Action = (scene) => {
  const { world } = scene;
  const process = someone(scene);
  if (!process) return;
  world.broker.isolateClient(process.client);
  const length = world.chance.between(ISOLATION_MS.shortest, ISOLATION_MS.longest);
  world.host.after(length, () => world.broker.reconnectClient(process.client));
};

/** The session with the database breaks: whoever is the relay loses its lock without having died. */
const losesDatabaseSession: Action = (scene) => someone(scene)?.storage.kill();

const skewsClock: Action = (scene) => {
  const process = someone(scene);
  if (process)
    process.host.skew = Math.round(scene.world.chance.between(-LARGEST_SKEW_MS, LARGEST_SKEW_MS));
};

const turnsOff: Action = async ({ world }) => {
  for (const process of world.running()) process.kill(world.chance.pick(IN_FLIGHT));
};

export const PROCESS_FAULTS = {
  'fault.process.kill': [3, kills],
  'fault.process.arm_kill': [5, armsKill],
  'fault.process.kill_all': [0.5, turnsOff],
  'fault.process.freeze': [3, freezes],
  'fault.process.stop': [1, stops],
  'fault.process.isolate': [1.5, isolates],
  'fault.process.database_session_lost': [1, losesDatabaseSession],
  'fault.process.clock_step': [1, skewsClock],
} as const satisfies Record<string, readonly [number, Action]>;
