import type { Kafka } from 'kafkajs';
import type { ProduceRecord } from '../runtime/event-log.ts';
import type { TopicName } from '../topology/types.ts';

/** Bytes of a partition in one append; Kafka stores them as one record batch of at most 1 MB. */
const PARTITION_BYTES = 700_000;
/** What a record takes beside key and value, headers included. */
const OVERHEAD_BYTES = 200;

/** A record made in advance, for a topic of the topology. */
export interface PreparedRecord extends ProduceRecord {
  readonly topic: TopicName;
  readonly key: string;
}

/**
 * Appends records to a topic, each partition's share in as few record batches as Kafka takes, so that a reader that waits for them finds all
 * of them at once and is measured by its own pace.
 */
export async function append(
  kafka: Kafka,
  fullTopic: string,
  records: readonly PreparedRecord[],
): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (const slice of slices(records)) {
      await producer.send({
        topic: fullTopic,
        acks: -1,
        messages: slice.map(({ key, value, partition, headers }) => ({
          key,
          value: value === null ? null : Buffer.from(value),
          partition,
          ...(headers === undefined ? {} : { headers }),
        })),
      });
    }
  } finally {
    await producer.disconnect();
  }
}

/** Cuts records into appends, none of which holds too much for one partition. */
function slices(records: readonly PreparedRecord[]): PreparedRecord[][] {
  const cut: PreparedRecord[][] = [];
  let slice: PreparedRecord[] = [];
  let bytes = new Map<number, number>();
  for (const record of records) {
    const { partition, key, value } = record;
    const size = OVERHEAD_BYTES + key.length + (value?.byteLength ?? 0);
    const ofPartition = (bytes.get(partition) ?? 0) + size;
    if (ofPartition > PARTITION_BYTES) {
      cut.push(slice);
      slice = [];
      bytes = new Map();
    }
    slice.push(record);
    bytes.set(partition, ofPartition > PARTITION_BYTES ? size : ofPartition);
  }
  if (slice.length > 0) cut.push(slice);
  return cut;
}
