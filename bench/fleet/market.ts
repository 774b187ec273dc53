import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { nodeServices } from '../../cli/node.ts';
import type { Services } from '../../cli/services.ts';
import { PipelineChild } from '../../cli/up/pipeline-host.ts';
import { until } from '../../local/until.ts';
import { parseConfiguration } from '../../runtime/config/load.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { addDays, dateIn, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { migrate } from '../../storage/migrate.ts';
import { prepareCluster, topicSpecs } from '../../topology/cluster.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { NIGHT_PRICE, TIME_ZONE } from '../latency/homes.ts';
import { type Simulators, startSimulators } from '../latency/simulators.ts';
import type { World } from '../world.ts';
import { furnish } from './furnishing.ts';
import { type FleetSale, fleet } from './homes.ts';

/** The fleet on sale at four simulated platforms, kept in step by two processes of the pipeline; platforms and pipelines each on their own. */
export interface FleetMarket {
  readonly simulators: Simulators;
  readonly pipelines: readonly PipelineChild[];
  /** Name on the cluster of a topic of this pipeline. */
  topic(name: string): string;
  /** A night so many days from today. */
  day(days: number): PlainDate;
  /** Rejects when a pipeline ends by itself. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** Fewer than the shortest horizon, which is Google's. */
export const NIGHTS_ON_SALE = 320;
/** Longest that the issue allows a platform to think, ms. */
export const ANSWER_MS = 20;
const PREFIX = 'fleet-';
const DATABASE = 'parity_fleet';
const PIPELINES = 2;
const QUIET_MS = 3_000;
const SETTLES_WITHIN_MS = 240_000;

/** Starts everything beside the stack and waits until all is on sale and nothing more is sent. */
export async function openFleetMarket(
  world: World,
  onProgress: (line: string) => void,
): Promise<FleetMarket> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const postgresUrl = await ownDatabase(world.stack.postgresUrl);
    const simulators = await startSimulators();
    opened.push(() => simulators.stop());
    for (const channel of channels()) await simulators.side(channel).answerWithin(ANSWER_MS);
    const values = settings(world, simulators, postgresUrl);
    const services: Services = nodeServices(parseConfiguration(values), world.environment);
    opened.push(() => services.close());
    await createTopics(world);
    const pipelines: PipelineChild[] = [];
    for (let started = 0; started < PIPELINES; started += 1) {
      const pipeline = await PipelineChild.start(values);
      opened.push(() => pipeline.stop());
      pipelines.push(pipeline);
    }
    const failed = Promise.race(pipelines.map((pipeline) => pipeline.failed));
    failed.catch(() => undefined);
    onProgress(`${PIPELINES} pipelines are up; the fleet goes live`);
    const live = furnish(services, simulators, world.environment, dayFromToday(0), NIGHTS_ON_SALE);
    await Promise.race([live, failed]);
    await Promise.race([everythingOnSale(simulators), failed]);
    await quiet(simulators);
    onProgress(`${sales().length} connections of ${fleet.length} homes are on sale`);
    const topic = (name: string) => PREFIX + name;
    return { simulators, pipelines, topic, day: dayFromToday, failed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export function sales(): readonly FleetSale[] {
  return fleet.flatMap((home) => home.sales);
}

export function channels(): readonly string[] {
  return [...new Set(sales().map(({ channel }) => channel))];
}

/** The platforms have heard nothing for a while. */
export async function quiet(simulators: Simulators): Promise<void> {
  let last = '';
  let since = performance.now();
  await until(
    'no more requests',
    async () => {
      const counts = await Promise.all(
        channels().map((channel) => simulators.side(channel).writeCount()),
      );
      const now = counts.join(' ');
      if (now !== last) since = performance.now();
      last = now;
      return performance.now() - since > QUIET_MS;
    },
    SETTLES_WITHIN_MS,
  );
}

async function everythingOnSale(simulators: Simulators): Promise<void> {
  const [from, to] = [dayFromToday(NIGHTS_ON_SALE - 1), dayFromToday(NIGHTS_ON_SALE)];
  for (const { channel, unit, ratePlanId } of sales())
    await until(
      `${unit} at ${channel} is on sale`,
      async () => {
        const [night] = await simulators.side(channel).calendar(unit, from, to);
        return night?.sellable === true && night.rates[ratePlanId]?.price === NIGHT_PRICE;
      },
      SETTLES_WITHIN_MS,
    );
}

/** A database beside that of the other parts, whose homes would be sold here too. */
async function ownDatabase(postgresUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
  const url = new URL(postgresUrl);
  url.pathname = `/${DATABASE}`;
  await migrate(url.href);
  return url.href;
}

function settings(
  { stack }: World,
  simulators: Simulators,
  postgresUrl: string,
): Record<string, string> {
  const [airbnb, booking, expedia, google] = ['airbnb', 'booking_com', 'expedia', 'google'].map(
    (channel) => simulators.side(channel).url,
  );
  const hosts = {
    airbnb: { api: airbnb },
    booking_com: { ari: booking, reservations: booking, auth: booking },
    expedia: { eqc: expedia },
    google: { uploads: google },
  };
  return {
    PARITY_BROKERS: stack.brokers.join(','),
    PARITY_TOPIC_PREFIX: PREFIX,
    PARITY_REGISTRY_URL: stack.registryUrl ?? '',
    PARITY_POSTGRES_URL: postgresUrl,
    PARITY_REPLICATION: '1',
    PARITY_VAULT_KEYS: randomBytes(32).toString('base64url').padEnd(44, '='),
    PARITY_CHANNEL_URLS: JSON.stringify(hosts),
    PARITY_INGRESS_PORT: '0',
    PARITY_HEALTH_PORT: '0',
    PARITY_LOG_LEVEL: 'error',
  };
}

async function createTopics({ environment, stack }: World): Promise<void> {
  const options = { brokers: stack.brokers, clientId: 'bench', topicPrefix: PREFIX };
  const log = new KafkaEventLog(options, environment);
  try {
    await prepareCluster(log.admin, topicSpecs(TOPOLOGY, 1));
  } finally {
    await log.close();
  }
}

function dayFromToday(days: number): PlainDate {
  return addDays(dateIn(TIME_ZONE, Date.now()), days);
}
