/**
 * Measures the Kafka adapter on a local broker of its own (or the one named): one hop, produce throughput, read throughput, and what an idle
 * connection costs with and without the timer patch. `node --import tsx test/runtime/measure-kafka-log.ts [host:port]`
 */
import kafkajs from 'kafkajs';
import { startStack } from '../../local/stack.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { patchTimers } from '../../runtime/log/kafka/timer-patch.ts';
import { uniquePrefix } from '../stack.ts';
import { realPorts } from './real-ports.ts';

const IDLE_MS = 5_000;
const value = Buffer.alloc(300, 'x');

function percentile(sorted: readonly number[], share: number): string {
  return (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);
}

async function hops(log: KafkaEventLog): Promise<void> {
  await log.admin.createTopics([{ name: 'hop', partitions: 1, replicationFactor: 1, config: {} }]);
  const latencies: number[] = [];
  const ends = await log.admin.endOffsets('hop');
  const member = await log.join(
    { groupId: 'hop', topics: ['hop'], sessionTimeoutMs: 10_000, maxWaitMs: 250 },
    {
      assigned: async () => new Map([['hop[0]', ends.get(0) ?? 'earliest']]),
      revoked: () => undefined,
      records: (batch) => {
        for (const record of batch.records)
          latencies.push(performance.now() - Number(record.headers.at));
      },
      outOfRange: () => undefined,
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  for (let index = 0; index < 1_000; index += 1) {
    void log.produce([
      { topic: 'hop', partition: 0, key: 'k', value, headers: { at: String(performance.now()) } },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  await member.stop();
  report('hop at 50/s', latencies);
}

/** The same hop with kafkajs alone: the floor. */
async function bareHops(brokers: string[], topic: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const consumer = kafka.consumer({ groupId: `${topic}-bare`, maxWaitTimeInMs: 250 });
  const latencies: number[] = [];
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { headers } of batch.messages)
        latencies.push(performance.now() - Number(headers?.at));
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  for (let index = 0; index < 1_000; index += 1) {
    void producer.send({
      topic,
      acks: -1,
      messages: [{ key: 'k', value, headers: { at: String(performance.now()) } }],
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  await consumer.disconnect();
  await producer.disconnect();
  report('bare kafkajs hop at 50/s', latencies);
}

function report(label: string, latencies: readonly number[]): void {
  const sorted = latencies.slice(100).sort((a, b) => a - b);
  console.log(
    `${label}: p50 ${percentile(sorted, 0.5)} ms, p99 ${percentile(sorted, 0.99)} ms (${sorted.length} records)`,
  );
}

async function throughput(log: KafkaEventLog, brokers: string[], prefix: string): Promise<void> {
  await log.admin.createTopics([
    { name: 'bulk', partitions: 12, replicationFactor: 1, config: {} },
    { name: 'single', partitions: 1, replicationFactor: 1, config: {} },
  ]);
  for (const { name, partitions } of [
    { name: 'bulk', partitions: 12 },
    { name: 'single', partitions: 1 },
  ]) {
    for (const perCall of [1, 10, 100, 1_000]) {
      const total = perCall === 1 ? 50_000 : 200_000;
      const start = performance.now();
      let index = 0;
      const open = new Set<Promise<unknown>>();
      while (index < total) {
        const partition = (index / perCall) % partitions;
        const call = log
          .produce(
            Array.from({ length: perCall }, () => ({ topic: name, partition, key: 'k', value })),
          )
          .then(() => void open.delete(call));
        open.add(call);
        index += perCall;
        if (open.size >= 2_000 / Math.min(perCall, 100)) await Promise.race(open);
      }
      await Promise.all(open);
      const rate = (total / (performance.now() - start)).toFixed(0);
      console.log(`produce, ${partitions} partition(s), ${perCall} a call: ${rate} k/s`);
    }
  }
  for (const name of ['bulk', 'single']) {
    const partitions = Array.from({ length: name === 'bulk' ? 12 : 1 }, (_, partition) => ({
      topic: name,
      partition,
    }));
    const start = performance.now();
    let records = 0;
    await log.readToEnd(partitions, (batch) => {
      records += batch.records.length;
    });
    console.log(
      `readToEnd, ${partitions.length} partition(s): ${(records / (performance.now() - start)).toFixed(0)} k/s (${records} records)`,
    );
  }
  await bareRead(brokers, `${prefix}bulk`, 650_000);
}

async function bareRead(brokers: string[], topic: string, total: number): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topic}-bare` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let records = 0;
  const start = performance.now();
  await new Promise<void>((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        records += batch.messages.length;
        if (records >= total) resolve();
      },
    });
  });
  console.log(
    `bare kafkajs read, 12 partitions: ${(records / (performance.now() - start)).toFixed(0)} k/s`,
  );
  await consumer.disconnect();
}

async function idle(log: KafkaEventLog, label: string): Promise<void> {
  const partitions = Array.from({ length: 4 }, (_, partition) => ({ topic: 'bulk', partition }));
  const tails = [];
  for (const { topic, partition } of partitions) {
    const end = (await log.admin.endOffsets(topic)).get(partition) ?? 0;
    tails.push(await log.tail(new Map([[`${topic}[${partition}]`, end]]), () => undefined));
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const before = process.cpuUsage();
  const switches = process.resourceUsage().voluntaryContextSwitches;
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const { user, system } = process.cpuUsage(before);
  const wakeups = (process.resourceUsage().voluntaryContextSwitches - switches) / (IDLE_MS / 1_000);
  const share = ((user + system) / 1_000 / IDLE_MS) * 100;
  console.log(
    `idle with 4 consumers, ${label}: ${share.toFixed(1)} % of a core, ${wakeups.toFixed(0)} wake-ups/s`,
  );
  for (const tail of tails) await tail.close();
}

const [address] = process.argv.slice(2);
const stack = address === undefined ? await startStack({ kind: 'process' }) : undefined;
const brokers = stack?.brokers ?? [address ?? ''];
const topicPrefix = uniquePrefix('measure');
const log = new KafkaEventLog({ brokers, clientId: 'measure', topicPrefix }, realPorts());
try {
  await hops(log);
  await bareHops(brokers, `${topicPrefix}hop`);
  await throughput(log, brokers, topicPrefix);
  await idle(log, 'timers patched');
  const restore = patchTimers();
  restore();
  await idle(log, 'timers as kafkajs has them');
} finally {
  await log.close();
  await stack?.stop();
}
process.exit(0);
