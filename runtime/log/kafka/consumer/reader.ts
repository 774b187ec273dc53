import {
  type GroupHandler,
  type LogBatch,
  partitionKey,
  type TopicPartition,
} from '../../../event-log.ts';
import { deferred } from '../../deferred.ts';
import type { KafkaContext } from '../connection.ts';
import { KafkaMember } from './member.ts';

/** The consumer has no group, so the session bounds nothing but its own notion of a lease. */
const SESSION_TIMEOUT_MS = 30_000;
const MAX_WAIT_MS = 100;

export interface Reader {
  /** Rejects with CONSUMER_CRASHED when kafkajs gave up. */
  readonly ended: Promise<void>;
  /** Reads nothing more of a partition. */
  finish(partition: TopicPartition): void;
  close(): Promise<void>;
}

/** Reads partitions on from the given offsets, outside any group, until closed. Where records are gone, it goes on behind the hole. */
export async function openReader(
  context: KafkaContext,
  from: readonly (TopicPartition & { readonly offset: number })[],
  onBatch: (batch: LogBatch) => void,
  onGap: (partition: TopicPartition, resumedAt: number) => void = () => undefined,
): Promise<Reader> {
  const next = new Map(from.map((position) => [partitionKey(position), position.offset]));
  const handler: GroupHandler = {
    assigned: async () => next,
    revoked: () => undefined,
    records: (batch) => {
      next.set(partitionKey(batch), batch.nextOffset);
      onBatch(batch);
    },
    outOfRange: (partition, _wanted, resumedAt) => {
      next.set(partitionKey(partition), resumedAt);
      onGap(partition, resumedAt);
    },
  };
  const member = await KafkaMember.start(
    context,
    {
      groupId: `reader-${context.environment.random.uuid()}`,
      topics: [...new Set(from.map(({ topic }) => topic))],
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      maxWaitMs: MAX_WAIT_MS,
      fixed: from,
    },
    handler,
  );
  return {
    ended: member.ended,
    finish: (partition) => member.pause([partition]),
    close: () => member.stop(),
  };
}

/** First and end offset of a partition. */
export interface Bounds extends TopicPartition {
  readonly start: number;
  readonly end: number;
}

/** Reads all partitions from their start to their end and closes. @throws LOG_UNAVAILABLE, CONSUMER_CRASHED */
export async function readBounds(
  context: KafkaContext,
  bounds: readonly Bounds[],
  onBatch: (batch: LogBatch) => void,
): Promise<void> {
  const unread = new Map(
    bounds.filter(({ start, end }) => start < end).map((each) => [partitionKey(each), each]),
  );
  if (unread.size === 0) return;
  const done = deferred<void>();
  const finish = (partition: TopicPartition) => {
    unread.delete(partitionKey(partition));
    reader?.finish(partition);
    if (unread.size === 0) done.resolve();
  };
  const from = [...unread.values()].map(({ topic, partition, start }) => ({
    topic,
    partition,
    offset: start,
  }));
  let reader: Reader | null = null;
  reader = await openReader(
    context,
    from,
    (batch) => {
      const end = unread.get(partitionKey(batch))?.end;
      if (end === undefined) return;
      onBatch(upTo(batch, end));
      if (batch.nextOffset >= end) finish(batch);
    },
    (partition, resumedAt) => {
      // Retention overtook the read: what is left follows, if anything.
      if (resumedAt >= (unread.get(partitionKey(partition))?.end ?? 0)) finish(partition);
    },
  );
  try {
    await Promise.race([done.promise, reader.ended]);
  } finally {
    await reader.close();
  }
}

/** What of the batch lies before `end`; the rest was written after the read began. */
export function upTo(batch: LogBatch, end: number): LogBatch {
  if (batch.nextOffset <= end) return batch;
  return {
    ...batch,
    records: batch.records.filter((record) => record.offset < end),
    nextOffset: end,
  };
}
