import pg from 'pg';
import { nodeServices } from '../../cli/node.ts';
import type { Services } from '../../cli/services.ts';
import { PipelineChild } from '../../cli/up/pipeline-host.ts';
import { until } from '../../local/until.ts';
import { parseConfiguration } from '../../runtime/config/load.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { AIRBNB_DEFAULTS, BOOKING_COM_DEFAULTS } from '../../simulators/index.ts';
import { migrate } from '../../storage/migrate.ts';
import { type Closable, opening } from '../market/opening.ts';
import { createTopics, pipelineSettings } from '../market/pipeline.ts';
import {
  connect,
  dayFromToday,
  everythingOnSale,
  quiet,
  registerHome,
  type Sale,
  TENANT,
} from '../market/selling.ts';
import { type Simulators, startSimulators } from '../market/simulators.ts';
import type { World } from '../world.ts';
import { type Home, homes } from './homes.ts';

/** Homes on sale at the simulated platforms, and the pipeline that keeps them in step; each in a process of its own. */
export interface Market extends Closable {
  readonly simulators: Simulators;
  readonly pipeline: PipelineChild;
  /** A night so many days from today. */
  day(days: number): PlainDate;
  /** Of the whole run; a measurement with any is none. */
  violations(): Promise<Readonly<Record<string, number>>>;
}

/** Nights that are priced and so on sale. */
const NIGHTS_ON_SALE = 480;
const WEBHOOK_SECRET = 'simulated-webhook-secret';
const BOOKING_CREDENTIAL = '7d000000-0000-4000-8000-000000000001';
const SETTLES_WITHIN_MS = 180_000;
const sales = homes.flatMap(({ airbnb, booking }) => (booking ? [airbnb, booking] : [airbnb]));
const CHANNELS = [...new Set(sales.map(({ channel }) => channel))];

/** Starts everything and waits until all homes are open everywhere and nothing more is sent. */
export function openMarket(world: World, onProgress: (line: string) => void): Promise<Market> {
  return opening(async (atEnd) => {
    await migrate(world.stack.postgresUrl);
    const simulators = await startSimulators();
    atEnd(() => simulators.stop());
    const values = pipelineSettings(world, simulators);
    const services = nodeServices(parseConfiguration(values), world.environment);
    atEnd(() => services.close());
    await createTopics(world);
    const pipeline = await PipelineChild.start(values);
    atEnd(() => pipeline.stop());
    const furnishing = new Furnishing(services, simulators, pipeline, world);
    atEnd(() => furnishing.close());
    onProgress('the pipeline is up; homes go live');
    await Promise.race([furnishing.furnish(), pipeline.failed]);
    await everythingOnSale(simulators, sales, NIGHTS_ON_SALE, SETTLES_WITHIN_MS);
    await quiet(simulators, CHANNELS, SETTLES_WITHIN_MS);
    onProgress(`${homes.length} homes are on sale`);
    return {
      simulators,
      pipeline,
      day: dayFromToday,
      violations: async () => ({
        ...(await simulators.airbnb.violations()),
        ...(await simulators.booking.violations()),
      }),
    };
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
    await registerHome(this.#services, this.#environment, propertyId, NIGHTS_ON_SALE);
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
    await connect(this.#services, propertyId, sale, credentialId);
    await webhookSecrets.set(TENANT, sale.connectionId, WEBHOOK_SECRET);
    const { ingressUrl } = this.#pipeline.addresses;
    await this.#simulators.side(sale.channel).create('webhooks', {
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
