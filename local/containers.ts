import { randomBytes } from 'node:crypto';
import type { GenericContainer, StartedTestContainer } from 'testcontainers';
import { ParityError } from '../schemas/errors.ts';
import type { ResolvedOptions, StackHandle } from './handle.ts';
import { IMAGES } from './images.ts';
import { freePorts } from './ports.ts';
import { type BrokerSettings, commonSettings } from './process/broker-properties.ts';

type Testcontainers = typeof import('testcontainers');

const INTERNAL_PORT = 9092;
const CONTROLLER_PORT = 9093;
const EXTERNAL_PORT = 9094;
const REGISTRY_PORT = 8080;
const POSTGRES_PORT = 5432;
const START_MS = 180_000;
/** Any 16 bytes as url-safe base64: the containers are thrown away together. */
const CLUSTER_ID = 'cGFyaXR5LWxvY2FsLWthZg';

/**
 * Kafka, Apicurio Registry and PostgreSQL as containers. Testcontainers' own reaper removes them
 * when this process is gone, however it went.
 *
 * @throws ParityError `STACK_UNAVAILABLE` without an engine, else `STACK_FAILED`; what was started
 *   is removed then
 */
export async function startContainerStack(options: ResolvedOptions): Promise<StackHandle> {
  if (options.dataDir !== undefined) {
    throw new ParityError(
      'CONFIG_INVALID',
      'Containers keep no data directory. Run docker-compose.kafka.yml, which has volumes, and give its addresses.',
    );
  }
  const containers = await load();
  await connect(containers);
  const started: StartedTestContainer[] = [];
  const network = await new containers.Network().start();
  const stop = async () => {
    await Promise.all(started.map((container) => container.stop({ timeout: 0 })));
    await network.stop();
  };
  const track = async (container: GenericContainer) => {
    const running = await container.withStartupTimeout(START_MS).withNetwork(network).start();
    started.push(running);
    return running;
  };
  options.onProgress(`Starting containers (${Object.values(IMAGES).join(', ')}) ...`);
  const starts = [
    startBrokers(containers, options.brokers, track),
    startDatabaseAndRegistry(containers, track),
  ] as const;
  try {
    const [kafka, database] = await Promise.all(starts);
    options.onProgress(`Kafka at ${kafka.addresses.join(',')} and ${database.registryUrl} are up`);
    return {
      kind: 'containers',
      brokers: kafka.addresses,
      registryUrl: database.registryUrl,
      postgresUrl: database.postgresUrl,
      pids: () => [],
      stop: once(stop),
      killBroker: (index) => kill(containers, brokerAt(kafka.containers, index)),
      startBroker: (index) => startAgain(containers, brokerAt(kafka.containers, index)),
      restartRegistry: () => database.registry.restart({ timeout: 0 }),
    };
  } catch (cause) {
    // What is still starting must be known before it can be removed.
    await Promise.allSettled(starts);
    await stop();
    throw new ParityError('STACK_FAILED', `The containers did not start: ${String(cause)}`, {
      cause,
    });
  }
}

/** A development dependency: an installation without those has no use for it. */
async function load(): Promise<Testcontainers> {
  try {
    return await import('testcontainers');
  } catch (cause) {
    throw new ParityError(
      'STACK_UNAVAILABLE',
      'PARITY_STACK=containers needs the package testcontainers, a development dependency: run npm ci without --omit=dev.',
      { cause },
    );
  }
}

/** Testcontainers looks in more places than our probe does; what it finds nowhere is not there. */
async function connect({ getContainerRuntimeClient }: Testcontainers): Promise<void> {
  try {
    await getContainerRuntimeClient();
  } catch (cause) {
    throw new ParityError(
      'STACK_UNAVAILABLE',
      'No Docker engine answers. Start one, or set DOCKER_HOST.',
      { cause },
    );
  }
}

type Track = (container: GenericContainer) => Promise<StartedTestContainer>;

