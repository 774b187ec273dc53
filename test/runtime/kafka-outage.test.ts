import { afterEach, describe, expect, it } from 'vitest';
import { type StackHandle, startStack } from '../../local/stack.ts';
import { type EventLog, type LogRecord, partitionKey } from '../../runtime/event-log.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { codeOf } from '../../schemas/errors.ts';
import { until } from './kafka-harness.ts';
import { realPorts } from './real-ports.ts';

const TOPIC = 'outage';
const PARTITIONS = 6;
const CALLS = 400;
const PER_CALL = 5;

let stack: StackHandle | undefined;
let log: KafkaEventLog | undefined;

afterEach(async () => {
  await log?.close();
  await stack?.stop();
});

/** Writes the calls of one partition one after the other, each until it is acknowledged. */
async function write(
  to: EventLog,
  partition: number,
  progress: { calls: number; refused: number },
): Promise<void> {
  for (let call = 0; call < CALLS; call += 1) {
    const records = Array.from({ length: PER_CALL }, (_, index) => ({
      topic: TOPIC,
      partition,
      key: null,
      value: Buffer.from(String(call * PER_CALL + index)),
    }));
    for (;;) {
      try {
        await to.produce(records);
        break;
      } catch (error) {
        expect(codeOf(error)).toBe('LOG_UNAVAILABLE');
        progress.refused += 1;
      }
    }
    progress.calls += 1;
  }
}

/** A member that goes on where it stood, over every rebalance. */
async function follow(by: EventLog, received: LogRecord[]) {
  const next = new Map<string, number>();
  const heard = { joins: 0, gaps: 0 };
  const member = await by.join(
    { groupId: 'follower', topics: [TOPIC], sessionTimeoutMs: 6_000, maxWaitMs: 100 },
    {
      assigned: async ({ partitions }) => {
        heard.joins += 1;
        return new Map(
          partitions.map((each) => [
            partitionKey(each),
            next.get(partitionKey(each)) ?? 'earliest',
          ]),
        );
      },
      revoked: () => undefined,
      records: (batch) => {
        next.set(partitionKey(batch), batch.nextOffset);
        received.push(...batch.records);
      },
      outOfRange: () => {
        heard.gaps += 1;
      },
    },
  );
  return { member, heard };
}

function ofPartition(
  records: readonly LogRecord[],
  partition: number,
): { offset: number; value: number }[] {
  return records
    .filter((record) => record.partition === partition)
    .map(({ offset, value }) => ({ offset, value: Number(Buffer.from(value!)) }));
}

describe.each([{ brokers: 1 as const }, { brokers: 3 as const }])(
  'with $brokers broker(s)',
  ({ brokers }) => {
    it('loses nothing and reorders nothing over a kill -9 and restart of a broker under load', {
      timeout: 120_000,
    }, async () => {
      stack = await startStack({ kind: 'process', brokers, onProgress: () => undefined });
      log = new KafkaEventLog(
        { brokers: stack.brokers, clientId: 'outage', topicPrefix: '' },
        realPorts(),
      );
      await log.admin.createTopics([
        { name: TOPIC, partitions: PARTITIONS, replicationFactor: brokers, config: {} },
      ]);
      const received: LogRecord[] = [];
      const { member, heard } = await follow(log, received);
      const progress = { calls: 0, refused: 0 };
      const writing = Promise.all(
        Array.from({ length: PARTITIONS }, (_, partition) => write(log!, partition, progress)),
      );
      await until(() => progress.calls > (PARTITIONS * CALLS) / 4 && received.length > 1_000);
      await stack.killBroker(0);
      if (brokers === 3) await until(() => progress.calls > (PARTITIONS * CALLS) / 2, 60_000);
      await stack.startBroker(0);
      await writing;

      const stored: LogRecord[] = [];
      const ends = await log.readToEnd(
        Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition })),
        (batch) => void stored.push(...batch.records),
      );
      const total = [...ends.values()].reduce((sum, end) => sum + end, 0);
      await until(() => received.length === total);
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const values = ofPartition(stored, partition).map(({ value }) => value);
        expect([...new Set(values)]).toEqual(
          Array.from({ length: CALLS * PER_CALL }, (_, index) => index),
        );
        // A call that was repeated may stand twice, but never behind a later one.
        const calls = values.map((value) => Math.floor(value / PER_CALL));
        expect(calls).toEqual([...calls].sort((a, b) => a - b));
        // The follower got each record once, in order, whatever the group went through.
        expect(ofPartition(received, partition)).toEqual(ofPartition(stored, partition));
      }
      expect(heard.gaps).toBe(0);
      await member.stop();
    });
  },
);
