import kafkajs, { type Kafka, type ProducerBatch, type RecordMetadata } from 'kafkajs';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../../schemas/errors.ts';
import type { Logger } from '../../ports.ts';
import { VirtualTime } from '../../testing/virtual-time.ts';
import { Naming } from './naming.ts';
import { KafkaProducer } from './producer.ts';

type Send = (
  batch: ProducerBatch,
  partition: (message: { partition?: number }) => number,
) => Promise<RecordMetadata[]>;

const nothing = () => undefined;
const noLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => noLogger,
};

/** kafkajs's producers of one test: each that is made gets a number and the script of that number. */
class Cluster {
  readonly sends: { producer: number; values: string[] }[] = [];
  readonly disconnected: number[] = [];
  #made = 0;
  readonly #script: Send[];

  constructor(script: Send[]) {
    this.#script = script;
  }

  client(): Kafka {
    return {
      producer: (options: {
        createPartitioner: () => (args: { message: { partition?: number } }) => number;
      }) => {
        const producer = this.#made;
        this.#made += 1;
        const partitioner = options.createPartitioner();
        return {
          connect: async () => undefined,
          disconnect: async () => void this.disconnected.push(producer),
          sendBatch: async (batch: ProducerBatch) => {
            const values = batch.topicMessages!.flatMap(({ messages }) =>
              messages.map(({ value }) => String(value)),
            );
            this.sends.push({ producer, values });
            const send = this.#script.shift() ?? accepted;
            return send(batch, (message) => partitioner({ message }));
          },
        };
      },
    } as unknown as Kafka;
  }
}

const accepted: Send = async (batch) => answer(batch, () => true);

/** Metadata as kafkajs gives it, for the partitions that `keep` says. */
function answer(batch: ProducerBatch, keep: (partition: number) => boolean): RecordMetadata[] {
  return batch.topicMessages!.flatMap(({ topic, messages }) => {
    const partitions = [...new Set(messages.map(({ partition }) => partition!))].filter(keep);
    return partitions.map((partition) => ({
      topicName: topic,
      partition,
      errorCode: 0,
      baseOffset: String(100 * partition),
    }));
  });
}

function protocolError(type: string, retriable: boolean): Error {
  return Object.assign(new Error(type), { type, retriable });
}

function fails(error: Error): Send {
  return async () => {
    throw error;
  };
}

let time: VirtualTime;

beforeEach(() => {
  time = new VirtualTime();
});

function producer(cluster: Cluster): KafkaProducer {
  const process = time.process('client');
  const environment = {
    clock: process,
    timers: process,
    random: time.random,
    logger: noLogger,
    metrics: { count: nothing, gauge: nothing, observe: nothing },
  };
  const context = { environment, naming: new Naming('p-'), client: () => cluster.client() };
  return new KafkaProducer(
    context,
    { partitionCount: async (topic) => (topic === 't' ? 4 : undefined) },
    10_000,
  );
}

function record(partition: number, value: string) {
  return { topic: 't', partition, key: null, value: Buffer.from(value) };
}

async function settled<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  const mark = () => {
    done = true;
  };
  promise.then(mark, mark);
  await time.until(() => done);
  return promise;
}

describe('KafkaProducer', () => {
  it('answers the offsets in the order of the records', async () => {
    const cluster = new Cluster([]);
    const offsets = await settled(
      producer(cluster).send([record(1, 'a'), record(0, 'b'), record(1, 'c')]),
    );
    expect(offsets).toEqual([100, 0, 101]);
  });

  it.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])(
    'begins afresh with a new producer on %s',
    async (type) => {
      const cluster = new Cluster([fails(protocolError(type, false))]);
      const made = producer(cluster);
      expect(await settled(made.send([record(1, 'a')]))).toEqual([100]);
      expect(cluster.disconnected).toEqual([0]);
      await settled(made.send([record(1, 'b')]));
      expect(cluster.sends).toEqual([
        { producer: 0, values: ['a'] },
        { producer: 1, values: ['a'] },
        { producer: 1, values: ['b'] },
      ]);
    },
  );

  it('never uses a producer again that gave up: its sequence numbers may belong to records that were written', async () => {
    const refused = Object.assign(new kafkajs.KafkaJSNonRetriableError('gave up'), {
      cause: new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED', { code: 'ECONNREFUSED' }),
    });
    const cluster = new Cluster([fails(refused), fails(refused)]);
    expect(await settled(producer(cluster).send([record(1, 'a')]))).toEqual([100]);
    expect(cluster.sends.map((send) => send.producer)).toEqual([0, 1, 2]);
  });

  it('sends again what kafkajs left unanswered after a leader moved', async () => {
    const cluster = new Cluster([async (batch) => answer(batch, (partition) => partition !== 2)]);
    const offsets = await settled(
      producer(cluster).send([record(1, 'a'), record(2, 'b'), record(1, 'c'), record(2, 'd')]),
    );
    expect(offsets).toEqual([100, 200, 101, 201]);
    expect(cluster.sends).toEqual([
      { producer: 0, values: ['a', 'b', 'c', 'd'] },
      { producer: 0, values: ['b', 'd'] },
    ]);
  });

  it('gives up at the deadline, and a retry of kafkajs that comes later sends nothing', async () => {
    let late: (() => number) | undefined;
    const cluster = new Cluster([
      async (batch, partition) => {
        late = () => partition(batch.topicMessages![0]!.messages[0]!);
        expect(late()).toBe(1);
        await new Promise<void>((resolve) => time.process('kafkajs').after(10_001, resolve));
        return [{ topicName: 'p-t', partition: late(), errorCode: 0, baseOffset: '0' }];
      },
    ]);
    const outcome = await settled(
      producer(cluster)
        .send([record(1, 'a')])
        .catch(codeOf),
    );
    expect(outcome).toBe('LOG_UNAVAILABLE');
    expect(late).toThrow('delivery timed out');
  });

  it.each([
    ['MESSAGE_TOO_LARGE', 'EVENT_TOO_LARGE'],
    ['RECORD_LIST_TOO_LARGE', 'EVENT_TOO_LARGE'],
    ['TOPIC_AUTHORIZATION_FAILED', 'LOG_UNAVAILABLE'],
  ])('says at once what trying again cannot help: %s is %s', async (type, code) => {
    const cluster = new Cluster([fails(protocolError(type, false))]);
    expect(
      await settled(
        producer(cluster)
          .send([record(1, 'a')])
          .catch(codeOf),
      ),
    ).toBe(code);
    expect(cluster.sends).toHaveLength(1);
  });

  it('refuses topics and partitions that do not exist before it sends', async () => {
    const cluster = new Cluster([]);
    const made = producer(cluster);
    expect(await settled(made.send([record(4, 'a')]).catch(codeOf))).toBe('LOG_UNAVAILABLE');
    expect(await settled(made.send([{ ...record(0, 'a'), topic: 'unknown' }]).catch(codeOf))).toBe(
      'LOG_UNAVAILABLE',
    );
    expect(cluster.sends).toEqual([]);
  });
});
