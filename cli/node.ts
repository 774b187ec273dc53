import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { TokenGuard } from '../accounts/credentials/guarded-token-sender.ts';
import { CHANNEL_TYPES, channelEntry } from '../connectors/registry.ts';
import { replaceBaseUrls } from '../connectors/transport/hosts.ts';
import { createUndiciCarrier } from '../connectors/transport/undici-carrier.ts';
import { documentRoutes } from '../ingress/document-routes.ts';
import { ingressServer, webhookRoutes } from '../ingress/server.ts';
import type { Configuration } from '../runtime/config/settings.ts';
import type { EventLog } from '../runtime/event-log.ts';
import { healthServer } from '../runtime/http/health.ts';
import { KafkaEventLog } from '../runtime/log/kafka/client.ts';
import type { KafkaOptions } from '../runtime/log/kafka/connection.ts';
import type { Metrics } from '../runtime/ports.ts';
import type { systemEnvironment } from '../runtime/system/environment.ts';
import { type SharedBreaker, sharedBreaker } from '../runtime/system/shared-breaker.ts';
import type { ChannelType } from '../schemas/domain/ids.ts';
import type { Connection } from '../schemas/generated/types.ts';
import { ConfluentRegistry } from '../schemas/registry/confluent.ts';
import type { SchemaRegistry } from '../schemas/registry/port.ts';
import { registerSchemas } from '../schemas/registry/registration.ts';
import { createSerde } from '../schemas/serde.ts';
import { openDatabase } from '../storage/database.ts';
import { createPostgresStorage } from '../storage/postgres/storage.ts';
import { prepareCluster, topicSpecs } from '../topology/cluster.ts';
import { TOPOLOGY } from '../topology/stages.ts';
import { assertValid } from '../topology/validate.ts';
import { patiently } from './patience.ts';
import type { Pipeline, RunnableStage } from './pipeline.ts';
import { startPipeline } from './pipeline.ts';
import type { Services } from './services.ts';
import { createServices } from './services.ts';

type SystemEnvironment = ReturnType<typeof systemEnvironment>;

/** The log and the registry of a node: Kafka in production, memory for a first look. */
export interface LogPorts {
  readonly log: EventLog;
  readonly registry: SchemaRegistry;
}

/** One running process of the pipeline. */
export interface Node {
  readonly pipeline: Pipeline;
  readonly services: Services;
  /** Base URL for webhooks; null when the process runs no ingress. */
  readonly ingressUrl: string | null;
  readonly healthUrl: string;
  /** Finishes what is under way and closes everything it opened. Idempotent. */
  stop(): Promise<void>;
}

/** Settings that reach the cluster and its registry. */
export const CLUSTER_FIELDS = [
  'brokers',
  'topicPrefix',
  'replication',
  'kafkaTls',
  'kafkaSaslMechanism',
  'kafkaUsername',
  'kafkaPassword',
  'registryUrl',
  'registryUsername',
  'registryPassword',
] as const satisfies readonly (keyof Configuration)[];
export type ClusterConfiguration = Pick<Configuration, (typeof CLUSTER_FIELDS)[number]>;

/** Settings that reach PostgreSQL and the channels. */
export const SERVICE_FIELDS = [
  'postgresUrl',
  'postgresConnections',
  'vaultKeys',
  'channelUrls',
] as const satisfies readonly (keyof Configuration)[];
export type ServiceConfiguration = Pick<Configuration, (typeof SERVICE_FIELDS)[number]>;

/** Connects to the cluster that the configuration names. */
export function kafkaPorts(
  configuration: ClusterConfiguration,
  environment: SystemEnvironment,
): LogPorts {
  const {
    registryUrl: url,
    registryUsername: username,
    registryPassword: password,
  } = configuration;
  return {
    log: new KafkaEventLog(kafkaOptions(configuration), environment),
    registry: guardedRegistry(
      new ConfluentRegistry({
        url,
        ...(username === null ? {} : { auth: { username, password } }),
      }),
      environment.metrics,
    ),
  };
}

/** A registry in an outage is asked by one call at a time, now and then. */
function guardedRegistry(registry: SchemaRegistry, metrics: Metrics): SchemaRegistry {
  const breaker = sharedBreaker({
    dependency: 'registry',
    isOutage: (code) => code === 'REGISTRY_UNAVAILABLE',
    code: 'REGISTRY_UNAVAILABLE',
    metrics,
  });
  return {
    register: (...call) => breaker.run(() => registry.register(...call)),
    schemaById: (id) => breaker.run(() => registry.schemaById(id)),
  };
}

/** One breaker for the token endpoint of each channel. */
function tokenGuard(metrics: Metrics): TokenGuard {
  const breakers = new Map<ChannelType, SharedBreaker>();
  return (channel, work) => {
    const known = breakers.get(channel);
    const breaker =
      known ??
      sharedBreaker({
        dependency: `tokens of ${channel}`,
        isOutage: (code) => code.startsWith('CHANNEL_'),
        code: 'CHANNEL_UNAVAILABLE',
        metrics,
      });
    breakers.set(channel, breaker);
    return breaker.run(work);
  };
}

