import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../topology/placement.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { SimulatedProcess } from '../testing/simulated-process.ts';
import {
  COPIES,
  DOCUMENTS,
  FACTS,
  intakeStage,
  mappingStage,
  PARTITIONS,
  World,
} from '../testing/toy-world.ts';

const SEEDS = 20;
const STEPS = 40;
const KEYS = 12;
/** Longer than an owner needs to repair what a zombie wrote, as the hour is in production. */
const COMPACTION_LAG_MS = 120_000;

const FAULTS = {
  loseRequest: 0.02,
  loseAnswer: 0.02,
  partialProduce: 0.02,
  duplicateProduce: 0.02,
  lateProduce: 0.02,
  lateMs: 5_000,
  delayDelivery: 0.1,
  delayMs: 500,
};

/** What is done to the deployment, by weight. */
const DISTURBANCES = [
  'none',
  'none',
  'kill',
  'freeze',
  'thaw',
  'isolate',
  'reconnect',
  'rebalance',
  'compact',
] as const;

class Deployment {
  readonly world: World;
  readonly #random: SeededRandom;
  #running: SimulatedProcess[] = [];
  #frozen: SimulatedProcess[] = [];
  #isolated: SimulatedProcess[] = [];
  /** All processes that were ever started, for the counters. */
  readonly all: SimulatedProcess[] = [];

  constructor(world: World, random: SeededRandom) {
    this.world = world;
    this.#random = random;
  }

  async keepRunning(count: number): Promise<void> {
    while (this.#running.length < count) {
      const process = this.world.process();
      this.#running.push(process);
      this.all.push(process);
      const limits = { batchRecords: 3, commitIntervalMs: 50 };
      for (const stage of [intakeStage(), mappingStage()]) {
        const runner = await this.world.start(process, stage, limits);
        runner.ended.catch((error: unknown) => this.failures.push(error));
      }
    }
  }

  readonly failures: unknown[] = [];

