import { ParityError } from '../../../../schemas/errors.ts';
import { type GroupHandler, partitionKey, type TopicPartition } from '../../../event-log.ts';
import { sleep } from '../../../ports.ts';
import { type KafkaContext, unavailable } from '../connection.ts';
import {
  type ConsumerCluster,
  type Coordinator,
  isRetriable,
  type Membership,
  type PartitionOffsets,
} from '../internals.ts';
import { isMembershipError } from './cluster-watch.ts';

type Assignment = Parameters<GroupHandler['assigned']>[0];
type Answers = Awaited<ReturnType<GroupHandler['assigned']>>;
type Offset = TopicPartition & { readonly offset: number };

const RETRY_MS = 200;

/**
 * The offsets of one consumer: commits, committed, first and end ones. It asks coordinator and leaders itself, over the consumer's own
 * connections: kafkajs's commit forgets which generation it was called in, and returns as if all were well when the consumer is not running.
 */
export class GroupOffsets {
  readonly #context: KafkaContext;
  readonly #groupId: string;
  #cluster: ConsumerCluster | null = null;
  /** The one that let the member in last. */
  coordinator: Coordinator | null = null;

  /** @param groupId as the cluster knows it */
  constructor(context: KafkaContext, groupId: string) {
    this.#context = context;
    this.#groupId = groupId;
  }

  attach(cluster: ConsumerCluster): void {
    this.#cluster = cluster;
  }

  /**
   * Commits under this membership, again and again while it stands and its lease holds.
   * @throws LEASE_LOST when the coordinator refuses or the membership no longer stands, LOG_UNAVAILABLE.
   */
  async commit(
    membership: Membership,
    offsets: readonly Offset[],
    stands: () => boolean,
    leaseUntil: () => number,
  ): Promise<void> {
    const { clock, timers } = this.#context.environment;
    const { generationId, memberId } = membership;
    const topics = this.#byTopic(offsets, ({ partition, offset }) => ({
      partition,
      offset: String(offset),
      metadata: null,
    }));
    for (;;) {
      if (!stands() || this.coordinator === null) throw this.#leaseLost(membership);
      try {
        const groupGenerationId = generationId;
        await this.coordinator.offsetCommit({
          groupId: this.#groupId,
          groupGenerationId,
          memberId,
          topics,
        });
        return;
      } catch (error) {
        if (isMembershipError(error)) throw this.#leaseLost(membership, error);
        if (!isRetriable(error) || clock.monotonic() > leaseUntil())
          throw unavailable('a commit failed', error);
        await sleep(timers, RETRY_MS);
        await this.#findCoordinator();
      }
    }
  }

  /** The committed offsets of the group, null where it has none; null when the assignment no longer stands. */
  committed(
    partitions: readonly TopicPartition[],
    stands: () => boolean,
  ): Promise<ReadonlyMap<string, number | null> | null> {
    return this.#persistently(stands, async () => {
      const topics = this.#byTopic(partitions, ({ partition }) => ({ partition }));
      if (this.coordinator === null) throw new Error('no coordinator yet');
      const { responses } = await this.coordinator.offsetFetch({ groupId: this.#groupId, topics });
      const found = this.#offsetMap(responses);
      return new Map(
        partitions.map((partition) => {
          const key = partitionKey(partition);
          const offset = found.get(key) ?? -1;
          return [key, offset < 0 ? null : offset];
        }),
      );
    });
  }

  /**
   * Where to read from, by what the handler answered; where it answered nothing, the committed offset or the first one. Null when the assignment
   * no longer stands.
   */
  starts(
    { partitions, committed }: Assignment,
    answers: Answers,
    stands: () => boolean,
  ): Promise<Offset[] | null> {
    const answerOf = (partition: TopicPartition) => {
      const key = partitionKey(partition);
      return answers.get(key) ?? committed.get(key) ?? 'earliest';
    };
    const fromFirst = partitions.filter((partition) => answerOf(partition) === 'earliest');
    return this.#persistently(stands, async () => {
      const first = await this.#firstOffsets(fromFirst);
      return partitions.map((partition) => {
        const answer = answerOf(partition);
        const offset = answer === 'earliest' ? first.get(partitionKey(partition)) : answer;
        return { ...partition, offset: offset ?? 0 };
      });
    });
  }

  /** The first offset of the partition that is still in the log; null when its position no longer stands. */
  first(partition: TopicPartition, stands: () => boolean): Promise<number | null> {
    return this.#persistently(stands, async () => {
      const found = await this.#firstOffsets([partition]);
      return found.get(partitionKey(partition)) ?? null;
    });
  }

  /** Repeats a request for as long as it is wanted. */
  async #persistently<T>(stands: () => boolean, request: () => Promise<T>): Promise<T | null> {
    const { logger, timers } = this.#context.environment;
    while (stands()) {
      try {
        return await request();
      } catch (error) {
        logger.debug({ error: String(error) }, 'offsets not known yet, asking again');
        await sleep(timers, RETRY_MS);
        await this.#findCoordinator();
      }
    }
    return null;
  }

  async #findCoordinator(): Promise<void> {
    try {
      const found = await this.#cluster?.findGroupCoordinator({ groupId: this.#groupId });
      this.coordinator = found ?? this.coordinator;
    } catch (error) {
      this.#context.environment.logger.debug({ error: String(error) }, 'no coordinator yet');
    }
  }

  async #firstOffsets(partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
    if (partitions.length === 0 || this.#cluster === null) return new Map();
    const topics = this.#byTopic(partitions, ({ partition }) => ({ partition }));
    return this.#offsetMap(
      await this.#cluster.fetchTopicsOffset(
        topics.map((topic) => ({ ...topic, fromBeginning: true })),
      ),
    );
  }

  #byTopic<P extends TopicPartition, T>(
    partitions: readonly P[],
    entry: (partition: P) => T,
  ): { topic: string; partitions: T[] }[] {
    const topics = new Map<string, T[]>();
    for (const partition of partitions) {
      const { topic } = partition;
      topics.set(topic, [...(topics.get(topic) ?? []), entry(partition)]);
    }
    return [...topics].map(([topic, entries]) => ({
      topic: this.#context.naming.full(topic),
      partitions: entries,
    }));
  }

  #offsetMap(offsets: readonly PartitionOffsets[]): Map<string, number> {
    const { naming } = this.#context;
    return new Map(
      offsets.flatMap(({ topic, partitions }) =>
        partitions.map(
          ({ partition, offset }) =>
            [partitionKey({ topic: naming.bare(topic), partition }), Number(offset)] as const,
        ),
      ),
    );
  }

  #leaseLost({ generationId }: Membership, cause?: unknown): ParityError {
    const message = `a commit of generation ${generationId} of ${this.#groupId} was refused`;
    return new ParityError('LEASE_LOST', message, { cause });
  }
}