function kafkaOptions(configuration: ClusterConfiguration): KafkaOptions {
  const { brokers, topicPrefix, kafkaTls, kafkaSaslMechanism, kafkaUsername, kafkaPassword } =
    configuration;
  const login = { username: kafkaUsername, password: kafkaPassword };
  const common = { brokers, topicPrefix, clientId: 'parity', ...(kafkaTls ? { ssl: true } : {}) };
  return kafkaSaslMechanism === ''
    ? common
    : { ...common, sasl: { mechanism: kafkaSaslMechanism, ...login } };
}

/** Services over the configured PostgreSQL and the real network. @throws ParityError CONFIG_INVALID, VAULT_KEY_INVALID */
export function nodeServices(
  configuration: ServiceConfiguration,
  environment: SystemEnvironment,
): Services {
  const defaults = Object.fromEntries(
    CHANNEL_TYPES.map((channel) => [channel, channelEntry(channel).hosts]),
  );
  const unpublished = Object.fromEntries(
    CHANNEL_TYPES.map((channel) => [channel, channelEntry(channel).unpublishedHosts ?? []]),
  );
  const baseUrls = replaceBaseUrls(defaults, configuration.channelUrls, unpublished);
  const database = openDatabase(
    {
      connectionString: configuration.postgresUrl,
      maxConnections: configuration.postgresConnections,
    },
    environment,
  );
  return createServices({
    storage: createPostgresStorage(database, environment),
    carrier: createUndiciCarrier({ baseUrls, clock: environment.clock }),
    vaultKeys: configuration.vaultKeys,
    tokenGuard: tokenGuard(environment.metrics),
    environment,
  });
}

/**
 * Starts one process: topics and schemas checked, stages running, ingress and health listening. The caller closes `ports` after `stop`.
 * @throws ParityError TOPOLOGY_INVALID, SCHEMA_INCOMPATIBLE, LOG_UNAVAILABLE and REGISTRY_UNAVAILABLE after 30 s, and those of `nodeServices`
 */
export async function startNode(
  configuration: Configuration,
  environment: SystemEnvironment,
  ports: LogPorts,
  stages: readonly RunnableStage[],
): Promise<Node> {
  assertValid(TOPOLOGY);
  const { log } = ports;
  const specs = topicSpecs(TOPOLOGY, configuration.replication);
  const drift = await patiently(environment, 'looking at the topics', () =>
    prepareCluster(log.admin, specs),
  );
  for (const { topic, message } of drift)
    environment.logger.warn({ topic, code: 'TOPIC_DRIFT' }, message);
  const ids = await patiently(environment, 'registering the schemas', () =>
    registerSchemas(ports.registry, configuration.topicPrefix),
  );
  const serde = createSerde(ids, environment.clock);
  const services = nodeServices(configuration, environment);
  const opened: { close(): Promise<unknown> }[] = [services];
  try {
    const pipelinePorts = {
      environment,
      log,
      serde,
      topology: TOPOLOGY,
      storage: services.storage,
      transport: services.transport,
      budgets: services.budgets,
      webhookSecrets: (connection: Connection) =>
        services.webhookSecrets.of(connection.tenant_id, connection.connection_id),
      login: services.logins,
      takesHints: (channel: string) => configuration.channelUrls[channel]?.hint !== undefined,
      limits: { sessionTimeoutMs: configuration.sessionTimeoutMs },
    };
    const pipeline = await patiently(environment, 'starting the stages', () =>
      startPipeline(pipelinePorts, stages),
    );
    opened.unshift({ close: () => pipeline.stop() });
    const health = healthServer({
      clock: environment.clock,
      metrics: environment.metrics,
      status: () => pipeline.status(),
    });
    opened.unshift(health);
    const healthUrl = await listen(health, configuration.healthHost, configuration.healthPort);
    const { receiver, documents } = pipeline;
    const ingress =
      receiver && documents
        ? ingressServer([
            webhookRoutes(receiver),
            documentRoutes(documents, configuration.publicUrl),
          ])
        : null;
    if (ingress) opened.unshift(ingress);
    const ingressUrl = ingress
      ? await listen(ingress, configuration.ingressHost, configuration.ingressPort)
      : null;
    let stopping: Promise<void> | undefined;
    const stop = () => (stopping ??= closeAll(opened));
    return { pipeline, services, ingressUrl, healthUrl, stop };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** In order: what takes work first, then what does it, then what it does it with. */
async function closeAll(opened: readonly { close(): Promise<unknown> }[]): Promise<void> {
  for (const part of opened) await part.close();
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo;
  return `http://${host}:${address.port}`;
}
