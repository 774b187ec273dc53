import { beforeEach, describe, expect, it } from 'vitest';
import type { LogAdmin } from '../runtime/event-log.ts';
import { MemoryBroker } from '../runtime/log/memory/broker.ts';
import { VirtualTime } from '../runtime/testing/virtual-time.ts';
import { codeOf } from '../schemas/errors.ts';
import { inspect, prepareCluster, repairCluster, topicSpecs } from './cluster.ts';
import { TOPOLOGY } from './stages.ts';

const specs = topicSpecs(TOPOLOGY, 1);
const config = (topic: string, replication: 1 | 3 = 1) =>
  topicSpecs(TOPOLOGY, replication).find(({ name }) => name === topic)!.config;

describe('topicSpecs', () => {
  it('keeps the newest of a table and everything of events for their time', () => {
    expect(config('channel.desired')).toMatchObject({
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': '3600000',
      'delete.retention.ms': '604800000',
    });
    expect(config('channel.desired')).not.toHaveProperty('retention.ms');
    expect(config('channel.revisions')).toMatchObject({
      'cleanup.policy': 'compact,delete',
      'retention.ms': '34560000000',
    });
    expect(config('pms.events')).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '7776000000',
    });
  });

  it('lets a record in that is too large for its topic, and lets it become a dead letter', () => {
    expect(Number(config('channel.dead-letters')['max.message.bytes'])).toBeGreaterThan(
      Number(config('pms.events')['max.message.bytes']),
    );
    expect(Number(config('pms.events')['max.message.bytes'])).toBeGreaterThan(10 * 1_048_576);
  });

  it('wants two of three replicas to have a record, or the only one', () => {
    expect(config('pms.events', 3)['min.insync.replicas']).toBe('2');
    expect(config('pms.events', 1)['min.insync.replicas']).toBe('1');
    expect(
      topicSpecs(TOPOLOGY, 3).every(
        ({ partitions, replicationFactor }) => partitions === 12 && replicationFactor === 3,
      ),
    ).toBe(true);
  });
});

describe('a cluster', () => {
  let admin: LogAdmin;
  let settled: <T>(promise: Promise<T>) => Promise<T>;

  beforeEach(() => {
    const time = new VirtualTime({ seed: 3 });
    const ports = () => ({
      clock: time.process('broker'),
      timers: time.process('broker'),
      random: time.random,
    });
    admin = new MemoryBroker(ports()).connect(ports()).admin;
    settled = async (promise) => {
      let done = false;
      const mark = () => {
        done = true;
      };
      promise.then(mark, mark);
      await time.until(() => done);
      return promise;
    };
  });

  const codeFrom = async (promise: Promise<unknown>) =>
    codeOf(await settled(promise).catch((error: unknown) => error));

  it('without topics gets all of them, and is then as declared', async () => {
    expect((await settled(inspect(admin, specs))).map(({ kind }) => kind)).toEqual(
      specs.map(() => 'missing'),
    );
    expect(await settled(prepareCluster(admin, specs))).toEqual([]);
    expect(await settled(inspect(admin, specs))).toEqual([]);
    expect(await settled(prepareCluster(admin, specs))).toEqual([]);
  });

  it('that differs is reported and left alone at a start, and set right on command', async () => {
    await settled(prepareCluster(admin, specs));
    const changed = {
      ...config('channel.desired'),
      'cleanup.policy': 'delete',
      'segment.ms': '1000',
    };
    await settled(admin.setTopicConfig('channel.desired', changed));
    const drift = await settled(prepareCluster(admin, specs));
    expect(drift).toEqual([
      {
        topic: 'channel.desired',
        kind: 'config',
        message: 'The topic channel.desired has cleanup.policy delete, but compact is declared.',
      },
    ]);
    expect(await settled(inspect(admin, specs))).toEqual(drift);
    expect(await settled(repairCluster(admin, specs))).toEqual(['channel.desired']);
    const after = (await settled(admin.describeTopics(['channel.desired']))).get('channel.desired');
    expect(after?.config).toEqual({ ...config('channel.desired'), 'segment.ms': '1000' });
    expect(await settled(inspect(admin, specs))).toEqual([]);
  });

  it('says which override is not set, and takes lists in any order', async () => {
    await settled(prepareCluster(admin, specs));
    const { 'min.insync.replicas': _, ...without } = config('channel.revisions');
    await settled(
      admin.setTopicConfig('channel.revisions', { ...without, 'cleanup.policy': 'delete,compact' }),
    );
    expect((await settled(inspect(admin, specs))).map(({ message }) => message)).toEqual([
      'The topic channel.revisions has min.insync.replicas not set, but 1 is declared.',
    ]);
  });

  it('with other partition counts is refused before anything is created or repaired', async () => {
    const pms = specs.find(({ name }) => name === 'pms.events')!;
    await settled(admin.createTopics([{ ...pms, partitions: 6 }]));
    expect(await codeFrom(prepareCluster(admin, specs))).toBe('TOPOLOGY_INVALID');
    expect(await codeFrom(repairCluster(admin, specs))).toBe('TOPOLOGY_INVALID');
    expect((await settled(admin.describeTopics(specs.map(({ name }) => name)))).size).toBe(1);
  });

  it('with other replication may start, but no repair can say that all is well', async () => {
    await settled(prepareCluster(admin, specs));
    const wanted = specs.map((spec) =>
      spec.name === 'pms.events' ? { ...spec, replicationFactor: 3 } : spec,
    );
    expect((await settled(prepareCluster(admin, wanted))).map(({ kind }) => kind)).toEqual([
      'replication',
    ]);
    expect(await codeFrom(repairCluster(admin, wanted))).toBe('TOPIC_DRIFT');
  });
});
