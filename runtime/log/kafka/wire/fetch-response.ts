import { type LogRecord, partitionKey } from '../../../event-log.ts';
import type { Naming } from '../naming.ts';
import { ByteCursor } from './byte-cursor.ts';
import { type AbortedTransaction, decodeRecordBatches } from './record-batches.ts';

/** The version of the Fetch API that kafkajs 2.2.4 speaks to brokers from Kafka 2.3 on. */
export const FETCH_VERSION = 11;

/** There is no better replica to read from. */
const NO_REPLICA = -1;

/** What a fetch brought for one partition, names as in the topology. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where it was read from. */
  readonly offset: number;
  /** Where the next fetch continues; undefined: no whole batch came. */
  readonly nextOffset: number | undefined;
  readonly highWatermark: number;
  readonly records: readonly LogRecord[];
}

/** A decoded response as kafkajs wants it. */
interface KafkajsResponse {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: { topicName: string; partitions: KafkajsPartition[] }[];
}

interface KafkajsPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly abortedTransactions: readonly never[];
  readonly preferredReadReplica: number;
  readonly messages: readonly object[];
}

/**
 * Decodes a Fetch response (version 11) in place of kafkajs: straight into our records, about twice as fast, and with the right offset to go on from
 * (`decodeRecordBatches`). kafkajs gets one marker message per partition that moved, at the last offset covered, so that it goes on from the
 * same place and calls its handler also for batches of which nothing is left. Of partitions without news it hears nothing.
 *
 * @param offsetOf where the fetch of a partition (`topic[partition]`, names of the cluster) began
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export async function decodeFetchResponse(
  payload: Buffer,
  naming: Naming,
  offsetOf: (key: string) => number,
  onPartition: (partition: FetchedPartition) => void,
): Promise<KafkajsResponse> {
  const cursor = new ByteCursor(payload);
  const clientSideThrottleTime = cursor.int32();
  const errorCode = cursor.int16();
  const sessionId = cursor.int32();
  const responses: KafkajsResponse['responses'] = [];
  for (let topics = cursor.int32(); topics > 0; topics -= 1) {
    const topicName = cursor.text(cursor.int16());
    const partitions: KafkajsPartition[] = [];
    for (let count = cursor.int32(); count > 0; count -= 1) {
      const raw = readPartition(cursor);
      // kafkajs walks through a dozen promises for each partition that it is told of, and fetches again only after the last.
      if (raw.records.length === 0 && !hasNews(raw)) continue;
      const { partition, highWatermark } = raw;
      const offset = offsetOf(partitionKey({ topic: topicName, partition }));
      const topic = naming.bare(topicName);
      const nextOffset = await handOver(
        { topic, partition, offset, highWatermark },
        raw,
        onPartition,
      );
      const moved = nextOffset !== undefined && nextOffset > offset;
      if (!moved && !hasNews(raw)) continue;
      partitions.push({
        partition,
        errorCode: raw.errorCode,
        highWatermark: String(highWatermark),
        abortedTransactions: [],
        preferredReadReplica: raw.preferredReadReplica,
        messages: moved ? [marker(nextOffset - 1)] : [],
      });
    }
    if (partitions.length > 0) responses.push({ topicName, partitions });
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

/** Decodes what came of a partition. @returns where to go on; undefined: nothing whole came. */
async function handOver(
  place: Omit<FetchedPartition, 'records' | 'nextOffset'>,
  { records: bytes, aborted }: ReturnType<typeof readPartition>,
  onPartition: (partition: FetchedPartition) => void,
): Promise<number | undefined> {
  if (bytes.length === 0) return undefined;
  const { records, nextOffset } = await decodeRecordBatches(bytes, place, place.offset, aborted);
  onPartition({ ...place, nextOffset, records });
  return nextOffset;
}

/** Something that kafkajs acts on beside records. */
function hasNews({ errorCode, preferredReadReplica }: ReturnType<typeof readPartition>): boolean {
  return errorCode !== 0 || preferredReadReplica !== NO_REPLICA;
}

function readPartition(cursor: ByteCursor) {
  const partition = cursor.int32();
  const errorCode = cursor.int16();
  const highWatermark = cursor.int64();
  cursor.at += 16; // last stable offset, log start offset
  const aborted: AbortedTransaction[] = [];
  for (let count = cursor.int32(); count > 0; count -= 1) {
    aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() });
  }
  const preferredReadReplica = cursor.int32();
  const length = Math.max(0, cursor.int32());
  const records = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return { partition, errorCode, highWatermark, aborted, preferredReadReplica, records };
}

function marker(offset: number): object {
  return {
    offset: String(offset),
    key: null,
    value: null,
    headers: {},
    timestamp: '0',
    isControlRecord: false,
    batchContext: {},
  };
}
