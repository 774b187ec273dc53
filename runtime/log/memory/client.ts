import {
  type EventLog,
  type GroupHandler,
  type GroupMember,
  type GroupOptions,
  type LogAdmin,
  type LogBatch,
  type ProduceRecord,
  partitionKey,
  type TopicPartition,
  type TopicSpec,
} from '../../event-log.ts';
import { deferred } from '../deferred.ts';
import { parsePartitionKey } from '../partition-key.ts';
import { SendQueue } from '../send-queue.ts';
import type { MemoryBroker } from './broker.ts';
import { Fetcher } from './fetcher.ts';
import type { Link } from './link.ts';
import { MemoryMember } from './member.ts';

/** The EventLog of one process over a shared `MemoryBroker`. Made by `MemoryBroker.connect`. */
export class MemoryEventLog implements EventLog {
  readonly link: Link;
  readonly admin: LogAdmin;
  readonly #broker: MemoryBroker;
  readonly #queue: SendQueue;
  readonly #open = new Set<{ end(): Promise<void> }>();

  constructor(broker: MemoryBroker, link: Link) {
    this.#broker = broker;
    this.link = link;
    this.#queue = new SendQueue((records) => broker.send(link, records));
    this.admin = new MemoryAdmin(broker, link);
  }

  produce(records: readonly ProduceRecord[]): Promise<number[]> {
    return this.#queue.produce(records);
  }

  async join(options: GroupOptions, handler: GroupHandler): Promise<GroupMember> {
    const member = new MemoryMember(this.#broker, this.link, options, handler);
    this.#open.add({ end: () => member.stop() });
    return member;
  }

  async readToEnd(
    partitions: readonly TopicPartition[],
    onBatch: (batch: LogBatch) => void,
  ): Promise<ReadonlyMap<string, number>> {
    const bounds = await this.link.call<
      { partition: TopicPartition; start: number; end: number }[]
    >((answer) => {
      answer(
        partitions.map(({ topic, partition }) => {
          const { start, end } = this.#broker.topics.log({ topic, partition });
          return { partition: { topic, partition }, start, end };
        }),
      );
    });
    const ends = new Map(bounds.map(({ partition, end }) => [partitionKey(partition), end]));
    const unread = new Set(
      bounds
        .filter(({ start, end }) => start < end)
        .map(({ partition }) => partitionKey(partition)),
    );
    if (unread.size === 0) return ends;
    const done = deferred<void>();
    const finish = (partition: TopicPartition) => {
      fetcher.drop(partition);
      unread.delete(partitionKey(partition));
      if (unread.size === 0) done.resolve();
    };
    const fetcher = new Fetcher(this.#broker, this.link, {
      records: (batch) => {
        const end = ends.get(partitionKey(batch)) ?? 0;
        onBatch(upTo(batch, end));
        if (batch.nextOffset >= end) finish(batch);
      },
      // Retention overtook the read: what is left of the partition follows, if anything.
      outOfRange: (partition, _wanted, resumedAt) => {
        if (resumedAt >= (ends.get(partitionKey(partition)) ?? 0)) finish(partition);
      },
    });
    fetcher.assign(
      bounds
        .filter(({ start, end }) => start < end)
        .map(({ partition, start }) => ({ ...partition, offset: start })),
    );
    await done.promise;
    return ends;
  }

  async tail(
    from: ReadonlyMap<string, number>,
    onBatch: (batch: LogBatch) => void,
  ): Promise<{ close(): Promise<void> }> {
    const fetcher = new Fetcher(this.#broker, this.link, {
      records: onBatch,
      outOfRange: () => undefined,
    });
    fetcher.assign([...from].map(([key, offset]) => ({ ...parsePartitionKey(key), offset })));
    const end = async () => fetcher.clear();
    this.#open.add({ end });
    return { close: end };
  }

  async close(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all([this.#queue.close(), ...open.map((reader) => reader.end())]);
  }
}

class MemoryAdmin implements LogAdmin {
  readonly #broker: MemoryBroker;
  readonly #link: Link;

  constructor(broker: MemoryBroker, link: Link) {
    this.#broker = broker;
    this.#link = link;
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#at(({ topics: store }) => {
      for (const topic of topics) store.create(topic);
    });
  }

  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicSpec>> {
    return this.#at(({ topics }) => {
      const specs = names.map((name) => topics.spec(name)).filter((spec) => spec !== undefined);
      return new Map(specs.map((spec) => [spec.name, spec]));
    });
  }

  setTopicConfig(topic: string, config: Readonly<Record<string, string>>): Promise<void> {
    return this.#at(({ topics }) => topics.setConfig(topic, config));
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#at(({ topics }) => {
      for (const name of names) topics.delete(name);
    });
  }

  endOffsets(topic: string): Promise<ReadonlyMap<number, number>> {
    return this.#at(
      ({ topics }) => new Map(topics.logs(topic).map((log, partition) => [partition, log.end])),
    );
  }

  committed(
    groupId: string,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, number | null>> {
    return this.#at((broker) => {
      const partitions = topics.flatMap((topic) =>
        broker.topics.logs(topic).map((_, partition) => ({ topic, partition })),
      );
      return new Map(
        partitions.map((partition) => [
          partitionKey(partition),
          broker.group(groupId).committed(partition),
        ]),
      );
    });
  }

  #at<T>(task: (broker: MemoryBroker) => T): Promise<T> {
    return this.#link.call<T>((answer) => answer(task(this.#broker)));
  }
}

/** What of the batch lies before `end`; the rest was written after the read began. */
function upTo(batch: LogBatch, end: number): LogBatch {
  if (batch.nextOffset <= end) return batch;
  return {
    ...batch,
    records: batch.records.filter((record) => record.offset < end),
    nextOffset: end,
  };
}
