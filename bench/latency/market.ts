import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { importProperty } from '../../cli/import/import-property.ts';
import { nodeServices } from '../../cli/node.ts';
import type { Services } from '../../cli/services.ts';
import { PipelineChild } from '../../cli/up/pipeline-host.ts';
import { until } from '../../local/until.ts';
import { parseConfiguration } from '../../runtime/config/load.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import type { Environment } from '../../runtime/ports.ts';
import { addDays, dateIn, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { AIRBNB_DEFAULTS, BOOKING_COM_DEFAULTS } from '../../simulators/index.ts';
import { migrate } from '../../storage/migrate.ts';
import { prepareCluster, topicSpecs } from '../../topology/cluster.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import type { World } from '../world.ts';
import { CURRENCY, type Home, homes, NIGHT_PRICE, type Sale, TENANT, TIME_ZONE } from './homes.ts';
import { type SimulatedSide, type Simulators, startSimulators } from './simulators.ts';

/** Homes on sale at the simulated platforms, and the pipeline that keeps them in step; each in a process of its own. */
export interface Market {
  readonly simulators: Simulators;
  readonly pipeline: PipelineChild;
  /** A night so many days from today. */
  day(days: number): PlainDate;
  /** Of the whole run; a measurement with any is none. */
  violations(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** Nights that are priced and so on sale. */
const NIGHTS_ON_SALE = 480;
const QUIET_MS = 3_000;
const WEBHOOK_SECRET = 'simulated-webhook-secret';
const BOOKING_CREDENTIAL = '7d000000-0000-4000-8000-000000000001';
const SETTLES_WITHIN_MS = 180_000;

/** Starts everything and waits until all homes are open everywhere and nothing more is sent. */
export async function openMarket(
  world: World,
  onProgress: (line: string) => void,
): Promise<Market> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    await migrate(world.stack.postgresUrl);
    const simulators = await startSimulators();
    opened.push(() => simulators.stop());
    const values = settings(world, simulators);
    const services = nodeServices(parseConfiguration(values), world.environment);
    opened.push(() => services.close());
    await createTopics(world);
    const pipeline = await PipelineChild.start(values);
    opened.push(() => pipeline.stop());
    const furnishing = new Furnishing(services, simulators, pipeline, world);
    opened.push(() => furnishing.close());
    onProgress('the pipeline is up; homes go live');
    await Promise.race([furnishing.furnish(), pipeline.failed]);
    await settled(simulators);
    onProgress(`${homes.length} homes are on sale`);
    return {
      simulators,
      pipeline,
      day: dayFromToday,
      violations: async () => ({
        ...(await simulators.airbnb.violations()),
        ...(await simulators.booking.violations()),
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function settings({ stack }: World, { airbnb, booking }: Simulators): Record<string, string> {
  const hosts = {
    airbnb: { api: airbnb.url },
    booking_com: { ari: booking.url, reservations: booking.url, auth: booking.url },
  };
  return {
    PARITY_BROKERS: stack.brokers.join(','),
    PARITY_REGISTRY_URL: stack.registryUrl ?? '',
    PARITY_POSTGRES_URL: stack.postgresUrl,
    PARITY_REPLICATION: '1',
    PARITY_VAULT_KEYS: randomBytes(32).toString('base64url').padEnd(44, '='),
    PARITY_CHANNEL_URLS: JSON.stringify(hosts),
    PARITY_INGRESS_PORT: '0',
    PARITY_HEALTH_PORT: '0',
    PARITY_LOG_LEVEL: 'error',
  };
}

async function createTopics({ environment, stack }: World): Promise<void> {
  const log = new KafkaEventLog(
    { brokers: stack.brokers, clientId: 'bench', topicPrefix: '' },
    environment,
  );
  try {
    await prepareCluster(log.admin, topicSpecs(TOPOLOGY, 1));
  } finally {
    await log.close();
  }
}

function dayFromToday(days: number): PlainDate {
  return addDays(dateIn(TIME_ZONE, Date.now()), days);
}

/** Every home is open to its last night, and the platforms have heard nothing for a while. */
async function settled({ airbnb, booking }: Simulators): Promise<void> {
  const last = { from: dayFromToday(NIGHTS_ON_SALE - 1), to: dayFromToday(NIGHTS_ON_SALE) };
  const priced = async (side: SimulatedSide, sale: Sale) => {
    const [night] = await side.calendar(sale.unit, last.from, last.to);
    return night?.sellable === true && night.rates[sale.ratePlanId]?.price === NIGHT_PRICE;
  };
  for (const home of homes) {
    await until('a home is on sale', () => priced(airbnb, home.airbnb), SETTLES_WITHIN_MS);
    const { booking: sale } = home;
    if (sale) await until('a home is on sale', () => priced(booking, sale), SETTLES_WITHIN_MS);
  }
  let count = -1;
  let since = performance.now();
  await until('no more requests', async () => {
    const now = (await airbnb.requestCount()) + (await booking.requestCount());
    if (now !== count) since = performance.now();
    count = now;
    return performance.now() - since > QUIET_MS;
  });
}

/** Brings homes from nothing to active, as the operator does. */
class Furnishing {
  readonly #services: Services;
  readonly #simulators: Simulators;
  readonly #pipeline: PipelineChild;
  readonly #environment: Environment;
  readonly #database: pg.Pool;

  constructor(
    services: Services,
    simulators: Simulators,
    pipeline: PipelineChild,
    { environment, stack }: World,
  ) {
    this.#services = services;
    this.#simulators = simulators;
    this.#pipeline = pipeline;
    this.#environment = environment;
    this.#database = new pg.Pool({ connectionString: stack.postgresUrl, max: 2 });
  }

  async close(): Promise<void> {
    await this.#database.end();
  }

  async furnish(): Promise<void> {
    const { credentials, storage } = this.#services;
    await storage.desk.registerTenant(TENANT, 'Bench');
    const [client, secret] = Object.entries(BOOKING_COM_DEFAULTS.accounts)[0] ?? ['', ''];
    const channel = homes[0]?.booking?.channel;
    if (channel !== undefined) {
      await credentials.create({
        id: BOOKING_CREDENTIAL,
        tenantId: null,
        channel,
        clientId: client,
        clientSecret: secret,
        refreshToken: null,
      });
    }
    const hosts = [...new Set(homes.map(({ airbnb }) => airbnb.accountId))];
    for (const host of hosts) await this.#host(host);
    for (const home of homes) await this.#home(home);
    const sales = homes.flatMap(({ airbnb, booking }) => (booking ? [airbnb, booking] : [airbnb]));
    for (const sale of sales) await this.#imported(sale);
  }

  async #host(id: string): Promise<void> {
    const channel = homes[0]?.airbnb.channel;
    if (channel === undefined) return;
    await this.#simulators.airbnb.create('hosts', { id });
    await this.#services.credentials.create({
      id: hostCredential(id),
      tenantId: TENANT,
      channel,
      clientId: AIRBNB_DEFAULTS.clientId,
      clientSecret: AIRBNB_DEFAULTS.clientSecret,
      refreshToken: `refresh-${id}`,
    });
  }

  async #home({ propertyId, airbnb, booking }: Home): Promise<void> {
    const { desk, snapshots } = this.#services.storage;
    await desk.registerProperty(TENANT, {
      id: propertyId,
      name: `Home ${airbnb.listing}`,
      timeZone: TIME_ZONE,
      currency: CURRENCY,
      maxGuests: 4,
    });
    const nights = { start: dayFromToday(0), end: dayFromToday(NIGHTS_ON_SALE) };
    await desk.price(TENANT, propertyId, nights, CURRENCY, NIGHT_PRICE);
    await importProperty(snapshots, TENANT, propertyId, this.#environment);
    await this.#simulators.airbnb.create('listings', { id: airbnb.unit, host: airbnb.accountId });
    await this.#connect(propertyId, airbnb, hostCredential(airbnb.accountId));
    if (!booking) return;
    const rates = [{ id: booking.ratePlanId, name: 'Standard' }];
    const rooms = [{ id: booking.unit, units: 1, rates }];
    await this.#simulators.booking.create('hotels', { id: booking.listing, rooms });
    await this.#connect(propertyId, booking, BOOKING_CREDENTIAL);
  }

  async #connect(propertyId: Home['propertyId'], sale: Sale, credentialId: string): Promise<void> {
    const { connections, webhookSecrets } = this.#services;
    await connections.create(TENANT, {
      id: sale.connectionId,
      propertyId,
      channel: sale.channel,
      listing: sale.listing,
      roomId: sale.roomId,
      channelAccountId: sale.accountId,
      ratePlans: [{ rate_plan_id: sale.ratePlanId, adjustment: null }],
      currency: CURRENCY,
      credentialId,
    });
    await webhookSecrets.set(TENANT, sale.connectionId, WEBHOOK_SECRET);
    const side = sale.roomId === null ? this.#simulators.airbnb : this.#simulators.booking;
    const { ingressUrl } = this.#pipeline.addresses;
    await side.create('webhooks', {
      scope: sale.listing,
      url: `${ingressUrl}/webhooks/${sale.channel}/${sale.connectionId}`,
      secret: WEBHOOK_SECRET,
    });
    await connections.startImport(TENANT, sale.connectionId);
  }

  /** Waits until what the channel lists is in, and lets openings leave. */
  async #imported({ connectionId }: Sale): Promise<void> {
    const { connections } = this.#services;
    await until(
      `the import of ${connectionId}`,
      async () => {
        const { rows } = await this.#database.query(
          "SELECT 1 FROM channel_sync_logs WHERE channel_connection_id = $1 AND sync_type = 'booking_import' AND status = 'success'",
          [connectionId],
        );
        return rows.length > 0;
      },
      SETTLES_WITHIN_MS,
    );
    await connections.finishImport(TENANT, connectionId);
    await connections.activate(TENANT, connectionId);
  }
}

function hostCredential(host: string): string {
  return `7d000001-0000-4000-8000-${host.padStart(12, '0')}`;
}
