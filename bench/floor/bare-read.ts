import type { Kafka } from 'kafkajs';
import { DEFAULT_LIMITS } from '../../runtime/runner/options.ts';
import { type Lap, Stopwatch } from '../stopwatch.ts';

/**
 * The floor of a restore: bare kafkajs that reads topics from their beginning and looks at nothing.
 * @param topics names on the cluster.
 * @returns the lap from the first batch until `records` were read.
 */
export async function bareRead(
  kafka: Kafka,
  topics: readonly string[],
  groupId: string,
  records: number,
): Promise<Lap> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: DEFAULT_LIMITS.maxWaitMs });
  const stopwatch = new Stopwatch(records);
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => stopwatch.fail(payload.error));
    await consumer.run({
      eachBatch: async ({ batch }) => {
        stopwatch.begin();
        stopwatch.add(batch.messages.length);
      },
    });
    return await stopwatch.done;
  } finally {
    await consumer.disconnect();
  }
}
