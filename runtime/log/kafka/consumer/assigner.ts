import kafkajs, { type Assigner, type Cluster, type GroupMember } from 'kafkajs';
import type { TopicPartition } from '../../../event-log.ts';
import { type AssignedMember, assignByNumber } from '../../assignment.ts';

const { AssignerProtocol } = kafkajs;

/** What a member tells the group leader about itself, as JSON in the user data of its subscription. */
interface Claim {
  readonly owned: readonly number[];
  readonly generation: number;
}

const VERSION = 1;

/** Sticky by partition number; see `assignByNumber`. The names are those of the cluster. */
export function byNumberAssigner(cluster: Cluster, claim: () => Claim): Assigner {
  const name = 'parity-by-number';
  return {
    name,
    version: VERSION,
    protocol: ({ topics }) => {
      const userData = Buffer.from(JSON.stringify(claim()));
      return {
        name,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData }),
      };
    },
    assign: async ({ members }) => {
      const known = members.map(decodeMember);
      const topics = [...new Set(known.flatMap((member) => member.topics))];
      const counts = new Map(
        topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]),
      );
      return [...assignByNumber(known, counts)].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: encodeAssignment(partitions),
      }));
    },
  };
}

/** Gives its only member exactly these partitions. */
export function fixedAssigner(partitions: readonly TopicPartition[]): Assigner {
  const name = 'parity-fixed';
  return {
    name,
    version: VERSION,
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.alloc(0),
      }),
    }),
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({ memberId, memberAssignment: encodeAssignment(partitions) })),
  };
}

function decodeMember({ memberId, memberMetadata }: GroupMember): AssignedMember {
  const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata);
  const { owned, generation } = parseClaim(metadata?.userData);
  return { id: memberId, topics: metadata?.topics ?? [], owned, generation };
}

function parseClaim(userData: Buffer | undefined): Claim {
  if (userData === undefined || userData.length === 0) return { owned: [], generation: -1 };
  return JSON.parse(userData.toString('utf8')) as Claim;
}

function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const assignment: Record<string, number[]> = {};
  for (const { topic, partition } of partitions)
    assignment[topic] = [...(assignment[topic] ?? []), partition];
  return AssignerProtocol.MemberAssignment.encode({
    version: VERSION,
    assignment,
    userData: Buffer.alloc(0),
  });
}
