import type { Cluster } from 'kafkajs';
import { partitionKey } from '../../event-log.ts';
import type { Clock } from '../../ports.ts';
import { SCANNED_FETCH_VERSION, scanFetchResponse } from './fetch-scan.ts';
import {
  type Broker,
  type ConsumerCluster,
  type Coordinator,
  type FetchRequest,
  type FetchResponse,
  type HeartbeatRequest,
  internalCluster,
  type JoinRequest,
  kafkaErrorType,
  type Membership,
} from './internals.ts';

const FETCH_API_KEY = 1;

/** Errors by which a coordinator says that the member is not (or no longer) of the present generation. */
const MEMBERSHIP_ERRORS = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
]);

export function isMembershipError(error: unknown): boolean {
  return MEMBERSHIP_ERRORS.has(kafkaErrorType(error) ?? '');
}

/** What a fetch brought for one partition. Topic names are those of the cluster. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where it was read from. */
  readonly offset: number;
  /** Where the next fetch continues; undefined: no whole batch came. */
  readonly nextOffset: number | undefined;
  readonly highWatermark: number;
  /** Not a single record came, control records included. */
  readonly empty: boolean;
}

export interface ClusterObserver {
  /** A JoinGroup is about to leave: from here on the coordinator may give our partitions to others. May throw to stop it. */
  joining(): void;
  joined(membership: Membership, coordinator: Coordinator): void;
  /** @param startedAt monotonic ms, taken before the request left. */
  heartbeatAccepted(startedAt: number, generation: number): void;
  membershipRefused(): void;
  fetched(partition: FetchedPartition): void;
  /** A fetch came back, at this monotonic time. */
  fetchReturned(at: number): void;
  outOfRange(topic: string, partition: number): void;
}

/**
 * Watches the requests of one kafkajs consumer. Its instrumentation events come too late or not at all for what must be known exactly: when a
 * heartbeat *started*, that a join is about to be sent (kafkajs joins again by itself on stale metadata, without an event), the generation, and an
 * offset out of range, which kafkajs would answer by committing -2 and jumping. So the consumer's own cluster object hands out brokers whose
 * few methods concerned are wrapped; nothing of kafkajs that others use is changed.
 */
export function watchCluster(
  publicCluster: Cluster,
  observer: ClusterObserver,
  clock: Clock,
): ConsumerCluster {
  const cluster = internalCluster(publicCluster);
  const findBroker = cluster.findBroker.bind(cluster);
  const watched = new WeakMap<Broker, Broker>();
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node);
    const known = watched.get(broker) ?? watchBroker(broker, observer, clock);
    watched.set(broker, known);
    return known;
  };
  return cluster;
}

/** Lets the consumer of a watched cluster talk to `coordinator` instead of one in Kafka. */
export function useCoordinator(
  cluster: ConsumerCluster,
  coordinator: Coordinator,
  observer: ClusterObserver,
  clock: Clock,
): void {
  const watched = derive(coordinator, coordinatorCalls(coordinator, observer, clock));
  cluster.findGroupCoordinator = async () => watched;
}

function watchBroker(broker: Broker, observer: ClusterObserver, clock: Clock): Broker {
  return derive(broker, {
    ...coordinatorCalls(broker, observer, clock),
    fetch: (request: FetchRequest) => watchedFetch(broker, request, observer, clock),
  });
}

/** An object that is `base` but for the given methods. */
function derive<T extends object>(base: T, methods: Partial<T>): T {
  return Object.assign(Object.create(base) as T, methods);
}

function coordinatorCalls(
  coordinator: Coordinator,
  observer: ClusterObserver,
  clock: Clock,
): Pick<Coordinator, 'joinGroup' | 'heartbeat'> {
  return {
    joinGroup: async (request: JoinRequest) => {
      observer.joining();
      const answer = await coordinator.joinGroup(request);
      observer.joined(answer, coordinator);
      return answer;
    },
    heartbeat: async (request: HeartbeatRequest) => {
      const startedAt = clock.monotonic();
      try {
        const answer = await coordinator.heartbeat(request);
        observer.heartbeatAccepted(startedAt, request.groupGenerationId);
        return answer;
      } catch (error) {
        if (isMembershipError(error)) observer.membershipRefused();
        throw error;
      }
    },
  };
}

async function watchedFetch(
  broker: Broker,
  request: FetchRequest,
  observer: ClusterObserver,
  clock: Clock,
): Promise<FetchResponse> {
  let next = new Map<string, number>();
  const scanning = derive(broker, {
    lookupRequest: (apiKey: number, definitions: unknown) => {
      const make = broker.lookupRequest(apiKey, definitions);
      return (options: unknown) => {
        const protocol = make(options);
        if (apiKey !== FETCH_API_KEY || protocol.request.apiVersion !== SCANNED_FETCH_VERSION)
          return protocol;
        const decode = (payload: Buffer) => {
          next = scanFetchResponse(payload);
          return protocol.response.decode(payload);
        };
        return { ...protocol, response: { ...protocol.response, decode } };
      };
    },
  });
  try {
    // The method of the class, on the scanning broker.
    const response = await broker.fetch.call(scanning, request);
    observer.fetchReturned(clock.monotonic());
    report(request, response, next, observer);
    return response;
  } catch (error) {
    const { name, topic, partition } = error as {
      name?: string;
      topic?: string;
      partition?: number;
    };
    if (name !== 'KafkaJSOffsetOutOfRange' || topic === undefined || partition === undefined)
      throw error;
    observer.fetchReturned(clock.monotonic());
    observer.outOfRange(topic, partition);
    return { responses: [] };
  }
}

function report(
  request: FetchRequest,
  response: FetchResponse,
  next: Map<string, number>,
  observer: ClusterObserver,
): void {
  const offsets = new Map<string, number>();
  for (const { topic, partitions } of request.topics) {
    for (const { partition, fetchOffset } of partitions)
      offsets.set(partitionKey({ topic, partition }), Number(fetchOffset));
  }
  for (const { topicName: topic, partitions } of response.responses) {
    for (const { partition, highWatermark, messages } of partitions) {
      const key = partitionKey({ topic, partition });
      observer.fetched({
        topic,
        partition,
        offset: offsets.get(key) ?? -1,
        nextOffset: next.get(key),
        highWatermark: Number(highWatermark),
        empty: messages.length === 0,
      });
    }
  }
}
