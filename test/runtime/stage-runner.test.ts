import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { StageRunner } from '../../runtime/runner/stage-runner.ts';
import type { StageDefinition } from '../../runtime/stage.ts';
import { claimHeaders } from '../../runtime/tables/epoch.ts';
import { LiveTable } from '../../runtime/tables/live-view.ts';
import {
  COPIES,
  DOCUMENTS,
  documentValue,
  FACTS,
  factValue,
  intakeStage,
  mappingStage,
  PARTITIONS,
  registry,
  TOY_TOPOLOGY,
  textOf,
} from '../../runtime/testing/toy-world.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde, type Serde } from '../../schemas/serde.ts';
import { partitionOf } from '../../topology/placement.ts';
import { sharedStack, uniquePrefix } from '../stack.ts';
import { until } from './kafka-harness.ts';
import { realPorts } from './real-ports.ts';

const topicPrefix = uniquePrefix('runner');
const environment = realPorts();
const limits = { sessionTimeoutMs: 6_000, maxWaitMs: 100, commitIntervalMs: 100 };
let brokers: string[];
let serde: Serde;
let outside: KafkaEventLog;
let copies: LiveTable<typeof COPIES>;
let documents: LiveTable<typeof DOCUMENTS>;

beforeAll(async () => {
  brokers = [...(await sharedStack()).brokers];
  serde = createSerde(await registerSchemas(registry), environment.clock);
  outside = connect('outside');
  await outside.admin.createTopics(
    TOY_TOPOLOGY.topics.map(({ name, kind }) => ({
      name,
      partitions: PARTITIONS,
      replicationFactor: 1,
      config: { 'cleanup.policy': kind === 'table' ? 'compact' : 'delete' },
    })),
  );
  copies = await LiveTable.open(outside, serde, COPIES, PARTITIONS);
  documents = await LiveTable.open(outside, serde, DOCUMENTS, PARTITIONS);
});

afterAll(async () => {
  await copies?.close();
  await documents?.close();
  await outside?.close();
});

function connect(clientId: string): KafkaEventLog {
  return new KafkaEventLog({ brokers, clientId, topicPrefix }, environment);
}

function start(log: KafkaEventLog, stage: StageDefinition): Promise<StageRunner> {
  return StageRunner.start({ stage, log, serde, topology: TOY_TOPOLOGY, environment, limits });
}

async function facts(count: number, sequence: number, text: string): Promise<void> {
  await outside.produce(
    Array.from({ length: count }, (_, index) => ({
      topic: FACTS,
      partition: partitionOf(`k${index}`, PARTITIONS),
      key: `k${index}`,
      value: serde.encode(FACTS, factValue(`k${index}`, sequence, text)),
    })),
  );
}

const all = (table: LiveTable<typeof COPIES>, count: number, text: string) => {
  const keys = [...table.keys()];
  return keys.length === count && keys.every((key) => textOf(table.get(key)) === text);
};

describe('stages over Kafka', () => {
  it('restore, follow, rebalance without restoring what they keep, repair a zombie and end without lag', async () => {
    const count = 300;
    const one = connect('one');
    const two = connect('two');
    const intake = await start(one, intakeStage());
    const mapping = await start(one, mappingStage());
    await facts(count, 1, 'first');
    await until(() => all(copies, count, '1:first'));
    // What a stage writes itself it reads back in its own time.
    await until(() => mapping.status.restoredRecords > 2 * count);

    const before = mapping.status.restoredRecords;
    const other = await start(two, mappingStage());
    await until(() => other.status.live > 0 && mapping.status.live + other.status.live === 3);
    expect(mapping.status.live).toBe(2);
    // Nothing was read anew: what is kept was followed on from where it stood.
    expect(mapping.status.restoredRecords).toBeLessThanOrEqual(before);
    expect(other.status.restoredRecords).toBeGreaterThan(0);

    await facts(count, 2, 'second');
    await until(() => all(copies, count, '2:second'));

    const zombie = claimHeaders({ epoch: 0, writer: 'zombie' });
    const value = serde.encode(DOCUMENTS, documentValue('k0', 9, 'zombie'));
    const partition = partitionOf('k0', PARTITIONS);
    const [at] = await outside.produce([
      { topic: DOCUMENTS, partition, key: 'k0', value, headers: zombie },
    ]);
    await until(
      async () => ((await outside.admin.endOffsets(DOCUMENTS)).get(partition) ?? 0) > at! + 1,
    );
    expect(textOf(documents.get('k0'))).toBe('2:second');

    await other.stop();
    await two.close();
    await until(() => mapping.status.live === 3);
    await facts(count, 3, 'third');
    await until(() => all(copies, count, '3:third'));
    await until(async () => (await lag('intake', FACTS)) + (await lag('mapping', DOCUMENTS)) === 0);

    await Promise.all([intake.stop(), mapping.stop()]);
    const ends = await outside.admin.endOffsets(COPIES);
    const again = await start(one, mappingStage());
    await until(() => again.status.live === 3);
    await again.stop();
    // A restart with nothing new writes its epochs and nothing else: what is there is what would be computed.
    const after = await outside.admin.endOffsets(COPIES);
    expect([...after.values()]).toEqual([...ends.values()].map((end) => end + 1));
    await one.close();
  });
});

async function lag(group: string, topic: typeof FACTS | typeof DOCUMENTS): Promise<number> {
  const ends = await outside.admin.endOffsets(topic);
  const committed = await outside.admin.committed(group, [topic]);
  let sum = 0;
  for (const [partition, end] of ends) sum += end - (committed.get(`${topic}[${partition}]`) ?? 0);
  return sum;
}
