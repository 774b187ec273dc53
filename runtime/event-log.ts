/**
 * The port to the log. Two adapters stand behind it, Kafka (kafkajs) and memory, and one contract suite holds both.
 * Offsets are bigint-free: Kafka's int64 offsets fit a safe integer for any log that fits a disk.
 */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface LogRecord extends TopicPartition {
  readonly offset: number;
  /** Broker or producer time, ms. Never decides order. */
  readonly timestamp: number;
  readonly key: string | null;
  /** Confluent-framed Avro bytes; null is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ProduceRecord extends TopicPartition {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A batch of one partition, in offset order. It may be empty: `nextOffset` then still moves (compaction, control records). */
export interface LogBatch extends TopicPartition {
  readonly records: readonly LogRecord[];
  /** The offset at which the next read continues. */
  readonly nextOffset: number;
  /** End offset of the partition at fetch time (last + 1). */
  readonly endOffset: number;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Kafka topic configuration, e.g. `cleanup.policy`. */
  readonly config: Readonly<Record<string, string>>;
}

export interface GroupOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Longest wait of one fetch, ms. */
  readonly maxWaitMs: number;
  /** Topics of which new records may come some 100 ms late, so that they wake nobody: what a member writes itself. Default: none. */
  readonly unhurried?: readonly string[];
}

/** What one group member does. All calls of one member come one after the other, never two at once. */
export interface GroupHandler {
  /**
   * After every (re)join, with the *whole* present assignment and the committed offsets (null: none). Answers from where to read each partition:
   * an offset, or 'earliest'. Nothing is delivered for a partition before the answer. Partitions that were
   * assigned before and are not in `assigned` now are lost.
   */
  assigned(assignment: {
    readonly partitions: readonly TopicPartition[];
    readonly committed: ReadonlyMap<string, number | null>;
    readonly generation: number;
  }): Promise<ReadonlyMap<string, number | 'earliest'>>;
  /** The member lost all its partitions (rebalance in progress, session over, stop). Work on them must not be written any more. */
  revoked(): void;
  /** Hand-off: returns at once. The handler pauses partitions when it has enough. */
  records(batch: LogBatch): void;
  /** A committed or sought offset is no longer in the log: records are lost. The adapter continues at `resumedAt`. */
  outOfRange(partition: TopicPartition, wanted: number, resumedAt: number): void;
}

/** `topic[partition]`, the key of the maps above. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}[${partition}]`;
}

export interface GroupMember {
  /** Random id of this member, also the `writer` of epochs. */
  readonly memberId: string;
  /** Monotonic time (ms) until which the coordinator surely keeps our partitions: start of the last accepted heartbeat or join + session timeout. */
  leaseUntil(): number;
  /** Commits offsets (next to read) under the present generation. @throws LEASE_LOST when the coordinator refuses. */
  commit(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Continues reading a partition at `offset`. */
  seek(partition: TopicPartition, offset: number): void;
  /** Monotonic time (ms) of the last fetch that came back; liveness. */
  lastFetchAt(): number;
  /** Leaves the group. Idempotent. */
  stop(): Promise<void>;
  /** Settles when the member has ended: resolves after stop(), rejects with CONSUMER_CRASHED when it died. */
  readonly ended: Promise<void>;
}

export interface EventLog {
  /**
   * Writes records with acks=all and resolves with their offsets in the same order when all are durable. Calls are batched; records of one
   * partition keep the order of the calls. Not atomic over partitions.
   * @throws LOG_UNAVAILABLE when it is unknown or untrue that all were written (some may have been).
   */
  produce(records: readonly ProduceRecord[]): Promise<number[]>;
  join(options: GroupOptions, handler: GroupHandler): Promise<GroupMember>;
  /** Reads partitions from the first offset to the ends at call time, without a group that others could meet; calls `onBatch` in order per partition. Resolves with the end offsets read to. */
  readToEnd(
    partitions: readonly TopicPartition[],
    onBatch: (batch: LogBatch) => void,
  ): Promise<ReadonlyMap<string, number>>;
  /** Reads on from the given offsets until closed: for views outside any group. `onBatch` gets batches in order per partition. */
  tail(
    from: ReadonlyMap<string, number>,
    onBatch: (batch: LogBatch) => void,
  ): Promise<{ close(): Promise<void> }>;
  readonly admin: LogAdmin;
  close(): Promise<void>;
}

export interface LogAdmin {
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Present partition count, replication and configuration of the named topics that exist. */
  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicSpec>>;
  /** Sets the whole configuration of a topic (all overrides at once). */
  setTopicConfig(topic: string, config: Readonly<Record<string, string>>): Promise<void>;
  deleteTopics(names: readonly string[]): Promise<void>;
  endOffsets(topic: string): Promise<ReadonlyMap<number, number>>;
  committed(
    groupId: string,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, number | null>>;
}
