import { ByteWriter } from './byte-writer.ts';

/** A Fetch request as kafkajs's consumer puts it. */
export interface FetchRequestFields {
  /** ms. */
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly rackId?: string | undefined;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** Decimal. */
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

const NO_SESSION = { id: 0, epoch: -1 };
/** Replica id of who is no broker. */
const CONSUMER = -1;
const UNKNOWN = -1;
const UNKNOWN_OFFSET = -1n;
const HEAD_BYTES = 64;
const TOPIC_BYTES = 8;
const PARTITION_BYTES = 28;
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const UTF8_BYTES = 3;

/**
 * The body of a Fetch request (version 11), byte for byte as kafkajs encodes it, but into one buffer: a stage asks for some eighty partitions after
 * each record, and kafkajs allocates an encoder of 512 bytes for every one.
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function encodeFetchRequest(request: FetchRequestFields): Buffer {
  const { topics, rackId = '' } = request;
  const writer = new ByteWriter(sizeLimit(request));
  writer.int32(CONSUMER); // replica id
  writer.int32(request.maxWaitTime);
  writer.int32(request.minBytes);
  writer.int32(request.maxBytes);
  writer.int8(request.isolationLevel);
  writer.int32(NO_SESSION.id);
  writer.int32(NO_SESSION.epoch);
  writer.int32(topics.length);
  for (const { topic, partitions } of topics) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, fetchOffset, maxBytes } of partitions) {
      writer.int32(partition);
      writer.int32(UNKNOWN); // leader epoch
      writer.int64(BigInt(fetchOffset));
      writer.int64(UNKNOWN_OFFSET); // start of our log: we have none
      writer.int32(maxBytes);
    }
  }
  writer.int32(0); // partitions to forget
  writer.string(rackId);
  return writer.bytes.subarray(0, writer.at);
}

/**
 * The same request with each topic named once. kafkajs shuffles all partitions, so that none is always served last, and so names a topic some eighty
 * times, in the request and in the answer; here the order of the topics, and of the partitions of each, is what the shuffle made of it.
 */
export function byTopic(request: FetchRequestFields): FetchRequestFields {
  const topics = new Map<string, FetchRequestFields['topics'][number]['partitions'][number][]>();
  for (const { topic, partitions } of request.topics) {
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, [...partitions]);
    else known.push(...partitions);
  }
  return {
    ...request,
    topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
  };
}

/** No request is larger than this. */
function sizeLimit({ topics, rackId = '' }: FetchRequestFields): number {
  return topics.reduce(
    (size, { topic, partitions }) =>
      size + TOPIC_BYTES + UTF8_BYTES * topic.length + PARTITION_BYTES * partitions.length,
    HEAD_BYTES + UTF8_BYTES * rackId.length,
  );
}
