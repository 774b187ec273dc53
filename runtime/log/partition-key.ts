import type { TopicPartition } from '../event-log.ts';

/** The inverse of `partitionKey`: `topic[partition]`. */
export function parsePartitionKey(key: string): TopicPartition {
  const open = key.lastIndexOf('[');
  return { topic: key.slice(0, open), partition: Number(key.slice(open + 1, -1)) };
}
