import type { Coordinator } from '../internals.ts';

const MEMBER_ID = 'reader';

/**
 * A coordinator for a consumer that needs no group: its only member, generation 1, what its own assigner says. It stands in for the `assign()`
 * that kafkajs lacks. A temporary group in Kafka would do too, but costs the broker's `group.initial.rebalance.delay.ms` (3 s by default) on
 * each read and leaves a group behind whenever a process dies.
 */
export function localCoordinator(): Coordinator {
  return {
    isConnected: () => true,
    joinGroup: async ({ groupProtocols: [protocol] }) => ({
      generationId: 1,
      memberId: MEMBER_ID,
      leaderId: MEMBER_ID,
      groupProtocol: protocol?.name ?? '',
      members: [{ memberId: MEMBER_ID, memberMetadata: protocol?.metadata ?? Buffer.alloc(0) }],
    }),
    syncGroup: async ({ groupAssignment: [assignment] }) => ({
      memberAssignment: assignment?.memberAssignment ?? Buffer.alloc(0),
    }),
    heartbeat: async () => undefined,
    leaveGroup: async () => undefined,
    // Any valid offset: every partition is sought before it is read.
    offsetFetch: async ({ topics }) => ({
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, offset: '0', errorCode: 0 })),
      })),
    }),
    offsetCommit: async () => undefined,
  };
}
