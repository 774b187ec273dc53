import { createLogins } from '../../accounts/logins.ts';
import {
  type Pipeline,
  type PipelinePorts,
  RUNNABLE_STAGES,
  startPipeline,
} from '../../cli/pipeline.ts';
import type { Connector, InboundRequest } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import type { DocumentAnswer, DocumentRequest } from '../../ingress/documents.ts';
import { Budgets } from '../../processors/limits/budgets.ts';
import type { EventLog, LogBatch, ProduceRecord } from '../../runtime/event-log.ts';
import type { MemoryEventLog } from '../../runtime/log/memory/client.ts';
import type { VirtualProcess } from '../../runtime/testing/virtual-time.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { codeOf } from '../../schemas/errors.ts';
import { createMemoryStorage, type MemoryStorage } from '../../storage/memory/storage.ts';
import { isTableName } from '../../topology/types.ts';
import { PublisherWatch } from '../observers/published-documents.ts';
import { SenderView } from '../observers/sender-view.ts';
import { environmentOf } from './environment.ts';
import { TappedLog } from './tapped-log.ts';
import { pipelineTransport } from './transport.ts';
import type { World } from './world.ts';

/** Where a process may be told to die. */
export const KILL_POINTS = [
  'before_produce',
  'after_produce',
  'at_socket',
  'after_answer',
  'before_transaction',
  'after_transaction',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

export interface ProcessOptions {
  readonly skew: number;
  /** Event groups are read again from the beginning. */
  readonly rewound: boolean;
}

/**
 * One process of the pipeline with all stages: its clocks, its client of the log, its connection to the database and its
 * sockets live, freeze and die together.
 * *running* → freeze → *frozen* → thaw → *running*; any → kill → *killed*; *running* → stop → *stopped* (by itself, cleanly).
 */
export class PipelineProcess {
  readonly name: string;
  readonly host: VirtualProcess;
  readonly view: SenderView;
  readonly #publishers: PublisherWatch;
  readonly #connectors = new Map<ChannelType, Connector | undefined>();
  readonly client: MemoryEventLog;
  readonly storage: MemoryStorage;
  readonly #world: World;
  readonly #budgets: Budgets;
  #pipeline: Pipeline | null = null;
  #armed: KillPoint | null = null;
  #freezesInWrite = false;
  #stopped = false;

  constructor(world: World, name: string, options: ProcessOptions) {
    this.name = name;
    this.#world = world;
    this.host = world.time.process(name, { skew: options.skew });
    this.view = new SenderView(world.serde);
    this.#publishers = new PublisherWatch(world, this.view, name);
    const environment = environmentOf(this.host, world.time, world.tally, world.trace);
    this.client = world.broker.connect(environment);
    this.storage = createMemoryStorage({
      database: world.database,
      environment,
      fault: (point, transaction) => this.#atTransaction(point, transaction),
    });
    const tapped = new TappedLog(this.client, this, { rewound: options.rewound });
    const log: EventLog = world.decorate.log?.(tapped) ?? tapped;
    this.#budgets = new Budgets({
      store: world.decorate.budgets?.(this.storage.budgets) ?? this.storage.budgets,
      environment,
      manifestOf: (channel) => world.connectorOf(channel)?.manifest,
    });
    const ports: PipelinePorts = {
      environment,
      budgets: this.#budgets,
      log,
      serde: world.serde,
      topology: world.topology,
      storage: this.storage,
      transport: this.#transport(environment),
      connectorOf: (channel) => this.#connectorOf(channel),
      webhookSecrets: world.webhookSecrets(this.storage, environment),
      login: createLogins(this.storage.credentials, world.vault),
      limits: world.limits,
    };
    void this.#start(ports);
  }

  get state(): 'running' | 'frozen' | 'killed' | 'stopped' {
    return this.#stopped ? 'stopped' : this.host.state;
  }

  /** Null: it is still starting. */
  get pipeline(): Pipeline | null {
    return this.#pipeline;
  }

  /** Dies at the next such point instead of now. */
  arm(point: KillPoint): void {
    this.#armed = point;
  }

  disarm(): void {
    this.#armed = null;
    this.#freezesInWrite = false;
  }

  /** Stops the next time that a record of a table is on its way to the log; it gets there when the process goes on, or later. */
  armFreeze(): void {
    this.#freezesInWrite = true;
  }

  /** kill -9. */
  kill(inFlight: 'lands' | 'held' | 'lost'): void {
    if (this.state === 'killed' || this.state === 'stopped') return;
    this.host.kill();
    this.#world.broker.killClient(this.client, inFlight);
    this.storage.kill();
    this.#world.died(this);
  }

  freeze(inFlight: 'lands' | 'held'): void {
    this.host.freeze();
    this.#world.broker.freezeClient(this.client, inFlight);
  }

  thaw(): void {
    this.host.thaw();
    this.#world.broker.resumeClient(this.client);
  }

  /** A graceful stop, as an orchestrator asks for one. */
  async stop(): Promise<void> {
    const pipeline = this.#pipeline;
    if (pipeline === null || this.state !== 'running') return;
    await pipeline.stop();
    if (this.host.state !== 'running') return;
    await this.#budgets.close();
    if (this.host.state !== 'running') return;
    this.#stopped = true;
    await this.storage.close();
    this.host.kill();
    this.#world.died(this);
  }

  /** A webhook that reached this process. Never settles when it dies. */
  async receive(channel: string, connectionId: string, request: InboundRequest): Promise<number> {
    const receiver = this.#pipeline?.receiver;
    if (!receiver) return 503;
    return (await receiver.receive(channel, connectionId, request)).status;
  }

  /** A crawler's call that reached this process. Never settles when it dies. */
  async serve(request: DocumentRequest): Promise<DocumentAnswer> {
    const documents = this.#pipeline?.documents;
    if (!documents) return { status: 503, headers: {}, body: '' };
    return documents.serve(request);
  }

  producing(records: readonly ProduceRecord[]): boolean {
    this.#publishers.producing(records);
    for (const { topic, partition, key, value } of records)
      this.#world.digest.add(this.#world.time.elapsed, this.name, topic, partition, key, value);
    if (this.#freezesInWrite && records.some(({ topic }) => isTableName(topic))) {
      this.#freezesInWrite = false;
      this.#world.tally.count('fault.process.frozen_in_write');
      this.#world.host.after(0, () => {
        if (this.state === 'running') this.freeze('held');
      });
    }
    return this.#diesAt('before_produce');
  }

  produced(_records: readonly ProduceRecord[]): boolean {
    return this.#diesAt('after_produce');
  }

  delivered(groupId: string, batch: LogBatch): void {
    this.view.deliver(groupId, batch);
  }

  async #start(ports: PipelinePorts): Promise<void> {
    try {
      const pipeline = await startPipeline(ports, RUNNABLE_STAGES);
      this.#pipeline = pipeline;
      await pipeline.ended;
    } catch (error) {
      this.#exit(error);
    }
  }

  /** A stage cannot go on: the process exits non-zero and its supervisor starts a new one. */
  #exit(error: unknown): void {
    if (this.host.state !== 'running') return;
    const code = codeOf(error);
    this.#world.tally.count(`state.process.exit.${code ?? 'defect'}`);
    this.#world.trace?.(
      `${Math.round(this.#world.time.elapsed)} ${this.name} exits: ${String(error)}`,
    );
    if (code === undefined) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#world.violations.add(
        'defect',
        `${this.name} ended by an error without a code: ${text}`,
      );
    }
    this.kill('lands');
  }

  #transport(environment: PipelinePorts['environment']): ChannelTransport {
    const world = this.#world;
    return pipelineTransport(world, this.storage, this.#budgets, environment, {
      process: this.host,
      view: this.view,
      atSocket: (sent) => {
        world.digest.add(world.time.elapsed, this.name, sent.channel, sent.endpoint, sent.number);
        return this.#diesAt('at_socket');
      },
      answered: () => this.#diesAt('after_answer'),
    });
  }

  #connectorOf(channel: ChannelType): Connector | undefined {
    if (!this.#connectors.has(channel)) {
      const connector = this.#world.connectorOf(channel);
      const decorated = connector && (this.#world.decorate.connector?.(connector) ?? connector);
      this.#connectors.set(channel, this.#publishers.watched(decorated));
    }
    return this.#connectors.get(channel);
  }

  #atTransaction(point: 'before' | 'after', transaction: string): void | Promise<void> {
    if (this.#diesAt(point === 'before' ? 'before_transaction' : 'after_transaction'))
      return new Promise(() => undefined);
    return this.#world.databaseFaults.meet(point, transaction);
  }

  #diesAt(point: KillPoint): boolean {
    if (this.#armed !== point || this.host.state !== 'running') return false;
    this.#armed = null;
    this.#world.tally.count(`fault.process.kill.${point}`);
    this.kill(this.#world.chance.pick(['lands', 'held', 'lost']));
    return true;
  }
}
