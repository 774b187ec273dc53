import { createVault, type Vault } from '../../accounts/vault/vault.ts';
import { createWebhookSecrets } from '../../accounts/webhook-secrets.ts';
import type { ChannelRequest, Connector } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import type { EventLog } from '../../runtime/event-log.ts';
import { MemoryBroker } from '../../runtime/log/memory/broker.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { RunnerLimits } from '../../runtime/runner/options.ts';
import { type VirtualProcess, VirtualTime } from '../../runtime/testing/virtual-time.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas, type SchemaIds } from '../../schemas/registry/registration.ts';
import { createSerde, type Serde } from '../../schemas/serde.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import type { BudgetStore } from '../../storage/ports/budgets.ts';
import type { Storage } from '../../storage/ports/storage.ts';
import { topicSpecs } from '../../topology/cluster.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import type { Topology } from '../../topology/types.ts';
import { Chance } from '../chance.ts';
import { Digest } from '../digest.ts';
import { DatabaseFaults } from '../faults/database.ts';
import { watchBreakers } from '../observers/breakers.ts';
import { CommitWatch } from '../observers/commits.ts';
import { DoubtfulOpenings } from '../observers/doubtful-openings.ts';
import { LogScan } from '../observers/log-scan.ts';
import { RequestLog } from '../observers/request-log.ts';
import { ServedDocuments } from '../observers/served-documents.ts';
import { countTransitions } from '../observers/transitions.ts';
import { Tally } from '../tally.ts';
import { Violations } from '../violation.ts';
import { CHANNEL_SETUPS, type Channel, shortSightedConnectors } from './channels.ts';
import { DocumentRoute } from './document-route.ts';
import { environmentOf, type Trace } from './environment.ts';
import { Network } from './network.ts';
import { allConnections, type ConnectionPlan, drawPlan, type Plan } from './plan.ts';
import { PipelineProcess } from './process.ts';
import { UnderWay } from './under-way.ts';
import { WebhookRoute } from './webhook-route.ts';

/** Stands between the product and its ports; how a test breaks what the product gets right. */
export interface Decorators {
  log?(inner: EventLog): EventLog;
  transport?(inner: ChannelTransport): ChannelTransport;
  budgets?(inner: BudgetStore): BudgetStore;
  connector?(inner: Connector): Connector;
}

export interface WorldOptions {
  readonly decorate?: Decorators;
  readonly trace?: Trace;
  readonly keepTrail?: boolean;
  /** Looks into the world: at rest before and after the replay, and when all is over. */
  readonly inspect?: Inspect;
}

export type Inspect = (world: World, phase: 'rest' | 'replayed' | 'over') => void | Promise<void>;

/** Longer than an owner needs to write again what a zombie wrote over. An hour in production; a run is shorter than that. */
const COMPACTION_LAG_MS = 150_000;
const LATENCIES = { networkMs: 3, fetchMs: 3, requestTimeoutMs: 5_000 };
/** How long a supervisor takes to start a process again, ms. */
const RESTART_MS = { soonest: 300, latest: 12_000 };
const SESSION_TIMEOUTS_MS = [10_000, 20_000, 30_000] as const;
/** How far the wall clock of a process is ahead or behind at most, ms. */
export const LARGEST_SKEW_MS = 3_000;
const VAULT_KEY = Buffer.alloc(32, 'simulation').toString('base64url');

let schemaIds: Promise<SchemaIds> | undefined;

/** Everything that exists in one run: log, database, platforms, processes, and the observers of all of it. */
export class World {
  readonly chance: Chance;
  readonly plan: Plan;
  readonly time: VirtualTime;
  /** Timers of what is no process of ours. */
  readonly host: VirtualProcess;
  readonly tally = new Tally();
  readonly digest: Digest;
  readonly violations: Violations;
  readonly requests = new RequestLog();
  readonly topology: Topology;
  readonly serde: Serde;
  readonly broker: MemoryBroker;
  readonly database = new MemoryDatabase();
  readonly databaseFaults: DatabaseFaults;
  /** The tables of the log as a reader sees them who misses nothing. */
  readonly log: LogScan;
  readonly commits: CommitWatch;
  readonly vault: Vault;
  readonly network: Network;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly webhooks: WebhookRoute;
  readonly fetches: DocumentRoute;
  /** What crawlers were given. */
  readonly documents: ServedDocuments;
  readonly connectorOf: (channel: ChannelType) => Connector | undefined;
  readonly limits: Partial<RunnerLimits>;
  readonly decorate: Decorators;
  readonly trace: Trace | undefined;
  readonly inspect: Inspect | undefined;
  readonly doubtfulOpenings = new DoubtfulOpenings();
  /** What people have begun and not ended. */
  readonly underWay = new UnderWay();
  /** Whether dead processes are started again. */
  supervising = true;
  readonly #targets: ReadonlyMap<string, ConnectionPlan>;
  readonly #slots = new Map<string, PipelineProcess>();
  #started = 0;

  static async open(seed: number, options: WorldOptions = {}): Promise<World> {
    schemaIds ??= registerSchemas(new MemoryRegistry());
    return new World(seed, await schemaIds, options);
  }

