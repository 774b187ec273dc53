import type { Kafka, KafkaMessage } from 'kafkajs';
import { DEFAULT_LIMITS } from '../../runtime/runner/options.ts';
import { type Lap, Stopwatch } from '../stopwatch.ts';

export interface CopyLoop {
  /** From the first batch until all copies are durable. */
  readonly done: Promise<Lap>;
  stop(): Promise<void>;
}

export interface CopyOptions {
  /** Names on the cluster. */
  readonly from: string;
  readonly to: string;
  readonly groupId: string;
  /** How many records make the measurement. */
  readonly records: number;
  readonly partitions: number;
}

/**
 * The floor of a stage: bare kafkajs that reads records, writes them to the same partition of another topic in batches as large as a stage
 * hands to its worker, and commits as often as a stage does. It decodes nothing, decides nothing and remembers nothing. Resolves once
 * the consumer has its partitions.
 */
export async function startCopyLoop(
  kafka: Kafka,
  { from, to, groupId, records, partitions }: CopyOptions,
): Promise<CopyLoop> {
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true });
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: DEFAULT_LIMITS.maxWaitMs });
  const stopwatch = new Stopwatch(records);
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic: from, fromBeginning: true });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  consumer.on(consumer.events.CRASH, ({ payload }) => stopwatch.fail(payload.error));
  await consumer.run({
    autoCommitInterval: DEFAULT_LIMITS.commitIntervalMs,
    partitionsConsumedConcurrently: partitions,
    eachBatch: async ({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }) => {
      stopwatch.begin();
      for (const chunk of chunks(batch.messages, DEFAULT_LIMITS.batchRecords)) {
        await producer.send({
          topic: to,
          acks: -1,
          messages: chunk.map(({ key, value, headers }) => ({
            key,
            value,
            partition: batch.partition,
            ...(headers === undefined ? {} : { headers }),
          })),
        });
        stopwatch.add(chunk.length);
        resolveOffset(chunk.at(-1)?.offset ?? batch.lastOffset());
        await commitOffsetsIfNecessary();
        await heartbeat();
      }
    },
  });
  await joined;
  return {
    done: stopwatch.done,
    stop: async () => {
      await consumer.disconnect();
      await producer.disconnect();
    },
  };
}

function* chunks(messages: readonly KafkaMessage[], size: number): Generator<KafkaMessage[]> {
  for (let at = 0; at < messages.length; at += size) yield messages.slice(at, at + size);
}
