import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type Kafka } from 'kafkajs';
import { type StackHandle, startStack } from '../local/stack.ts';
import { KafkaEventLog } from '../runtime/log/kafka/client.ts';
import { systemEnvironment } from '../runtime/system/environment.ts';
import { pinoLogger } from '../runtime/system/logger.ts';
import { ParityError } from '../schemas/errors.ts';
import { ConfluentRegistry } from '../schemas/registry/confluent.ts';
import { registerSchemas } from '../schemas/registry/registration.ts';
import { createSerde, type Serde } from '../schemas/serde.ts';
import { prepareCluster, topicSpecs } from '../topology/cluster.ts';
import { TOPOLOGY } from '../topology/stages.ts';
import type { TopicName } from '../topology/types.ts';

/** The stack under measurement and what every part needs of it. */
export interface World {
  readonly stack: StackHandle;
  readonly environment: ReturnType<typeof systemEnvironment>;
  readonly serde: Serde;
  /** Bare kafkajs, for the floor and for preparing topics. */
  readonly kafka: Kafka;
  /** Topics of the product's own declaration under a prefix that nobody else has. */
  topics(names: readonly TopicName[]): Promise<TopicSet>;
  close(): Promise<void>;
}

/** Some topics of the topology, empty, under a prefix of their own. */
export interface TopicSet {
  readonly prefix: string;
  /** Name on the cluster. */
  full(name: TopicName): string;
  /** A new log over these topics; the caller closes it. */
  log(): KafkaEventLog;
  /** Deletes the topics. */
  drop(): Promise<void>;
}

const REPLICATION = 1;

/**
 * Starts the local stack with a data directory, so that Kafka and PostgreSQL write as durably as they do by default.
 * @throws ParityError STACK_UNAVAILABLE where there is no Kafka to measure.
 */
export async function openWorld(onProgress: (line: string) => void): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parity-bench-'));
  // PostgreSQL may have to run as another user, who must be able to pass through.
  await chmod(dataDir, 0o711);
  const stack = await startStack({ dataDir, onProgress });
  const close = async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    return { ...(await connect(stack)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect(stack: StackHandle): Promise<Omit<World, 'close'>> {
  if (stack.registryUrl === null) {
    throw new ParityError(
      'STACK_UNAVAILABLE',
      'the bench measures Kafka, and the stack is "memory"',
    );
  }
  const environment = systemEnvironment(pinoLogger('error', process.stderr));
  const { brokers } = stack;
  const schemas = await registerSchemas(new ConfluentRegistry({ url: stack.registryUrl }));
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  return {
    stack,
    environment,
    serde: createSerde(schemas, environment.clock),
    kafka,
    topics: (names) => topicSet(brokers, environment, names),
  };
}

async function topicSet(
  brokers: readonly string[],
  environment: World['environment'],
  names: readonly TopicName[],
): Promise<TopicSet> {
  const prefix = `bench-${randomBytes(4).toString('hex')}-`;
  const log = () =>
    new KafkaEventLog({ brokers, clientId: 'bench', topicPrefix: prefix }, environment);
  const specs = topicSpecs(TOPOLOGY, REPLICATION).filter(({ name }) =>
    (names as readonly string[]).includes(name),
  );
  const administered = async (task: (log: KafkaEventLog) => Promise<unknown>) => {
    const own = log();
    try {
      await task(own);
    } finally {
      await own.close();
    }
  };
  await administered((own) => prepareCluster(own.admin, specs));
  return {
    prefix,
    full: (name) => prefix + name,
    log,
    drop: () => administered((own) => own.admin.deleteTopics(names)),
  };
}
