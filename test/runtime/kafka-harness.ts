import kafkajs from 'kafkajs';
import type { EventLog } from '../../runtime/event-log.ts';
import type { LogHarness } from '../../runtime/log/contract.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { Recorder } from '../../runtime/log/recorder.ts';
import { uniquePrefix } from '../stack.ts';
import { realPorts } from './real-ports.ts';

const PATIENCE_MS = 40_000;

export async function until(
  condition: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The contract harness over a real cluster; topics and groups carry a prefix of their own. */
export function kafkaHarness(brokers: () => Promise<string[]>): () => Promise<LogHarness> {
  return async () => {
    const addresses = await brokers();
    const topicPrefix = uniquePrefix('log');
    const ports = realPorts();
    const connect = async () =>
      new KafkaEventLog({ brokers: addresses, clientId: 'contract', topicPrefix }, ports);
    const admin = new kafkajs.Kafka({
      brokers: addresses,
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
    await admin.connect();
    return {
      connect,
      until,
      settled: (promise) => promise,
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      monotonic: () => ports.clock.monotonic(),
      compact: (log, topic) => compact(log, topic),
      deleteBefore: async ({ topic, partition }, offset) => {
        // Loads the metadata that kafkajs needs for it.
        await admin.fetchTopicOffsets(topicPrefix + topic);
        await admin.deleteTopicRecords({
          topic: topicPrefix + topic,
          partitions: [{ partition, offset: String(offset) }],
        });
      },
      rebalance: async (groupId, topics) => {
        const passerBy = await connect();
        const recorder = new Recorder({ positions: () => 'earliest' });
        const member = await passerBy.join(
          { groupId, topics, sessionTimeoutMs: 6_000, maxWaitMs: 100 },
          recorder,
        );
        await until(() => recorder.active);
        await member.stop();
        await passerBy.close();
      },
      close: () => admin.disconnect(),
    };
  };
}

/** Lets the cleaner run: it takes closed segments only, and a segment closes with the first append after `segment.ms`. */
async function compact(log: EventLog, topic: string): Promise<void> {
  await log.admin.setTopicConfig(topic, {
    'cleanup.policy': 'compact',
    'segment.ms': '50',
    'min.cleanable.dirty.ratio': '0.01',
  });
  const before = await count(log, topic);
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await log.produce([{ topic, partition: 0, key: 'roll', value: Buffer.from('roll') }]);
    return (await count(log, topic)) < before / 2;
  });
}

async function count(log: EventLog, topic: string): Promise<number> {
  let records = 0;
  await log.readToEnd([{ topic, partition: 0 }], (batch) => {
    records += batch.records.length;
  });
  return records;
}
