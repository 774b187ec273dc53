import { Connections } from '../../accounts/connections.ts';
import { Credentials } from '../../accounts/credentials/credentials.ts';
import { createWebhookSecrets, type WebhookSecrets } from '../../accounts/webhook-secrets.ts';
import { importProperty } from '../../cli/import/import-property.ts';
import { authenticatorOf } from '../../connectors/registry.ts';
import type { Environment } from '../../runtime/ports.ts';
import { type DateRange, dateIn, type PlainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import { createDesk } from '../../storage/desk.ts';
import { MemoryClient } from '../../storage/memory/client.ts';
import { memoryDesk } from '../../storage/memory/desk.ts';
import { appendMessages, nextSequence } from '../../storage/memory/outbox.ts';
import { createMemorySnapshots } from '../../storage/memory/snapshots.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import { eventMessage } from '../../storage/ports/outbox.ts';
import type { PmsDesk } from '../../storage/ports/pms-desk.ts';
import type { PropertySnapshotSource } from '../../storage/ports/snapshots.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { DirectClient } from './direct-client.ts';
import { DirectProducer } from './direct-producer.ts';
import { allProperties, type PropertyPlan } from './plan.ts';
import type { World } from './world.ts';

/** PMS-Core and the people at it: the desk, and whoever sets up and runs connections. */
export class Pms {
  readonly environment: Environment;
  readonly storage: Storage;
  readonly connections: Connections;
  readonly credentials: Credentials;
  readonly secrets: WebhookSecrets;
  readonly producer: DirectProducer;
  readonly #client: MemoryClient;
  readonly #directClient: MemoryClient;
  readonly #directDesk: PmsDesk;
  readonly #directSnapshots: PropertySnapshotSource;
  readonly #foreign: ReadonlySet<string>;

  constructor(world: World) {
    const { environment } = world.outside('pms');
    const { database, connectorOf } = world;
    this.environment = environment;
    this.storage = createMemoryStorage({ database, environment });
    this.connections = new Connections({
      store: this.storage.connections,
      platformFamilyOf: (channel) => connectorOf(channel)?.manifest.platformFamily,
      environment,
    });
    this.credentials = new Credentials({
      store: this.storage.credentials,
      vault: world.vault,
      send: () =>
        Promise.reject(new ParityError('CHANNEL_UNREACHABLE', 'the PMS asks for no tokens')),
      authenticatorOf,
      environment,
    });
    this.secrets = createWebhookSecrets(this.storage.connections, world.vault);
    this.#foreign = new Set(
      allProperties(world.plan)
        .filter(({ publishing }) => publishing === 'direct_foreign')
        .map(({ id }) => id),
    );
    this.producer = new DirectProducer({
      log: world.broker.connect(environment),
      serde: world.serde,
      environment,
      partitions: world.topology.partitions,
      chance: world.chance,
      tally: world.tally,
    });
    this.#client = new MemoryClient({ database, environment });
    this.#directClient = new DirectClient({ database, environment }, (rows) => {
      for (const row of rows) this.producer.publish(row, this.#foreign.has(row.key));
    });
    this.#directDesk = createDesk(memoryDesk(this.#directClient), environment);
    this.#directSnapshots = createMemorySnapshots(this.#directClient);
  }

  /** The desk of a property, with its way of publishing. */
  desk({ publishing }: PropertyPlan): PmsDesk {
    return publishing === 'outbox' ? this.storage.desk : this.#directDesk;
  }

  /** What `parity import` does. */
  async importCalendar({ publishing, tenantId, id }: PropertyPlan): Promise<void> {
    const source = publishing === 'outbox' ? this.storage.snapshots : this.#directSnapshots;
    await importProperty(source, tenantId, id, this.environment);
  }

  /** Nights held by a checkout that may not come to its end: a block with an id that ends by itself. */
  hold(property: PropertyPlan, nights: DateRange, expiresAt: number): Promise<void> {
    const { tenantId, id: propertyId, publishing } = property;
    const client = publishing === 'outbox' ? this.#client : this.#directClient;
    const { random, clock } = this.environment;
    const blockId = `hold-${random.uuid()}`;
    return client.run('pms.hold', tenantId, async (tx) => {
      const sequence = nextSequence(client.database, tx, propertyId);
      const row = { propertyId, blockId, ...nights, expiresAt, reason: 'checkout' };
      tx.table('calendar_blocks').set(`${propertyId}/${blockId}`, { tenantId, row });
      const event = {
        event_id: random.uuid(),
        event_type: 'availability.updated',
        tenant_id: tenantId,
        property_id: propertyId,
        sequence,
        occurred_at: Math.floor(clock.now()),
        origin: null,
        payload: {
          'parity.pms.AvailabilityUpdated': {
            property_id: propertyId,
            date_range: nights,
            available: false,
            block_id: blockId,
            expires_at: expiresAt,
            reason: 'checkout',
          },
        },
      };
      appendMessages(client, tx, [eventMessage(event)]);
    });
  }

  today({ timeZone }: PropertyPlan): PlainDate {
    return dateIn(timeZone, this.environment.clock.now());
  }
}
