import type { Cluster } from 'kafkajs';
import { ParityError } from '../../../../schemas/errors.ts';
import { partitionKey } from '../../../event-log.ts';
import type { Clock } from '../../../ports.ts';
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
} from '../internals.ts';
import type { Naming } from '../naming.ts';
import { byTopic, encodeFetchRequest, type FetchRequestFields } from '../wire/fetch-request.ts';
import {
  decodeFetchResponse,
  FETCH_VERSION,
  type FetchedPartition,
} from '../wire/fetch-response.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { UnhurriedTopics } from './unhurried.ts';

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

export interface WatchPorts {
  readonly clock: Clock;
  readonly naming: Naming;
  readonly heartbeats: Heartbeats;
  readonly unhurried: UnhurriedTopics;
}

export interface ClusterObserver {
  /** A JoinGroup is about to leave: from here on the coordinator may give our partitions to others. May throw to stop it. */
  joining(): void;
  joined(membership: Membership, coordinator: Coordinator): void;
  /** kafkajs is about to make its fetchers, or one of them to fetch. May throw to stop it. */
  fetching(): void;
  fetched(partition: FetchedPartition): void;
  /** A fetch came back, at this monotonic time. */
  fetchReturned(at: number): void;
  outOfRange(topic: string, partition: number): void;
}

/**
 * Watches the requests of one kafkajs consumer, sends its heartbeats and decodes what it fetches. kafkajs's instrumentation events come too late
 * or not at all for what must be known exactly: when a heartbeat *started*, that a join is about to be sent (kafkajs joins again by
 * itself on stale metadata, without an event), the generation, and an offset out of range, which kafkajs would answer by committing -2 and
 * jumping. So the consumer's own cluster object hands out brokers whose few methods concerned are wrapped; nothing of kafkajs that
 * others use is changed.
 */
export function watchCluster(
  publicCluster: Cluster,
  observer: ClusterObserver,
  ports: WatchPorts,
): ConsumerCluster {
  const cluster = internalCluster(publicCluster);
  const findBroker = cluster.findBroker.bind(cluster);
  const watched = new WeakMap<Broker, Broker>();
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node);
    const known = watched.get(broker) ?? watchBroker(broker, observer, ports);
    watched.set(broker, known);
    return known;
  };
  const getNodeIds = cluster.getNodeIds.bind(cluster);
  cluster.getNodeIds = () => {
    observer.fetching();
    return getNodeIds();
  };
  return cluster;
}

/** Lets the consumer of a watched cluster talk to `coordinator` instead of one in Kafka. */
export function useCoordinator(
  cluster: ConsumerCluster,
  coordinator: Coordinator,
  observer: ClusterObserver,
  ports: WatchPorts,
): void {
  const watched = derive(coordinator, coordinatorCalls(coordinator, observer, ports));
  cluster.findGroupCoordinator = async () => watched;
}

function watchBroker(broker: Broker, observer: ClusterObserver, ports: WatchPorts): Broker {
  return derive(broker, {
    ...coordinatorCalls(broker, observer, ports),
    fetch: (request: FetchRequest) => watchedFetch(broker, request, observer, ports),
  });
}

/** An object that is `base` but for the given methods. */
function derive<T extends object>(base: T, methods: Partial<T>): T {
  return Object.assign(Object.create(base) as T, methods);
}

function coordinatorCalls(
  coordinator: Coordinator,
  observer: ClusterObserver,
  { heartbeats }: WatchPorts,
): Pick<Coordinator, 'joinGroup' | 'heartbeat'> {
  return {
    joinGroup: async (request: JoinRequest) => {
      observer.joining();
      heartbeats.reset();
      const answer = await coordinator.joinGroup(request);
      observer.joined(answer, coordinator);
      return answer;
    },
    heartbeat: async (request: HeartbeatRequest) => heartbeats.beat(coordinator, request),
  };
}

async function watchedFetch(
  broker: Broker,
  wanted: FetchRequest,
  observer: ClusterObserver,
  { clock, naming, unhurried }: WatchPorts,
): Promise<FetchResponse> {
  const request = unhurried.select(wanted);
  const behind = new Set<string>();
  const offsets = new Map<string, number>();
  for (const { topic, partitions } of request.topics) {
    for (const { partition, fetchOffset } of partitions) {
      offsets.set(partitionKey({ topic, partition }), Number(fetchOffset));
    }
  }
  const decoding = derive(broker, {
    lookupRequest: (apiKey: number, definitions: unknown) => {
      const make = broker.lookupRequest(apiKey, definitions);
      return (options: unknown) => {
        const protocol = make(options);
        const { apiVersion } = protocol.request;
        if (apiKey !== FETCH_API_KEY) return protocol;
        if (apiVersion !== FETCH_VERSION) {
          throw new ParityError(
            'CONFIG_INVALID',
            `the broker speaks Fetch ${apiVersion} only: Kafka 2.3 or newer is needed`,
          );
        }
        const decode = (payload: Buffer) =>
          decodeFetchResponse(
            payload,
            naming,
            (key) => offsets.get(key) ?? 0,
            (fetched) => {
              const { topic, partition, nextOffset, highWatermark } = fetched;
              if (nextOffset !== undefined && nextOffset < highWatermark)
                behind.add(partitionKey({ topic: naming.full(topic), partition }));
              observer.fetched(fetched);
            },
          );
        const encode = async () => {
          const buffer = encodeFetchRequest(byTopic(options as FetchRequestFields));
          return { buf: buffer, buffer };
        };
        return {
          request: { ...protocol.request, encode },
          response: { ...protocol.response, decode },
        };
      };
    },
  });
  try {
    // The method of the class, on a broker that decodes.
    const response = await broker.fetch.call(decoding, request);
    unhurried.fetched(request, (key) => behind.has(key));
    observer.fetchReturned(clock.monotonic());
    return response;
  } catch (error) {
    const { name, topic, partition } = error as {
      name?: string;
      topic?: string;
      partition?: number;
    };
    if (name !== 'KafkaJSOffsetOutOfRange' || topic === undefined || partition === undefined)
      throw error;
    observer.outOfRange(topic, partition);
    observer.fetchReturned(clock.monotonic());
    return { responses: [] };
  }
}
