import { partitionKey } from '../../event-log.ts';

/** The only version of the Fetch API that kafkajs 2.2.4 speaks to brokers from 2.3 on. */
export const SCANNED_FETCH_VERSION = 11;

const BATCH_LENGTH_OFFSET = 8;
const BATCH_HEAD_BYTES = 12;
const BATCH_MAGIC_OFFSET = 16;
const LAST_OFFSET_DELTA_OFFSET = 23;
const MAGIC_V2 = 2;

/**
 * Reads from a raw Fetch response (version 11) where the next fetch of each partition continues: behind the last complete
 * record batch. kafkajs knows only the last *record* of a batch, and compaction takes records from a batch but leaves its bounds, so with
 * kafkajs alone a consumer reads the end of such a batch again and again, and stays for ever before a batch that compaction emptied.
 *
 * @returns next offset by `topic[partition]`, for partitions that brought at least one whole batch.
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function scanFetchResponse(payload: Buffer): Map<string, number> {
  const next = new Map<string, number>();
  let at = 10; // throttle time, error code, session id
  const topics = payload.readInt32BE(at);
  at += 4;
  for (let topic = 0; topic < topics; topic += 1) {
    const nameLength = payload.readInt16BE(at);
    const name = payload.toString('utf8', at + 2, at + 2 + nameLength);
    at += 2 + nameLength;
    const partitions = payload.readInt32BE(at);
    at += 4;
    for (let index = 0; index < partitions; index += 1) {
      const partition = payload.readInt32BE(at);
      at += 30; // partition, error code, high watermark, last stable offset, log start offset
      const aborted = payload.readInt32BE(at);
      at += 4 + Math.max(0, aborted) * 16 + 4; // aborted transactions, preferred replica
      const length = Math.max(0, payload.readInt32BE(at));
      at += 4;
      const offset = behindLastBatch(payload.subarray(at, at + length));
      if (offset !== null) next.set(partitionKey({ topic: name, partition }), offset);
      at += length;
    }
  }
  return next;
}

function behindLastBatch(records: Buffer): number | null {
  let next: number | null = null;
  let at = 0;
  while (at + BATCH_HEAD_BYTES <= records.length) {
    const end = at + BATCH_HEAD_BYTES + records.readInt32BE(at + BATCH_LENGTH_OFFSET);
    // The tail may be cut off; and message sets of before Kafka 0.11 have no such field.
    if (end > records.length || records[at + BATCH_MAGIC_OFFSET] !== MAGIC_V2) break;
    next =
      Number(records.readBigInt64BE(at)) + records.readInt32BE(at + LAST_OFFSET_DELTA_OFFSET) + 1;
    at = end;
  }
  return next;
}
