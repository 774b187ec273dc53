import { ParityError } from '../../../../schemas/errors.ts';
import type { LogRecord, TopicPartition } from '../../../event-log.ts';
import { ByteCursor } from './byte-cursor.ts';
import { DECOMPRESSORS } from './codecs.ts';

const HEAD_BYTES = 12; // base offset, length
const RECORDS_OFFSET = 61;
const MAGIC_V2 = 2;
const COMPRESSION_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const ABORT_MARKER = 0;

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface DecodedBatches {
  /** Those from the wanted offset on, without control records and those of aborted transactions. */
  readonly records: LogRecord[];
  /** Where the next fetch continues: behind the last whole batch; undefined: there was none. */
  readonly nextOffset: number | undefined;
}

interface BatchHead {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly count: number;
}

/**
 * Decodes the record batches (magic 2) of one partition. The next offset is that behind the last *batch*, not record: compaction takes
 * records from a batch but leaves its bounds, and may leave a batch without any record.
 *
 * @throws RangeError for bytes that are no record batches.
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export async function decodeRecordBatches(
  bytes: Buffer,
  partition: TopicPartition,
  from: number,
  aborted: readonly AbortedTransaction[],
): Promise<DecodedBatches> {
  const records: LogRecord[] = [];
  const transactions = new AbortedProducers(aborted);
  let nextOffset: number | undefined;
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const end = at + HEAD_BYTES + bytes.readInt32BE(at + 8);
    // The last batch may be cut off: the next fetch brings it whole.
    if (end > bytes.length) break;
    const head = readHead(new ByteCursor(bytes, at));
    nextOffset = head.lastOffset + 1;
    const hidden = transactions.hides(head, bytes, at + RECORDS_OFFSET);
    if (head.lastOffset >= from && !hidden && (head.attributes & CONTROL) === 0) {
      const codec = head.attributes & COMPRESSION_MASK;
      const plain = bytes.subarray(at + RECORDS_OFFSET, end);
      readRecords(
        codec === 0 ? plain : await decompress(codec, plain),
        head,
        partition,
        from,
        records,
      );
    }
    at = end;
  }
  return { records, nextOffset };
}

function readHead(cursor: ByteCursor): BatchHead {
  const baseOffset = cursor.int64();
  cursor.at += 8; // length, leader epoch
  const magic = cursor.bytes[cursor.at];
  if (magic !== MAGIC_V2)
    throw new RangeError(`a record batch of format ${magic}; Kafka writes 2 since 0.11`);
  cursor.at += 5; // magic, checksum: TCP has one, and kafkajs does not check it either
  const attributes = cursor.int16();
  const lastOffset = baseOffset + cursor.int32();
  const baseTimestamp = cursor.int64();
  const maxTimestamp = cursor.int64();
  const producerId = cursor.int64();
  cursor.at += 6; // producer epoch, first sequence
  return {
    baseOffset,
    lastOffset,
    attributes,
    baseTimestamp,
    maxTimestamp,
    producerId,
    count: cursor.int32(),
  };
}

async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  const decompressor = DECOMPRESSORS[codec];
  if (decompressor === undefined)
    throw new ParityError('EVENT_UNDECODABLE', `unknown compression ${codec}`);
  return decompressor(bytes);
}

function readRecords(
  bytes: Buffer,
  head: BatchHead,
  { topic, partition }: TopicPartition,
  from: number,
  records: LogRecord[],
): void {
  const cursor = new ByteCursor(bytes);
  for (let index = 0; index < head.count; index += 1) {
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.at += 1; // attributes, unused
    const timestampDelta = cursor.varint();
    const offset = head.baseOffset + cursor.varint();
    if (offset >= from) {
      const timestamp =
        (head.attributes & LOG_APPEND_TIME) === 0
          ? head.baseTimestamp + timestampDelta
          : head.maxTimestamp;
      const keyLength = cursor.varint();
      const key = keyLength < 0 ? null : cursor.text(keyLength);
      const valueLength = cursor.varint();
      // A copy: a view would keep the whole response in memory for as long as somebody keeps one value.
      const value = valueLength < 0 ? null : cursor.copy(valueLength);
      records.push({
        topic,
        partition,
        offset,
        timestamp,
        key,
        value,
        headers: readHeaders(cursor),
      });
    }
    cursor.at = end;
  }
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Of a header that is repeated the last one counts. */
function readHeaders(cursor: ByteCursor): Readonly<Record<string, string>> {
  const count = cursor.varint();
  if (count === 0) return NO_HEADERS;
  const headers: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) {
    const name = cursor.text(cursor.varint());
    const length = cursor.varint();
    headers[name] = length < 0 ? '' : cursor.text(length);
  }
  return headers;
}

/** Which producers are, at a place in the log, within a transaction that was aborted later. */
class AbortedProducers {
  readonly #ahead: AbortedTransaction[];
  readonly #open = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Call for the batches in their order. */
  hides(
    { attributes, lastOffset, producerId }: BatchHead,
    bytes: Buffer,
    recordsAt: number,
  ): boolean {
    for (
      let next = this.#ahead[0];
      next !== undefined && next.firstOffset <= lastOffset;
      next = this.#ahead[0]
    ) {
      this.#open.add(next.producerId);
      this.#ahead.shift();
    }
    if ((attributes & CONTROL) === 0)
      return (attributes & TRANSACTIONAL) !== 0 && this.#open.has(producerId);
    if (
      this.#open.has(producerId) &&
      controlType(new ByteCursor(bytes, recordsAt)) === ABORT_MARKER
    ) {
      this.#open.delete(producerId);
    }
    return true;
  }
}

/** Type of a control record, from its key: version, type. */
function controlType(cursor: ByteCursor): number {
  cursor.varint(); // length
  cursor.at += 1; // attributes
  cursor.varint(); // timestamp
  cursor.varint(); // offset
  cursor.varint(); // key length
  cursor.at += 2; // version
  return cursor.int16();
}