  disturb(): void {
    const { broker } = this.world;
    switch (this.#pick(DISTURBANCES)) {
      case 'kill':
        this.#take()?.kill(this.#pick(['lands', 'held', 'lost'] as const));
        break;
      case 'freeze': {
        const process = this.#take();
        process?.freeze(this.#pick(['lands', 'held'] as const));
        if (process !== undefined) this.#frozen.push(process);
        break;
      }
      case 'thaw': {
        const process = this.#frozen.shift();
        process?.thaw();
        if (process !== undefined) this.#running.push(process);
        break;
      }
      case 'isolate': {
        const process = this.#take();
        if (process === undefined) break;
        broker.isolateClient(process.log);
        this.#isolated.push(process);
        break;
      }
      case 'reconnect':
        this.#reconnect();
        break;
      case 'rebalance':
        broker.forceRebalance(this.#pick(['intake', 'mapping']));
        break;
      case 'compact':
        broker.compact(this.#pick([DOCUMENTS, COPIES]));
        break;
      default:
    }
  }

  calm(): void {
    Object.assign(this.world.broker.faults, {
      loseRequest: 0,
      loseAnswer: 0,
      partialProduce: 0,
      duplicateProduce: 0,
      lateProduce: 0,
      delayDelivery: 0,
    });
    for (const process of this.#frozen.splice(0)) process.thaw();
    while (this.#isolated.length > 0) this.#reconnect();
  }

  #reconnect(): void {
    const process = this.#isolated.shift();
    if (process === undefined) return;
    this.world.broker.reconnectClient(process.log);
    this.#running.push(process);
  }

  #take(): SimulatedProcess | undefined {
    const index = Math.floor(this.#random.next() * this.#running.length);
    return this.#running.splice(index, 1)[0];
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random.next() * from.length)] as T;
  }
}

/** One run: facts flow while processes die, freeze and are cut off; then everything comes to rest. */
async function run(seed: number): Promise<Deployment> {
  const random = new SeededRandom(seed * 7_919 + 1);
  const world = await World.open({ seed, faults: FAULTS });
  for (const topic of [DOCUMENTS, COPIES] as const) {
    world.broker.topics.setConfig(topic, {
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': String(COMPACTION_LAG_MS),
    });
  }
  const deployment = new Deployment(world, random);
  const truth = new Map<string, string>();
  let sequence = 0;
  for (let step = 0; step < STEPS; step += 1) {
    await deployment.keepRunning(2);
    for (let count = Math.floor(random.next() * 4); count > 0; count -= 1) {
      sequence += 1;
      const key = `k${Math.floor(random.next() * KEYS)}`;
      truth.set(key, `${sequence}:${seed}`);
      // Outside producers repeat what failed.
      for (let done = false; !done; ) {
        const written = world.fact(key, sequence, String(seed), partitionOf(key, PARTITIONS));
        done = await written.then(
          () => true,
          () => false,
        );
      }
    }
    deployment.disturb();
    await world.time.advance(random.next() ** 3 * 20_000);
  }
  deployment.calm();
  await deployment.keepRunning(2);
  const wanted = JSON.stringify([...truth].sort());
  const tables = () =>
    [DOCUMENTS, COPIES].map((topic) => JSON.stringify([...world.table(topic as never)]));
  try {
    await world.time.until(() => tables().every((table) => table === wanted), 300_000);
  } catch {
    expect({ seed, tables: tables() }).toEqual({ seed, tables: [wanted, wanted] });
  }
  await world.time.advance(60_000);
  expect({ seed, tables: tables() }).toEqual({ seed, tables: [wanted, wanted] });
  await world.time.advance(2 * COMPACTION_LAG_MS);
  for (const topic of [DOCUMENTS, COPIES]) world.broker.compact(topic);
  // The newest record of each key is the right one, so that forgetting the others changes nothing.
  expect({ seed, tables: tables() }).toEqual({ seed, tables: [wanted, wanted] });
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const ends = await lagOf(world, partition);
    expect({ seed, partition, ...ends }).toEqual({ seed, partition, facts: 0, documents: 0 });
  }
  expect({ seed, failures: deployment.failures }).toEqual({ seed, failures: [] });
  return deployment;
}

async function lagOf(
  world: World,
  partition: number,
): Promise<{ facts: number; documents: number }> {
  const lag = (group: string, topic: typeof FACTS | typeof DOCUMENTS) => {
    const { end } = world.broker.topics.log({ topic, partition });
    return end - (world.committed(group, topic, partition) ?? 0);
  };
  return { facts: lag('intake', FACTS), documents: lag('mapping', DOCUMENTS) };
}

describe('two stages under every fault of the log and of processes', () => {
  it('end with the right tables, repaired logs and no lag', async () => {
    const counts: Record<string, number> = {};
    const observed: Record<string, number> = {};
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const deployment = await run(seed);
      for (const [name, count] of Object.entries(deployment.world.broker.counts)) {
        counts[name] = (counts[name] ?? 0) + count;
      }
      for (const name of ['parity_zombie_records_total', 'parity_zombie_repairs_total']) {
        for (const process of deployment.all) {
          observed[name] = (observed[name] ?? 0) + process.metrics.countOf(name);
        }
      }
    }
    const wanted = [
      'lostRequests',
      'lostAnswers',
      'partialProduces',
      'duplicatedProduces',
      'lateAppends',
      'delayedDeliveries',
      'freezes',
      'resumes',
      'kills',
      'isolations',
      'forcedRebalances',
      'sessionExpiries',
      'compactedRecords',
    ];
    expect(wanted.filter((name) => (counts[name] ?? 0) === 0)).toEqual([]);
    expect(observed.parity_zombie_records_total).toBeGreaterThan(0);
    expect(observed.parity_zombie_repairs_total).toBeGreaterThan(0);
  }, 120_000);
});
