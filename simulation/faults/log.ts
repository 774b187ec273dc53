import { NO_FAULTS } from '../../runtime/log/memory/faults.ts';
import { isTableName } from '../../topology/types.ts';
import type { Action, Scene } from '../workload/scene.ts';

const BURST_MS = { shortest: 2_000, longest: 20_000 };

/** For a while the log loses, repeats, tears apart and delays what is sent to it. */
const misbehaves: Action = ({ world }) => {
  const { chance, broker, host } = world;
  Object.assign(broker.faults, {
    loseRequest: chance.between(0, 0.04),
    loseAnswer: chance.between(0, 0.04),
    partialProduce: chance.between(0, 0.04),
    duplicateProduce: chance.between(0, 0.06),
    lateProduce: chance.between(0, 0.03),
    lateMs: 30_000,
    delayDelivery: chance.between(0, 0.3),
    delayMs: chance.between(100, 4_000),
  });
  host.after(chance.between(BURST_MS.shortest, BURST_MS.longest), () => calmLog({ world }));
};

export function calmLog({ world }: Pick<Scene, 'world'>): void {
  Object.assign(world.broker.faults, NO_FAULTS);
}

const rebalances: Action = ({ world }) => {
  const groups = world.topology.stages
    .filter(({ partitionedBy }) => partitionedBy !== 'none')
    .map(({ name }) => name)
    .filter((name) => name !== 'reconciliation');
  world.broker.forceRebalance(world.chance.pick(groups));
};

const compacts: Action = async ({ world }) => {
  const tables = world.topology.topics.filter(({ name }) => isTableName(name));
  await world.scan();
  world.broker.compact(world.chance.pick(tables).name);
};

/** Retention at its most eager: what every group has committed goes. */
const expires: Action = async ({ world }) => {
  const events = world.topology.topics.filter(({ name }) => !isTableName(name));
  const { name } = world.chance.pick(events);
  await world.scan();
  world.broker.counts.retentionRuns += 1;
  const groups = world.topology.stages.filter(({ inputs }) => inputs.includes(name));
  world.broker.topics.logs(name).forEach((log, partition) => {
    const committed = groups.map(
      (group) => world.broker.group(group.name).committed({ topic: name, partition }) ?? 0,
    );
    const before = log.start;
    if (committed.length > 0) log.truncateBefore(Math.min(...committed));
    world.broker.counts.expiredRecords += log.start - before;
  });
};

export const LOG_FAULTS = {
  'fault.log.burst': [3, misbehaves],
  'fault.log.rebalance': [3, rebalances],
  'fault.log.compact': [4, compacts],
  'fault.log.retention': [1, expires],
} as const satisfies Record<string, readonly [number, Action]>;
