import { type GroupHandler, partitionKey, type TopicPartition } from '../../../event-log.ts';
import type { ConsumerCluster, Coordinator, PartitionOffsets } from '../internals.ts';
import type { Naming } from '../naming.ts';

type Assignment = Parameters<GroupHandler['assigned']>[0];
type Answers = Awaited<ReturnType<GroupHandler['assigned']>>;

/** The committed offsets of a group; null where it has none. */
export async function committedOffsets(
  coordinator: Coordinator,
  groupId: string,
  naming: Naming,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number | null>> {
  const { responses } = await coordinator.offsetFetch({
    groupId,
    topics: byTopic(naming, partitions),
  });
  const found = offsetMap(naming, responses);
  return new Map(
    partitions.map((partition) => {
      const key = partitionKey(partition);
      const offset = found.get(key) ?? -1;
      return [key, offset < 0 ? null : offset];
    }),
  );
}

/** The first offset of each partition that is still in the log. */
export async function firstOffsets(
  cluster: ConsumerCluster,
  naming: Naming,
  partitions: readonly TopicPartition[],
): Promise<Map<string, number>> {
  return listOffsets(cluster, naming, partitions, true);
}

/** Where to read from, by what the handler answered; where it answered nothing, the committed offset or the first one. */
export async function startOffsets(
  cluster: ConsumerCluster,
  naming: Naming,
  { partitions, committed }: Assignment,
  answers: Answers,
): Promise<(TopicPartition & { offset: number })[]> {
  const answerOf = (partition: TopicPartition) => {
    const key = partitionKey(partition);
    return answers.get(key) ?? committed.get(key) ?? 'earliest';
  };
  const first = await listOffsets(
    cluster,
    naming,
    partitions.filter((each) => answerOf(each) === 'earliest'),
    true,
  );
  const end = await listOffsets(
    cluster,
    naming,
    partitions.filter((each) => answerOf(each) === 'latest'),
    false,
  );
  return partitions.map((partition) => {
    const answer = answerOf(partition);
    const found = answer === 'earliest' ? first : end;
    return {
      ...partition,
      offset: typeof answer === 'number' ? answer : (found.get(partitionKey(partition)) ?? 0),
    };
  });
}

async function listOffsets(
  cluster: ConsumerCluster,
  naming: Naming,
  partitions: readonly TopicPartition[],
  fromBeginning: boolean,
): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map();
  const topics = byTopic(naming, partitions).map((topic) => ({ ...topic, fromBeginning }));
  return offsetMap(naming, await cluster.fetchTopicsOffset(topics));
}

function byTopic(
  naming: Naming,
  partitions: readonly TopicPartition[],
): { topic: string; partitions: { partition: number }[] }[] {
  const topics = new Map<string, { partition: number }[]>();
  for (const { topic, partition } of partitions)
    topics.set(topic, [...(topics.get(topic) ?? []), { partition }]);
  return [...topics].map(([topic, numbers]) => ({
    topic: naming.full(topic),
    partitions: numbers,
  }));
}

function offsetMap(naming: Naming, offsets: readonly PartitionOffsets[]): Map<string, number> {
  return new Map(
    offsets.flatMap(({ topic, partitions }) =>
      partitions.map(
        ({ partition, offset }) =>
          [partitionKey({ topic: naming.bare(topic), partition }), Number(offset)] as const,
      ),
    ),
  );
}
