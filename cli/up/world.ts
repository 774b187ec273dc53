import { randomBytes } from 'node:crypto';
import type { StackHandle, StackKind } from '../../local/stack.ts';
import { startStack } from '../../local/stack.ts';
import { parseConfiguration } from '../../runtime/config/load.ts';
import type { EventLog } from '../../runtime/event-log.ts';
import { MemoryBroker } from '../../runtime/log/memory/broker.ts';
import { systemClock, systemTimers } from '../../runtime/system/clock.ts';
import { systemEnvironment } from '../../runtime/system/environment.ts';
import { pinoLogger } from '../../runtime/system/logger.ts';
import { systemRandom } from '../../runtime/system/random.ts';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde } from '../../schemas/serde.ts';
import { PmsSimulator } from '../../simulators/index.ts';
import { migrate } from '../../storage/migrate.ts';
import { prepareCluster, topicSpecs } from '../../topology/cluster.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { kafkaPorts, nodeServices } from '../node.ts';
import type { Services } from '../services.ts';
import { followPmsEvents } from './known-facts.ts';
import type { PipelineHost } from './pipeline-host.ts';
import { PipelineChild } from './pipeline-host.ts';
import { PipelineInProcess } from './pipeline-in-process.ts';
import { hostsOf, type ServedPlatforms, servePlatforms } from './platforms.ts';

/** A dead member must be gone before its partitions move: the shortest that a broker takes by default, ms. */
const SESSION_TIMEOUT_MS = 6_000;

const LOST_AFTER_MS = 1_000;

/** Everything that `parity up` brings up. */
export interface World extends ServedPlatforms {
  readonly stack: StackHandle;
  readonly services: Services;
  readonly postgresUrl: string;
  readonly pipeline: PipelineHost;
  /** The PMS's own view of its calendar, from the facts in the log and by code of its own. */
  readonly pms: PmsSimulator;
  /** Events seen on `pms.events` so far. */
  events(): number;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly kind?: StackKind;
  /** A stack that somebody else started and will stop; default: one of its own. */
  readonly stack?: StackHandle;
  /** Before every topic, group and subject; default: nothing. */
  readonly topicPrefix?: string;
  readonly onProgress: (line: string) => void;
  readonly logLevel: 'error' | 'warn';
}

/** @throws ParityError STACK_UNAVAILABLE, STACK_FAILED, MIGRATION_FAILED and those of the pipeline's start. What was started is ended then. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const opened: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    return await openWorld(options, opened, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openWorld(
  options: WorldOptions,
  opened: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<World> {
  const { onProgress } = options;
  const stack = options.stack ?? (await startOwnStack(options, opened));
  onProgress('Starting the simulated channels and the pipeline ...');
  await migrate(stack.postgresUrl);
  const platforms = await servePlatforms(opened);
  const values = settings(stack, platforms, options);
  const configuration = parseConfiguration(values);
  const environment = systemEnvironment(pinoLogger(options.logLevel));
  const services = nodeServices(configuration, environment);
  opened.push(() => services.close());
  const memory = stack.kind === 'memory' ? memoryLog() : null;
  const ports = memory
    ? { log: memory.broker.connect(environment), registry: memory.registry }
    : kafkaPorts(configuration, environment);
  opened.push(() => ports.log.close());
  await prepareCluster(ports.log.admin, topicSpecs(TOPOLOGY, configuration.replication));
  const ids = await registerSchemas(ports.registry, configuration.topicPrefix);
  const serde = createSerde(ids, environment.clock);
  const facts = await followFacts(ports.log, serde);
  opened.push(() => facts.close());
  const pipeline = memory
    ? await PipelineInProcess.start(values, memory.broker, memory.registry, () =>
        systemEnvironment(pinoLogger(options.logLevel)),
      )
    : await PipelineChild.start(values);
  opened.push(() => pipeline.stop());
  return {
    stack,
    services,
    postgresUrl: stack.postgresUrl,
    ...platforms,
    pipeline,
    pms: facts.pms,
    events: facts.count,
    stop,
  };
}

async function startOwnStack(
  { onProgress, kind }: WorldOptions,
  opened: (() => Promise<unknown>)[],
): Promise<StackHandle> {
  const stack = await startStack({ onProgress, ...(kind ? { kind } : {}) });
  opened.push(() => stack.stop());
  return stack;
}

/** Settings of the pipeline as environment variables. */
function settings(
  stack: StackHandle,
  platforms: ServedPlatforms,
  { logLevel, topicPrefix = '' }: WorldOptions,
): Record<string, string> {
  return {
    // The log in memory has no addresses; nothing reads these then.
    PARITY_BROKERS: stack.brokers.join(',') || 'memory',
    PARITY_REGISTRY_URL: stack.registryUrl ?? 'http://memory',
    PARITY_POSTGRES_URL: stack.postgresUrl,
    PARITY_REPLICATION: stack.brokers.length >= 3 ? '3' : '1',
    PARITY_TOPIC_PREFIX: topicPrefix,
    PARITY_VAULT_KEYS: randomBytes(32).toString('base64url').padEnd(44, '='),
    PARITY_CHANNEL_URLS: JSON.stringify(hostsOf(platforms)),
    PARITY_INGRESS_PORT: '0',
    PARITY_HEALTH_PORT: '0',
    PARITY_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    PARITY_LOG_LEVEL: logLevel,
  };
}

function memoryLog() {
  const broker = new MemoryBroker({
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    // Answers come at once; only a pipeline that is cut off ever waits for one.
    latencies: { requestTimeoutMs: LOST_AFTER_MS },
  });
  return { broker, registry: new MemoryRegistry() };
}

async function followFacts(log: EventLog, serde: ReturnType<typeof createSerde>) {
  const pms = new PmsSimulator({
    clock: systemClock,
    random: () => systemRandom.next(),
    publish: () => Promise.reject(new Error('this PMS only listens')),
  });
  let seen = 0;
  const following = await followPmsEvents(log, serde, TOPOLOGY.partitions, (event) => {
    seen++;
    const known = pms.properties().find(({ id }) => id === event.property_id);
    const property = known ?? pms.addProperty({ id: event.property_id, tenantId: event.tenant_id });
    // The first to speak of a property owns it; another tenant's events change nothing.
    if (property.tenantId === event.tenant_id) property.learn(event);
  });
  return { pms, count: () => seen, close: () => following.close() };
}
