/**
 * Follows a topic with many readers, and closes them one after the other once its parent says so. In a process of its own: kafkajs, when it
 * gets this wrong, never gives way to the event loop, and no timeout of the same process would fire.
 *
 * argv: the brokers, the topic, its partitions, the number of readers, ms between two closings.
 * Messages out: 'reading' once all have read a record of each partition; 'closed' at the end.
 */
import { partitionKey } from '../../runtime/event-log.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { realPorts } from './real-ports.ts';

const [brokers = '', topic = '', partitions, count, stepMs] = process.argv.slice(2);
const numbers = Array.from({ length: Number(partitions) }, (_, partition) => partition);
const heard = Array.from({ length: Number(count) }, () => new Set<number>());

const log = new KafkaEventLog(
  { brokers: brokers.split(','), clientId: 'readers', topicPrefix: '' },
  realPorts(),
);
const from = new Map(numbers.map((partition) => [partitionKey({ topic, partition }), 0] as const));
const say = (word: string) => process.send?.(word);
const readers = await Promise.all(
  heard.map((seen) =>
    log.tail(from, ({ partition }) => {
      seen.add(partition);
      if (heard.every(({ size }) => size === numbers.length)) say('reading');
    }),
  ),
);
process.once('message', async () => {
  await Promise.all(
    readers.map(async (reader, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * Number(stepMs)));
      await reader.close();
    }),
  );
  await log.close();
  say('closed');
  process.disconnect();
});
