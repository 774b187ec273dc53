import { randomBytes, randomUUID } from 'node:crypto';
import { Connections } from '../../accounts/connections.ts';
import { Credentials } from '../../accounts/credentials/credentials.ts';
import { sendOver } from '../../accounts/credentials/token-sender.ts';
import { createLogins } from '../../accounts/logins.ts';
import { Operations } from '../../accounts/operations.ts';
import { createVault } from '../../accounts/vault/vault.ts';
import { createWebhookSecrets } from '../../accounts/webhook-secrets.ts';
import { importProperty } from '../../cli/import/import-property.ts';
import { type Pipeline, RUNNABLE_STAGES, startPipeline } from '../../cli/pipeline.ts';
import type { Change, Connector } from '../../connectors/contract.ts';
import { authenticatorOf, connectorOf } from '../../connectors/registry.ts';
import { testContent } from '../../connectors/testing/content.ts';
import { createInProcessCarrier } from '../../connectors/transport/in-process.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import { createTransport } from '../../connectors/transport/transport.ts';
import { Budgets } from '../../processors/limits/budgets.ts';
import { tokenSlots } from '../../processors/limits/request-budgets.ts';
import { MemoryBroker } from '../../runtime/log/memory/broker.ts';
import { type VirtualProcess, VirtualTime } from '../../runtime/testing/virtual-time.ts';
import type { ConnectionId, PropertyId, RatePlanId, TenantId } from '../../schemas/domain/ids.ts';
import { addDays, dateIn, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Alert, DateRange, PropertyContent } from '../../schemas/generated/types.ts';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde } from '../../schemas/serde.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import { commandMessage } from '../../storage/ports/outbox.ts';
import type { PropertyRegistration } from '../../storage/ports/pms-desk.ts';
import { instantEnvironment } from '../../storage/testing/environment.ts';
import { topicSpecs } from '../../topology/cluster.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import type { Fixture, Market, Room } from './platforms.ts';

/** A write as it left. */
export interface Write {
  readonly home: Home;
  readonly endpoint: string;
  readonly body: string;
  readonly changes: readonly Change[];
}

export interface Home extends Room {
  readonly propertyId: PropertyId;
  readonly connectionId: ConnectionId;
}

const START = Date.parse('2026-11-01T08:30:00Z');
export const TENANT = 'c0ffee00-0000-4000-8000-000000000001' as TenantId;
export const CREDENTIAL = 'c0ffee00-0000-4000-8000-0000000000cc';
const SECRET = 'a secret of the webhook';
/** Longer than everything that is going on, with its retries, takes. */
const QUIET_MS = 4_000;

/**
 * A PMS with two homes on one simulated platform, and the whole pipeline between them, in one process under virtual time: what leaves here
 * leaves because the PMS said something.
 */
export class House {
  readonly time = new VirtualTime({ seed: 11, start: START });
  readonly connector: Connector;
  readonly market: Market;
  readonly homes: readonly [Home, Home];
  readonly writes: Write[] = [];
  readonly operations: Operations;
  readonly storage;
  readonly #fixture: Fixture;
  readonly #takesHints: boolean;
  readonly #database = new MemoryDatabase();
  readonly #pms: VirtualProcess;
  readonly #vault;
  readonly #connections: Connections;
  #pipeline: Pipeline | null = null;

  /** @param takesHints the operator has named an address for hints of the channel */
  static async open(fixture: Fixture, takesHints = false): Promise<House> {
    const house = new House(fixture, takesHints);
    await house.#start();
    return house;
  }