async function startBrokers(
  { GenericContainer, Wait, getContainerRuntimeClient }: Testcontainers,
  brokers: number,
  track: Track,
): Promise<{ addresses: string[]; containers: StartedTestContainer[] }> {
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
  // Fixed before the start: a broker must know the address under which clients find it.
  const ports = await freePorts(brokers);
  const names = ports.map((_, index) => `kafka-${index}`);
  const voters = names.map((name, index) => `${index + 1}@${name}:${CONTROLLER_PORT}`);
  const containers = await allWhenSettled(
    ports.map((port, index) =>
      track(
        new GenericContainer(IMAGES.kafka)
          .withNetworkAliases(names[index] ?? '')
          .withExposedPorts({ container: EXTERNAL_PORT, host: port })
          .withEnvironment({
            CLUSTER_ID,
            KAFKA_HEAP_OPTS: '-Xms128m -Xmx512m',
            ...asEnvironment({
              'node.id': index + 1,
              'controller.quorum.voters': voters.join(','),
              listeners: `PLAINTEXT://:${INTERNAL_PORT},CONTROLLER://:${CONTROLLER_PORT},EXTERNAL://:${EXTERNAL_PORT}`,
              'advertised.listeners': `PLAINTEXT://${names[index]}:${INTERNAL_PORT},EXTERNAL://${host}:${port}`,
              'listener.security.protocol.map':
                'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,EXTERNAL:PLAINTEXT',
              ...commonSettings(brokers),
            }),
          })
          .withWaitStrategy(Wait.forLogMessage('Kafka Server started')),
      ),
    ),
  );
  return { addresses: ports.map((port) => `${host}:${port}`), containers };
}

/** Like `Promise.all`, but a failure is told only when nothing is under way any more. */
async function allWhenSettled<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** Settings as the apache/kafka image takes them: `a.b.c` is `KAFKA_A_B_C`. */
export function asEnvironment(settings: BrokerSettings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      String(value),
    ]),
  );
}

async function startDatabaseAndRegistry(
  { GenericContainer, Wait }: Testcontainers,
  track: Track,
): Promise<{ postgresUrl: string; registryUrl: string; registry: StartedTestContainer }> {
  const password = randomBytes(16).toString('hex');
  const postgres = await track(
    new GenericContainer(IMAGES.postgres)
      .withNetworkAliases('postgres')
      .withExposedPorts(POSTGRES_PORT)
      .withEnvironment({
        POSTGRES_USER: 'parity',
        POSTGRES_PASSWORD: password,
        POSTGRES_DB: 'parity',
      })
      .withCopyContentToContainer([
        {
          content: 'CREATE DATABASE registry;',
          target: '/docker-entrypoint-initdb.d/registry.sql',
        },
      ])
      // Once for the server that runs the scripts above, once for the one that stays.
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2)),
  );
  const registry = await track(
    new GenericContainer(IMAGES.registry)
      .withNetworkAliases('registry')
      .withExposedPorts(REGISTRY_PORT)
      .withEnvironment({
        APICURIO_RULES_GLOBAL_COMPATIBILITY: 'BACKWARD',
        APICURIO_STORAGE_KIND: 'sql',
        APICURIO_STORAGE_SQL_KIND: 'postgresql',
        APICURIO_DATASOURCE_URL: `jdbc:postgresql://postgres:${POSTGRES_PORT}/registry`,
        APICURIO_DATASOURCE_USERNAME: 'parity',
        APICURIO_DATASOURCE_PASSWORD: password,
      })
      .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', REGISTRY_PORT)),
  );
  const at = (container: StartedTestContainer, port: number) =>
    `${container.getHost()}:${container.getMappedPort(port)}`;
  return {
    postgresUrl: `postgres://parity:${password}@${at(postgres, POSTGRES_PORT)}/parity`,
    registryUrl: `http://${at(registry, REGISTRY_PORT)}/apis/ccompat/v7`,
    registry,
  };
}

function brokerAt(containers: StartedTestContainer[], index: number): StartedTestContainer {
  const container = containers[index];
  if (container === undefined) {
    throw new ParityError('STACK_FAILED', `There is no broker ${index} in this stack.`);
  }
  return container;
}

/** kill -9; the container stays, with its address and data. */
async function kill(
  { getContainerRuntimeClient }: Testcontainers,
  container: StartedTestContainer,
): Promise<void> {
  const client = await getContainerRuntimeClient();
  await client.container.getById(container.getId()).kill();
}

async function startAgain(
  { getContainerRuntimeClient }: Testcontainers,
  container: StartedTestContainer,
): Promise<void> {
  const client = await getContainerRuntimeClient();
  const { State } = await client.container.inspect(client.container.getById(container.getId()));
  if (!State.Running) await container.restart({ timeout: 0 });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}
