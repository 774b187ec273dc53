import kafkajs from 'kafkajs';
import { it } from 'vitest';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { StageRunner } from '../../runtime/runner/stage-runner.ts';
import {
  DOCUMENTS,
  documentValue,
  FACTS,
  factValue,
  intakeStage,
  mappingStage,
  PARTITIONS,
  probeStage,
  registry,
  TOY_TOPOLOGY,
} from '../../runtime/testing/toy-world.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde } from '../../schemas/serde.ts';
import { partitionOf } from '../../topology/placement.ts';
import { sharedStack, uniquePrefix } from '../stack.ts';
import { until } from './kafka-harness.ts';
import { realPorts } from './real-ports.ts';

it('bench', async () => {
  const topicPrefix = uniquePrefix('bench');
  const env = realPorts();
  const brokers = [...(await sharedStack()).brokers];
  const serde = createSerde(await registerSchemas(registry), env.clock);
  const log = new KafkaEventLog({ brokers, clientId: 'o', topicPrefix }, env);
  await log.admin.createTopics(
    TOY_TOPOLOGY.topics.map(({ name, kind }) => ({
      name,
      partitions: PARTITIONS,
      replicationFactor: 1,
      config: { 'cleanup.policy': kind === 'table' ? 'compact' : 'delete' },
    })),
  );
  const N = 60000;
  for (let at = 0; at < N; at += 5000)
    await log.produce(
      Array.from({ length: 5000 }, (_, i) => {
        const k = `k${at + i}`;
        return {
          topic: FACTS,
          partition: partitionOf(k, PARTITIONS),
          key: k,
          headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'origin-ts': '1732434353000', 'tenant-id': '7b1e8a4e-6f0c-4e0e-8a5e-0a2d8a7f1c01' },
          value: serde.encode(FACTS, factValue(k, 1, 'x'.repeat(200))),
        };
      }),
    );
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  await session.post('Profiler.enable');
  // bare
  for (let round = 0; round < 2; round += 1) {
    const kafka = new kafkajs.Kafka({ brokers, logLevel: 0 });
    const consumer = kafka.consumer({
      groupId: `${topicPrefix}bare${round}`,
      maxWaitTimeInMs: 100,
    });
    const producer = kafka.producer({
      idempotent: true,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await consumer.connect();
    await producer.connect();
    await consumer.subscribe({ topics: [topicPrefix + FACTS], fromBeginning: true });
    let seen = 0;
    let t0 = 0;
    await consumer.run({
      autoCommit: true,
      eachBatch: async ({ batch }) => {
        t0 ||= performance.now();
        for (let i = 0; i < batch.messages.length; i += 500) {
          const part = batch.messages.slice(i, i + 500);
          await producer.send({
            topic: topicPrefix + 'channel.bookings',
            acks: -1,
            messages: part.map((m) => ({
              key: m.key,
              value: m.value,
              headers: m.headers as never,
              partition: batch.partition,
            })),
          });
          seen += part.length;
        }
      },
    });
    await until(() => seen === N);
    console.log('bare copy', Math.round((N / (performance.now() - t0)) * 1000), 'rec/s');
    await consumer.disconnect();
    await producer.disconnect();
  }
  for (let round = 0; round < 2; round += 1) {
    if (round === 1) await session.post('Profiler.start');
    const log2 = new KafkaEventLog({ brokers, clientId: 's', topicPrefix }, env);
    const stage = { ...intakeStage(), groupId: `intake${round}` };
    const copying = probeStage(
      { name: 'delivery', groupId: `copy${round}`, eventInputs: [FACTS] },
      ({ write }) => ({
        events: async (_t, records) =>
          write(
            records.map(
              ({ key, value, traceparent, originTs }) =>
                ({
                  topic: 'channel.alerts',
                  key,
                  value,
                  traceparent,
                  originTs,
                  placement: key,
                }) as never,
            ),
          ),
      }),
    );
    for (const [name, def] of [
      ['copy stage', copying],
      ['intake stage', stage],
    ] as const) {
      const r = await StageRunner.start({
        stage: def,
        log: log2,
        serde,
        topology: TOY_TOPOLOGY,
        environment: env,
        limits: { maxWaitMs: 100 },
      });
      await until(() => r.status.live === 3);
      const t0 = performance.now();
      const c0 = process.cpuUsage();
      await until(async () => {
        await new Promise((x) => setTimeout(x, 100));
        const c = await log.admin.committed(def.groupId, [FACTS]);
        let s = 0;
        for (const v of c.values()) s += v ?? 0;
        return s >= N;
      });
      console.log(
        name,
        Math.round((N / (performance.now() - t0)) * 1000),
        'rec/s',
        'cpu us/rec',
        (process.cpuUsage(c0).user / N).toFixed(1),
      );
      await r.stop();
    }
    await log2.close();
    if (round === 1) {
      const { profile } = await session.post('Profiler.stop');
      (await import('node:fs')).writeFileSync(
        '/tmp/stagerunner.cpuprofile',
        JSON.stringify(profile),
      );
    }
  }
}, 180000);
