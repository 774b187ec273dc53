import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LogBatch, LogRecord } from '../../runtime/event-log.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { DECOMPRESSORS } from '../../runtime/log/kafka/wire/codecs.ts';
import { Recorder } from '../../runtime/log/recorder.ts';
import { sharedStack, uniquePrefix } from '../stack.ts';
import { until } from './kafka-harness.ts';
import { realPorts } from './real-ports.ts';

const topicPrefix = uniquePrefix('formats');
let kafka: kafkajs.Kafka;
let log: KafkaEventLog;

beforeAll(async () => {
  const { brokers } = await sharedStack();
  kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  log = new KafkaEventLog({ brokers, clientId: 'formats', topicPrefix }, realPorts());
});
afterAll(() => log?.close());

async function topic(name: string, config: Record<string, string>): Promise<void> {
  await log.admin.createTopics([{ name, partitions: 1, replicationFactor: 1, config }]);
}

async function readAll(
  name: string,
): Promise<{ records: LogRecord[]; batches: LogBatch[]; end: number }> {
  const batches: LogBatch[] = [];
  const ends = await log.readToEnd(
    [{ topic: name, partition: 0 }],
    (batch) => void batches.push(batch),
  );
  return {
    records: batches.flatMap((batch) => batch.records),
    batches,
    end: ends.get(`${name}[0]`)!,
  };
}

describe('records that were compressed', () => {
  const large = `${'calendar '.repeat(30_000)}${Array.from({ length: 20_000 }, (_, at) => (at * 7919) % 9973).join()}`;

  it.each([
    { name: 'gzip', codec: 1 },
    { name: 'snappy', codec: 2 },
    { name: 'lz4', codec: 3 },
    { name: 'zstd', codec: 4 },
  ])('by the broker with $name', async ({ name, codec }) => {
    const decompress = vi.spyOn(DECOMPRESSORS, codec);
    // The broker compresses again what comes otherwise, with the libraries of the Java client.
    await topic(name, { 'compression.type': name });
    const values = Array.from(
      { length: 300 },
      (_, at) => `${at} ${'night '.repeat(at % 40)}`,
    ).concat(large, '');
    await log.produce(
      values.map((value) => ({ topic: name, partition: 0, key: 'k', value: Buffer.from(value) })),
    );
    const { records } = await readAll(name);
    expect(records.map(({ value }) => Buffer.from(value!).toString())).toEqual(values);
    expect(decompress).toHaveBeenCalled();
  });
});

describe('transactions of others', () => {
  async function transact(
    name: string,
    values: readonly string[],
    outcome: 'commit' | 'abort',
  ): Promise<void> {
    const producer = kafka.producer({
      transactionalId: `${topicPrefix}${name}-${outcome}`,
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { retries: 20 },
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({
      topic: topicPrefix + name,
      messages: values.map((value) => ({ value, partition: 0 })),
    });
    await transaction[outcome]();
    await producer.disconnect();
  }

  it('show what was committed, skip what was aborted, and end behind the control records', async () => {
    await topic('transactions', {});
    await transact('transactions', ['a', 'b'], 'commit');
    await transact('transactions', ['c'], 'abort');
    await until(async () => (await log.admin.endOffsets('transactions')).get(0) === 5);
    const { records, batches, end } = await readAll('transactions');
    expect(records.map(({ value, offset }) => `${offset} ${Buffer.from(value!)}`)).toEqual([
      '0 a',
      '1 b',
    ]);
    expect(end).toBe(5);
    expect(batches.at(-1)!.nextOffset).toBe(5);
  });

  it('tell a member that stands before a control record only that it moved on', async () => {
    await topic('control', {});
    await transact('control', ['a'], 'commit');
    await until(async () => (await log.admin.endOffsets('control')).get(0) === 2);
    const recorder = new Recorder({ positions: () => 1 });
    const member = await log.join(
      { groupId: 'control', topics: ['control'], sessionTimeoutMs: 6_000, maxWaitMs: 100 },
      recorder,
    );
    await until(() => recorder.batches.length === 1);
    expect(recorder.batches[0]).toMatchObject({ records: [], nextOffset: 2, endOffset: 2 });
    await log.produce([{ topic: 'control', partition: 0, key: null, value: Buffer.from('b') }]);
    await until(() => recorder.received.length === 1);
    expect(recorder.received[0]!.offset).toBe(2);
    await member.stop();
  });
});

describe('a batch that compaction emptied, at the end of a segment', () => {
  it('is passed, where a plain kafkajs consumer stands before it for ever', async () => {
    await topic('emptied', {
      'cleanup.policy': 'compact',
      'segment.ms': '1000',
      'segment.bytes': '1048576',
      'min.cleanable.dirty.ratio': '0.01',
    });
    const other = new KafkaEventLog(
      { brokers: (await sharedStack()).brokers, clientId: 'other', topicPrefix },
      realPorts(),
    );
    const send = (by: KafkaEventLog, key: string, value: string | Uint8Array) =>
      by.produce([{ topic: 'emptied', partition: 0, key, value: Buffer.from(value) }]);
    // Two segments, too large for the cleaner to merge. The first one ends with a batch whose only record the second one replaces; the
    // cleaner keeps it, empty, as the last batch of its producer.
    await send(log, 'first', new Uint8Array(700_000));
    await send(log, 'replaced', 'old');
    await send(other, 'second', new Uint8Array(700_000));
    await send(other, 'replaced', 'new');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await send(other, 'roll', 'closes the second segment');
    await until(async () => (await readAll('emptied')).records.length === 4);
    await other.close();

    const { records, end, batches } = await readAll('emptied');
    expect(records.map(({ key, offset }) => `${offset} ${key}`)).toEqual([
      '0 first',
      '2 second',
      '3 replaced',
      '4 roll',
    ]);
    expect(batches.at(-1)!.nextOffset).toBe(end);

    // From within the emptied batch.
    const recorder = new Recorder({ positions: () => 1 });
    const member = await log.join(
      { groupId: 'emptied', topics: ['emptied'], sessionTimeoutMs: 6_000, maxWaitMs: 100 },
      recorder,
    );
    await until(() => recorder.batches.at(-1)?.nextOffset === end);
    expect(recorder.lost).toEqual([]);
    await member.stop();

    const plain = kafka.consumer({ groupId: `${topicPrefix}plain`, maxWaitTimeInMs: 50 });
    const seen: number[] = [];
    await plain.connect();
    await plain.subscribe({ topic: `${topicPrefix}emptied`, fromBeginning: true });
    await plain.run({ eachMessage: async ({ message }) => void seen.push(Number(message.offset)) });
    plain.seek({ topic: `${topicPrefix}emptied`, partition: 0, offset: '1' });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await plain.disconnect();
    expect(seen.filter((offset) => offset >= 1)).toEqual([]);
  });
});
