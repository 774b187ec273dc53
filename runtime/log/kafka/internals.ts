import { createRequire } from 'node:module';
import type { Cluster, Kafka } from 'kafkajs';
import { ParityError } from '../../../schemas/errors.ts';

/**
 * What this adapter uses of kafkajs beyond its public types. kafkajs is pinned: every name here was read in the sources of exactly this
 * version, and another one stops the start instead of failing somewhere later.
 */
const KAFKAJS_VERSION = '2.2.4';

const load = createRequire(import.meta.url);

/** Loads a module of kafkajs by its path in the package. @throws CONFIG_INVALID under another version of kafkajs. */
export function loadInternal(path: string): unknown {
  const { version } = load('kafkajs/package.json') as { version: string };
  if (version !== KAFKAJS_VERSION) {
    throw new ParityError(
      'CONFIG_INVALID',
      `kafkajs is ${version}; this build is made for ${KAFKAJS_VERSION}`,
    );
  }
  return load(`kafkajs/${path}`);
}

export interface PartitionOffsets {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly offset: string;
    readonly metadata?: string | null;
  }[];
}

export interface FetchRequest {
  /** ms. */
  readonly maxWaitTime: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
  }[];
}

export interface FetchResponse {
  readonly responses: readonly unknown[];
}

export interface Membership {
  readonly generationId: number;
  readonly memberId: string;
}

export interface JoinResponse extends Membership {
  readonly leaderId: string;
  readonly groupProtocol: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface JoinRequest {
  readonly groupId: string;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupGenerationId: number;
}

/** The calls that kafkajs's consumer makes to the coordinator of its group. */
export interface Coordinator {
  isConnected(): boolean;
  joinGroup(request: JoinRequest): Promise<JoinResponse>;
  syncGroup(request: {
    readonly memberId: string;
    readonly groupAssignment: readonly {
      readonly memberId: string;
      readonly memberAssignment: Buffer;
    }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: HeartbeatRequest): Promise<unknown>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  }): Promise<{ readonly responses: readonly PartitionOffsets[] }>;
  offsetCommit(
    request: HeartbeatRequest & { readonly topics: readonly PartitionOffsets[] },
  ): Promise<unknown>;
}

export interface ProtocolRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    /** What kafkajs puts behind the header of the request: it wants an encoder, but takes from it only these two. */
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: {
    decode(payload: Buffer): Promise<unknown>;
    parse(decoded: unknown): Promise<unknown>;
  };
}

export interface Broker extends Coordinator {
  lookupRequest(apiKey: number, definitions: unknown): (options: unknown) => ProtocolRequest;
  fetch(request: FetchRequest): Promise<FetchResponse>;
}

/** The methods of a consumer's own cluster object that the adapter replaces or calls. */
export interface ConsumerCluster {
  findBroker(node: { readonly nodeId: string }): Promise<Broker>;
  /** Brokers that are known; one fetcher is made for each. */
  getNodeIds(): readonly string[];
  findGroupCoordinator(group: { readonly groupId: string }): Promise<Coordinator>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning: boolean;
    }[],
  ): Promise<readonly PartitionOffsets[]>;
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';

/**
 * Calls `made` with each cluster object that a client makes: one for each producer, consumer and admin client.
 * @throws CONFIG_INVALID when the client is not as this build knows it.
 */
export function onClusterMade(kafka: Kafka, made: (cluster: ConsumerCluster) => void): void {
  const makers = kafka as unknown as Record<symbol, (options: unknown) => ConsumerCluster>;
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === CREATE_CLUSTER,
  );
  const create = key === undefined ? undefined : makers[key];
  if (key === undefined || create === undefined) {
    throw new ParityError('CONFIG_INVALID', `this build is made for kafkajs ${KAFKAJS_VERSION}`);
  }
  makers[key] = (options) => {
    const cluster = create(options);
    made(cluster);
    return cluster;
  };
}

export function internalCluster(cluster: Cluster): ConsumerCluster {
  return cluster as unknown as ConsumerCluster;
}

/** Kafka's error type of a kafkajs error or of one that it wraps, such as ILLEGAL_GENERATION. */
export function kafkaErrorType(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('type' in each && typeof each.type === 'string') return each.type;
  }
  return undefined;
}

/**
 * Trying again may help. The innermost error decides: kafkajs wraps a refused connection as "non-retriable" when it means that it
 * itself has given up.
 */
export function isRetriable(error: unknown): boolean {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return !(inner instanceof Error && 'retriable' in inner && inner.retriable === false);
}