  private constructor(fixture: Fixture, takesHints: boolean) {
    this.#fixture = fixture;
    this.#takesHints = takesHints;
    const connector = connectorOf(fixture.channel);
    if (!connector) throw new RangeError(`there is no connector for ${fixture.channel}`);
    this.connector = connector;
    const host = this.time.process('platform');
    const ports = { clock: host, timers: host, random: () => this.time.random.next() };
    this.market = fixture.build(
      ports,
      (url, headers, body) => this.#webhook(url, headers, body),
      (url, headers) => this.#document(url, headers),
    );
    const [first, second] = this.market.rooms;
    this.homes = [this.#home(first, 0), this.#home(second, 1)];
    this.#pms = this.time.process('pms');
    const environment = this.#environment(this.#pms);
    this.#vault = createVault([Buffer.alloc(32, 'certification').toString('base64url')], {
      clock: this.#pms,
      randomBytes,
    });
    this.storage = createMemoryStorage({ database: this.#database, environment });
    this.#connections = new Connections({
      store: this.storage.connections,
      platformFamilyOf: () => connector.manifest.platformFamily,
      environment,
    });
    this.operations = new Operations({ ...this.storage, environment });
  }

  get today(): PlainDate {
    return dateIn('UTC', this.#pms.now());
  }

  /** Nights from so many days ahead on. */
  nights(ahead: number, count = 1): DateRange {
    const start = addDays(this.today, ahead);
    return { start, end: addDays(start, count) };
  }

  /** Both homes come on sale; `price`: of the night so many days ahead, minor units. Answers the writes of that. */
  async goLive(days: number, price: (ahead: number) => number): Promise<readonly Write[]> {
    const { desk } = this.storage;
    await this.during(desk.registerTenant(TENANT, 'Certification'));
    for (const home of this.homes) {
      const { propertyId: id } = home;
      const property = this.#describe(id);
      await this.during(desk.registerProperty(TENANT, property));
      for (let ahead = 0; ahead < days; ahead += 1)
        await this.during(desk.price(TENANT, id, this.nights(ahead), 'EUR', price(ahead)));
      await this.during(
        importProperty(this.storage.snapshots, TENANT, id, this.#environment(this.#pms)).then(
          () => undefined,
        ),
      );
      await this.#connect(home);
    }
    return this.settle();
  }

  /** The home as the PMS describes it, with what the changes say. */
  describe(
    { propertyId }: Home,
    changes: Partial<PropertyRegistration> & { readonly content?: PropertyContent | null },
  ): Promise<void> {
    const { content, ...rest } = changes;
    const home = this.#describe(propertyId);
    const details = content === undefined ? home.details : { ...home.details, content };
    return this.storage.desk.registerProperty(TENANT, { ...home, ...rest, details });
  }

  /** Does something at the PMS; answers the writes that follow from it. */
  async after(doing: Promise<unknown>): Promise<readonly Write[]> {
    await this.during(doing);
    return this.settle();
  }

  /** Lets time pass until somebody outside is done. */
  async during<T>(doing: Promise<T>): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
    };
    doing.then(end, end);
    await this.time.until(() => over);
    return doing;
  }

  /** Lets time pass until nothing has left for so long; answers what left since the last look. */
  async settle(quietMs = QUIET_MS): Promise<readonly Write[]> {
    for (;;) {
      const before = this.writes.length;
      await this.time.advance(quietMs);
      if (this.writes.length === before) return this.writes.splice(0);
    }
  }

  /** What owners were told, oldest first. */
  alerts(): Promise<readonly Alert[]> {
    return this.during(
      this.#database.transaction(TENANT, (tx) => {
        const rows = tx.table('alerts').values();
        const told = rows.map(({ row }) => row).sort((a, b) => a.raised_at - b.raised_at);
        return Promise.resolve(told);
      }),
    );
  }

  /** A night that the channel holds for a reason of its own, as reconciliation reports it. */
  async hold({ connectionId, propertyId }: Home, nights: DateRange): Promise<void> {
    const command = {
      command_id: randomUUID(),
      connection_id: connectionId,
      tenant_id: TENANT,
      issued_at: this.#pms.now(),
      issued_by: 'reconciliation',
      command: { 'parity.events.Hold': { nights, code: 'HELD' } },
    };
    await this.during(this.storage.outbox.append(TENANT, [commandMessage(command, propertyId)]));
    await this.time.advance(QUIET_MS);
  }

  async close(): Promise<void> {
    await this.during(this.#pipeline?.stop() ?? Promise.resolve());
    this.market.platform.stop();
  }

  #describe(id: PropertyId) {
    const { address, fees, taxes, landing_url, content } = testContent().property;
    const details = { address, fees, taxes, landing_url, content };
    return { id, name: id, timeZone: 'UTC', currency: 'EUR', maxGuests: 4, details };
  }

  async #start(): Promise<void> {
    const host = this.time.process('pipeline');
    const environment = this.#environment(host);
    const topology = { ...TOPOLOGY, partitions: 2 };
    const broker = new MemoryBroker({
      clock: host,
      timers: host,
      random: this.time.random,
      latencies: { networkMs: 1, fetchMs: 1, requestTimeoutMs: 5_000 },
    });
    for (const spec of topicSpecs(topology, 1)) broker.topics.create(spec);
    const storage = createMemoryStorage({ database: this.#database, environment });
    const budgets = new Budgets({
      store: storage.budgets,
      environment,
      manifestOf: (channel) => connectorOf(channel)?.manifest,
    });
    const transport = this.#transport(host, storage.credentials, budgets);
    const secrets = createWebhookSecrets(storage.connections, this.#vault);
    const serde = createSerde(await registerSchemas(new MemoryRegistry()), host);
    const starting = startPipeline(
      {
        environment,
        log: broker.connect(environment),
        serde,
        topology,
        storage,
        transport,
        budgets,
        webhookSecrets: ({ tenant_id, connection_id }) => secrets.of(tenant_id, connection_id),
        takesHints: () => this.#takesHints,
        login: createLogins(storage.credentials, this.#vault),
      },
      RUNNABLE_STAGES,
    ).then((pipeline) => {
      this.#pipeline = pipeline;
    });
    await this.during(starting);
  }

  /** The product's transport; writes that leave are remembered. */
  #transport(
    host: VirtualProcess,
    store: ConstructorParameters<typeof Credentials>[0]['store'],
    budgets: Budgets,
  ): ChannelTransport {
    const carrier = createInProcessCarrier(({ method, path, headers, body }) => {
      const [plain = '', query] = path.split('?');
      return this.market.platform.handle({
        method,
        path: plain,
        query: Object.fromEntries(new URLSearchParams(query)),
        headers,
        body,
      });
    }, host);
    const environment = this.#environment(host);
    const credentials = new Credentials({
      store,
      vault: this.#vault,
      send: sendOver(() => transport, tokenSlots(budgets), host),
      authenticatorOf,
      environment,
    });
    const transport = createTransport(carrier, { ...environment, credentials });
    return {
      close: () => transport.close(),
      send: (channel, request, options) => {
        const atSocket = () => {
          if (options.atSocket?.() === false) return false;
          if ('changes' in request)
            this.#remember(request.endpoint, request.body ?? '', request.changes as Change[]);
          return true;
        };
        return transport.send(channel, request, { ...options, atSocket });
      },
    };
  }

  #remember(endpoint: string, body: string, changes: readonly Change[]): void {
    const unit = this.#fixture.unitOf(body);
    const home = this.homes.find((one) => one.unit === unit);
    if (!home) throw new RangeError(`a write to nobody's unit ${unit}`);
    this.writes.push({ home, endpoint, body, changes });
  }

  async #connect({
    propertyId,
    connectionId: id,
    listing,
    unit,
    roomId,
    account,
    ratePlans,
  }: Home) {
    const { channel } = this.#fixture;
    const url = `/webhooks/${channel}/${id}`;
    if (id === this.homes[0].connectionId) await this.during(this.#authorise());
    const created = this.#connections.create(TENANT, {
      id,
      propertyId,
      channel,
      listing,
      roomId,
      channelAccountId: account,
      credentialId: CREDENTIAL,
      ratePlans: ratePlans.map(({ id: plan, adjustment }) => ({
        rate_plan_id: plan as RatePlanId,
        adjustment,
      })),
      webhookUrl: url,
    });
    await this.during(created);
    await this.during(
      createWebhookSecrets(this.storage.connections, this.#vault).set(TENANT, id, SECRET),
    );
    const { platform } = this.market;
    platform.webhooks.subscribe({ scope: platform.targetOf(unit), url, secret: SECRET });
    for (const step of ['startImport', 'finishImport', 'activate'] as const)
      await this.during(this.#connections[step](TENANT, id));
  }

  #authorise(): Promise<void> {
    const { channel } = this.#fixture;
    const credentials = new Credentials({
      store: this.storage.credentials,
      vault: this.#vault,
      send: () => Promise.reject(new Error('the PMS asks for no tokens')),
      authenticatorOf,
      environment: this.#environment(this.#pms),
    });
    return credentials.create({
      ...this.market.credential,
      id: CREDENTIAL,
      tenantId: TENANT,
      channel,
    });
  }

  async #webhook(url: string, headers: Readonly<Record<string, string>>, body: string) {
    const receiver = this.#pipeline?.receiver;
    if (!receiver) throw new Error('connection refused');
    const [, , channel = '', connectionId = ''] = url.split('/');
    const request = { method: 'POST', url, headers, body: new TextEncoder().encode(body) };
    return (await receiver.receive(channel, connectionId, request)).status;
  }

  /** A platform that fetches comes for a document, and gets all of it. */
  async #document(url: string, headers: Readonly<Record<string, string>>) {
    const documents = this.#pipeline?.documents;
    if (!documents) throw new Error('connection refused');
    const { origin, pathname } = new URL(url);
    const [, , channel = '', credentialId = '', ...rest] = pathname.split('/');
    const kind = rest.at(-1) ?? '';
    const connectionId = rest.length > 1 ? (rest[0] ?? null) : null;
    const answer = await documents.serve({
      channel,
      credentialId,
      connectionId,
      kind,
      headers,
      baseUrl: origin,
    });
    void answer.sent?.();
    return answer;
  }

  #home(room: Room, index: number): Home {
    return {
      ...room,
      propertyId: `c0ffee00-0000-4000-8000-0000000000a${index}` as PropertyId,
      connectionId: `c0ffee00-0000-4000-8000-0000000000b${index}` as ConnectionId,
    };
  }

  #environment(host: VirtualProcess) {
    return { ...instantEnvironment(), clock: host, timers: host, random: this.time.random };
  }
}
