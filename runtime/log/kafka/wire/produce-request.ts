import { ByteWriter, sizeOfVarint } from './byte-writer.ts';
import { crc32c } from './crc32c.ts';

/** Versions of the Produce API whose request has this form; kafkajs 2.2.4 speaks the last one to brokers from Kafka 2.1 on. */
export const PRODUCE_VERSIONS = { first: 3, last: 7 };

const MAGIC_V2 = 2;
const INT32_BYTES = 4;
// Places within a record batch.
const LENGTH_OFFSET = 8;
const CHECKSUM_OFFSET = 17;
const ATTRIBUTES_OFFSET = 21;
const BATCH_HEAD_BYTES = 61;

/** What a request, a topic, a partition, a record and a header take beside names and values, generously. */
const FRAME_BYTES = 32;
const RECORD_BYTES = 40;
const HEADER_BYTES = 20;
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const UTF8_BYTES = 3;
/** The length of most records, as a varint. */
const USUAL_LENGTH_BYTES = 2;

/** A message as `KafkaProducer` hands it to kafkajs. */
export interface ProducedMessage {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  /** ms, decimal. */
  readonly timestamp: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What kafkajs's producer puts into a Produce request. */
export interface ProduceRequest {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | undefined;
  readonly compression?: number | undefined;
  /** kafkajs's Long, or a number. */
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: readonly ProducedMessage[];
    }[];
  }[];
}

/** Whether `encodeProduceRequest` can take the place of kafkajs's encoder. */
export function isPlain({ transactionalId, compression }: ProduceRequest): boolean {
  return transactionalId === undefined && (compression ?? 0) === 0;
}

/**
 * The body of a Produce request without transaction and compression, byte for byte as kafkajs encodes it. kafkajs allocates an encoder of 512
 * bytes for every record and every header and copies each of them three times; this writes all into one buffer.
 * @see https://kafka.apache.org/protocol#The_Messages_Produce
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeProduceRequest(request: ProduceRequest): Buffer {
  const { acks, timeout, topicData } = request;
  const writer = new ByteWriter(sizeLimit(request));
  writer.string(null);
  writer.int16(acks);
  writer.int32(timeout);
  writer.int32(topicData.length);
  for (const { topic, partitions } of topicData) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, messages, firstSequence } of partitions) {
      writer.int32(partition);
      const sizeAt = writer.at;
      writer.int32(0); // size, set below
      writeBatch(writer, messages, request, firstSequence);
      writer.bytes.writeInt32BE(writer.at - sizeAt - INT32_BYTES, sizeAt);
    }
  }
  return writer.bytes.subarray(0, writer.at);
}

function writeBatch(
  writer: ByteWriter,
  messages: readonly ProducedMessage[],
  { producerId, producerEpoch }: ProduceRequest,
  firstSequence: number,
): void {
  const begin = writer.at;
  const times = messages.map(({ timestamp }) => Number(timestamp));
  const { least, greatest } = bounds(times);
  writer.int64(0n); // base offset, the broker's to set
  writer.int32(0); // length, set below
  writer.int32(0); // leader epoch
  writer.int8(MAGIC_V2);
  writer.int32(0); // checksum, set below
  writer.int16(0); // attributes
  writer.int32(messages.length - 1);
  writer.int64(BigInt(least));
  writer.int64(BigInt(greatest));
  writer.int64(BigInt(producerId.toString()));
  writer.int16(producerEpoch);
  writer.int32(firstSequence);
  writer.int32(messages.length);
  messages.forEach((message, offset) => {
    writeRecord(writer, message, offset, (times[offset] ?? least) - least);
  });
  const { bytes, at } = writer;
  bytes.writeInt32BE(at - begin - LENGTH_OFFSET - INT32_BYTES, begin + LENGTH_OFFSET);
  bytes.writeUInt32BE(crc32c(bytes, begin + ATTRIBUTES_OFFSET, at), begin + CHECKSUM_OFFSET);
}

function bounds(times: readonly number[]): { readonly least: number; readonly greatest: number } {
  let least = times[0] ?? 0;
  let greatest = least;
  for (const time of times) {
    if (time < least) least = time;
    if (time > greatest) greatest = time;
  }
  return { least, greatest };
}

/** The length stands before the record and is known after it: room is left for the usual one, and the record moved if it needs another. */
function writeRecord(
  writer: ByteWriter,
  { key, value, headers }: ProducedMessage,
  offset: number,
  timestampDelta: number,
): void {
  const begin = writer.at;
  const body = begin + USUAL_LENGTH_BYTES;
  writer.at = body;
  writer.int8(0); // attributes
  writer.varint(timestampDelta);
  writer.varint(offset);
  if (key === null) writer.varint(-1);
  else writer.text(key);
  if (value === null) writer.varint(-1);
  else writer.data(value);
  writeHeaders(writer, headers);
  const length = writer.at - body;
  const lengthBytes = sizeOfVarint(length);
  if (lengthBytes !== USUAL_LENGTH_BYTES) {
    writer.bytes.copyWithin(begin + lengthBytes, body, writer.at);
  }
  writer.at = begin;
  writer.varint(length);
  writer.at += length;
}

function writeHeaders(writer: ByteWriter, headers: ProducedMessage['headers'] = {}): void {
  const names = Object.keys(headers);
  writer.varint(names.length);
  for (const name of names) {
    writer.text(name);
    writer.text(headers[name] ?? '');
  }
}

/** No request is larger than this. */
function sizeLimit({ topicData }: ProduceRequest): number {
  let size = FRAME_BYTES;
  for (const { topic, partitions } of topicData) {
    size += FRAME_BYTES + UTF8_BYTES * topic.length;
    for (const { messages } of partitions) {
      size += FRAME_BYTES + BATCH_HEAD_BYTES;
      for (const message of messages) size += recordLimit(message);
    }
  }
  return size;
}

function recordLimit({ key, value, headers }: ProducedMessage): number {
  let size = RECORD_BYTES + UTF8_BYTES * (key?.length ?? 0) + (value?.byteLength ?? 0);
  for (const name in headers) {
    size += HEADER_BYTES + UTF8_BYTES * (name.length + (headers[name]?.length ?? 0));
  }
  return size;
}