  private constructor(seed: number, ids: SchemaIds, options: WorldOptions) {
    this.chance = new Chance(seed);
    this.plan = drawPlan(
      this.chance,
      CHANNEL_SETUPS.map(({ naming }) => naming),
    );
    this.time = new VirtualTime({ seed, start: this.plan.start });
    this.host = this.time.process('world');
    this.database.clock = this.host;
    this.digest = new Digest(options.keepTrail);
    this.violations = new Violations(() => Math.round(this.time.elapsed));
    this.decorate = options.decorate ?? {};
    this.connectorOf = shortSightedConnectors();
    this.trace = options.trace;
    this.inspect = options.inspect;
    this.topology = { ...TOPOLOGY, partitions: this.plan.partitions };
    this.serde = createSerde(ids, this.host);
    this.broker = this.#createBroker();
    this.log = new LogScan(this.broker, this.serde, this.topology);
    this.commits = new CommitWatch(this);
    this.log.onChange(countTransitions(this.tally));
    this.log.onChange(this.doubtfulOpenings.look);
    this.log.onChange(watchBreakers(this.tally, this.violations, 2 * LARGEST_SKEW_MS));
    this.databaseFaults = new DatabaseFaults(this.chance, this.tally);
    this.vault = createVault([VAULT_KEY], {
      clock: this.host,
      randomBytes: (size) =>
        Uint8Array.from({ length: size }, () => Math.floor(this.time.random.next() * 256)),
    });
    this.network = new Network({
      host: this.host,
      chance: this.chance,
      requests: this.requests,
      channel: (name) => this.channel(name),
    });
    this.webhooks = new WebhookRoute(this);
    this.fetches = new DocumentRoute(this);
    this.documents = new ServedDocuments(this);
    this.channels = new Map(
      CHANNEL_SETUPS.map((setup) => {
        const ports = {
          clock: this.host,
          timers: this.host,
          random: () => this.time.random.next(),
        };
        const partner = { post: this.webhooks.post, fetch: this.fetches.fetch };
        const channel = setup.build(this.plan, ports, partner, this.chance);
        channel.platform.setAnswerTime(5, this.chance.integer(20, 400));
        return [channel.name, channel] as const;
      }),
    );
    this.limits = { sessionTimeoutMs: this.chance.pick(SESSION_TIMEOUTS_MS) };
    this.#targets = new Map(
      allConnections(this.plan).map((connection) => [
        `${connection.channel} ${connection.unit}`,
        connection,
      ]),
    );
  }

  channel(name: string): Channel {
    const channel = this.channels.get(name);
    if (!channel) throw new RangeError(`the world has no channel ${name}`);
    return channel;
  }

  targetOf(channel: string, request: ChannelRequest): ConnectionPlan | null {
    const unit = this.channel(channel).unitOf(request);
    return unit === null ? null : (this.#targets.get(`${channel} ${unit}`) ?? null);
  }

  /** The newest process of every slot, dead ones too. */
  processes(): readonly PipelineProcess[] {
    return [...this.#slots.values()];
  }

  running(): readonly PipelineProcess[] {
    return this.processes().filter(({ state }) => state === 'running');
  }

  startAll(rewound = false): void {
    for (let slot = 1; slot <= this.plan.processes; slot += 1) this.start(`p${slot}`, rewound);
  }

  start(slot: string, rewound = false): PipelineProcess {
    this.#started += 1;
    const skew = this.chance.happens(0.3)
      ? 0
      : Math.round(this.chance.between(-LARGEST_SKEW_MS, LARGEST_SKEW_MS));
    if (skew !== 0) this.tally.count('fault.process.clock_skew');
    const process = new PipelineProcess(this, `${slot}.${this.#started}`, { skew, rewound });
    this.#slots.set(slot, process);
    return process;
  }

  /** A process has ended; its supervisor starts a new one after a while. */
  died(process: PipelineProcess): void {
    const slot = [...this.#slots].find(([, known]) => known === process)?.[0];
    if (slot === undefined || !this.supervising) return;
    this.host.after(this.chance.between(RESTART_MS.soonest, RESTART_MS.latest), () => {
      if (this.#slots.get(slot) !== process || !this.supervising) return;
      this.tally.count('fault.process.restart');
      this.start(slot);
    });
  }

  /** Lets the observers see what has been written and committed; always before records are deleted. */
  async scan(): Promise<void> {
    this.log.scan();
    await this.commits.look();
  }

  webhookSecrets(
    storage: Storage,
    _environment: Environment,
  ): (connection: Connection) => Promise<readonly string[]> {
    const secrets = createWebhookSecrets(storage.connections, this.vault);
    return ({ tenant_id, connection_id }) => secrets.of(tenant_id, connection_id);
  }

  /** Ambient ports of something outside the pipeline, with a clock of its own. */
  outside(name: string): { readonly host: VirtualProcess; readonly environment: Environment } {
    const host = this.time.process(name);
    return { host, environment: environmentOf(host, this.time, this.tally, this.trace) };
  }

  #createBroker(): MemoryBroker {
    const host = this.time.process('broker');
    const broker = new MemoryBroker({
      clock: host,
      timers: host,
      random: this.time.random,
      latencies: LATENCIES,
    });
    for (const spec of topicSpecs(this.topology, 1)) {
      const compacted = spec.config['cleanup.policy']?.includes('compact') ?? false;
      const config = compacted
        ? { ...spec.config, 'min.compaction.lag.ms': String(COMPACTION_LAG_MS) }
        : spec.config;
      broker.topics.create({ ...spec, config });
    }
    return broker;
  }
}
