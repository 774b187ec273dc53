import type { TopicPartition } from '../event-log.ts';

/** One member as the group leader sees it when it assigns. */
export interface AssignedMember {
  readonly id: string;
  readonly topics: readonly string[];
  /** Partition numbers it held, and the generation in which it got them; of two claims the newer generation counts. */
  readonly owned: readonly number[];
  readonly generation: number;
}

/**
 * Sticky assignment by partition *number*: partition p of every topic of the group goes to the same member, so that all
 * topics stay co-partitioned. Members keep what they held as far as the counts stay balanced (they differ by at most one).
 *
 * Where subscriptions differ (a rolling update adds a topic), the members that know all topics get everything; if no
 * member knows all, each number gets only those topics that its owner subscribes to.
 */
export function assignByNumber(
  members: readonly AssignedMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, TopicPartition[]> {
  const result = new Map<string, TopicPartition[]>(members.map((member) => [member.id, []]));
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
  const complete = members.filter((member) =>
    topics.every((topic) => member.topics.includes(topic)),
  );
  const eligible = complete.length > 0 ? complete : members;
  const numbers = Math.max(0, ...topics.map((topic) => partitionCounts.get(topic) ?? 0));
  for (const [id, owned] of shareNumbers(eligible, numbers)) {
    const subscribed = eligible.find((member) => member.id === id)?.topics ?? [];
    const partitions = owned.flatMap((partition) =>
      topics
        .filter(
          (topic) => subscribed.includes(topic) && partition < (partitionCounts.get(topic) ?? 0),
        )
        .map((topic) => ({ topic, partition })),
    );
    result.set(id, partitions);
  }
  return result;
}

function shareNumbers(members: readonly AssignedMember[], numbers: number): Map<string, number[]> {
  const claims = validClaims(members, numbers);
  // Those that hold most come first: they get the shares that are one larger, so that least moves.
  const order = [...members].sort(
    (a, b) =>
      (claims.get(b.id)?.length ?? 0) - (claims.get(a.id)?.length ?? 0) || (a.id < b.id ? -1 : 1),
  );
  const smallest = members.length === 0 ? 0 : Math.floor(numbers / members.length);
  const larger = members.length === 0 ? 0 : numbers % members.length;
  const free = new Set(Array.from({ length: numbers }, (_, number) => number));
  const shares = order.map((member, index) => {
    const quota = smallest + (index < larger ? 1 : 0);
    const kept = (claims.get(member.id) ?? []).slice(0, quota);
    for (const number of kept) free.delete(number);
    return { id: member.id, quota, numbers: kept };
  });
  const rest = [...free];
  for (const share of shares)
    share.numbers.push(...rest.splice(0, share.quota - share.numbers.length));
  return new Map(shares.map((share) => [share.id, share.numbers.sort((a, b) => a - b)]));
}

/** Each number claimed by at most one member: the one with the newest generation, of equal ones the first id. */
function validClaims(members: readonly AssignedMember[], numbers: number): Map<string, number[]> {
  const owner = new Map<number, AssignedMember>();
  for (const member of [...members].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    for (const number of new Set(member.owned)) {
      const rival = owner.get(number);
      if (number < numbers && (rival === undefined || member.generation > rival.generation))
        owner.set(number, member);
    }
  }
  const claims = new Map<string, number[]>();
  for (const number of [...owner.keys()].sort((a, b) => a - b)) {
    const id = owner.get(number)?.id ?? '';
    claims.set(id, [...(claims.get(id) ?? []), number]);
  }
  return claims;
}
