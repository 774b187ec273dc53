import type { Connector } from '../connectors/contract.ts';
import { connectorOf as connectorOfBuild } from '../connectors/registry.ts';
import type { ChannelTransport } from '../connectors/transport/port.ts';
import type { DocumentPorts } from '../ingress/documents.ts';
import { DocumentServer, statesOf } from '../ingress/documents.ts';
import { WebhookReceiver } from '../ingress/webhooks.ts';
import { bookingsStage } from '../processors/bookings/stage.ts';
import { createDedup } from '../processors/dedup/dedup.ts';
import type { HintPorts } from '../processors/delivery/publishing/hints.ts';
import { deliveryStage } from '../processors/delivery/stage.ts';
import { createIntake } from '../processors/intake/intake.ts';
import { validateEvent } from '../processors/intake/validate.ts';
import { journalStage } from '../processors/journal/stage.ts';
import type { RequestBudgets } from '../processors/limits/request-budgets.ts';
import { createMapping } from '../processors/mapping/mapping.ts';
import { pollingStage } from '../processors/polling/stage.ts';
import type { EventLog } from '../runtime/event-log.ts';
import type { Environment } from '../runtime/ports.ts';
import { publisher } from '../runtime/publisher.ts';
import { foldStage } from '../runtime/runner/fold.ts';
import type { RunnerLimits } from '../runtime/runner/options.ts';
import type { StageStatus } from '../runtime/runner/stage-runner.ts';
import { StageRunner } from '../runtime/runner/stage-runner.ts';
import type { StageDefinition } from '../runtime/stage.ts';
import { LiveTable } from '../runtime/tables/live-view.ts';
import type { ChannelType } from '../schemas/domain/ids.ts';
import type { Connection } from '../schemas/generated/types.ts';
import type { Serde } from '../schemas/serde.ts';
import type { Storage } from '../storage/ports/storage.ts';
import { startRelay } from '../storage/relay/relay.ts';
import type { StageName, TableName, Topology } from '../topology/types.ts';

/** Everything that differs between production and simulation. */
export interface PipelinePorts {
  readonly environment: Environment;
  readonly log: EventLog;
  readonly serde: Serde;
  readonly topology: Topology;
  readonly storage: Storage;
  readonly transport: ChannelTransport;
  /** One for all that the process sends. */
  readonly budgets: RequestBudgets;
  /** Channels that fetch and have an address for hints of ours; default: none has. */
  readonly takesHints?: (channel: ChannelType) => boolean;
  /** Default: the connectors of this build. A simulation shortens their horizons. */
  readonly connectorOf?: (channel: ChannelType) => Connector | undefined;
  webhookSecrets(connection: Connection): Promise<readonly string[]>;
  /** How channels that fetch log in; default: nobody may. */
  readonly login?: DocumentPorts['login'];
  readonly limits?: Partial<RunnerLimits>;
}

/** The stages that this process runs. */
export interface Pipeline {
  /** Resolves after `stop`; rejects with what ended a stage. The process then exits non-zero. */
  readonly ended: Promise<void>;
  /** Present when the process runs the ingress. */
  readonly receiver: WebhookReceiver | null;
  /** As `receiver`. */
  readonly documents: DocumentServer | null;
  status(): StageStatus[];
  /** Finishes what is under way, commits and leaves. Idempotent. */
  stop(): Promise<void>;
}

/** Stages of this build; reconciliation is declared in the topology and comes later. */
export const RUNNABLE_STAGES = [
  'relay',
  'ingress',
  'intake',
  'mapping',
  'delivery',
  'polling',
  'dedup',
  'bookings',
  'journal',
] as const satisfies readonly StageName[];
export type RunnableStage = (typeof RUNNABLE_STAGES)[number];

/**
 * Starts stages of one process. Production and simulation both come through here.
 * @throws ParityError TOPOLOGY_INVALID, LOG_UNAVAILABLE
 */
export async function startPipeline(
  ports: PipelinePorts,
  stages: readonly RunnableStage[],
): Promise<Pipeline> {
  const parts: Part[] = [];
  let ingress: Ingress | null = null;
  try {
    for (const definition of definitions(ports).filter(({ name }) =>
      (stages as readonly string[]).includes(name),
    )) {
      parts.push(await startStage(ports, definition));
    }
    if (stages.includes('ingress')) {
      ingress = await startIngress(ports);
      parts.push(ingress);
    }
    if (stages.includes('relay')) {
      const { storage, log, serde, environment, topology } = ports;
      const { partitions } = topology;
      parts.push(startRelay({ store: storage.relay, log, serde, environment, partitions }));
    }
  } catch (error) {
    await Promise.allSettled(parts.map((part) => part.stop()));
    throw error;
  }
  const ended = Promise.all(parts.map((part) => part.ended)).then(() => undefined);
  ended.catch(() => undefined);
  return {
    ended,
    receiver: ingress?.receiver ?? null,
    documents: ingress?.documents ?? null,
    status: () => parts.flatMap((part) => part.status?.() ?? []),
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

interface Part {
  readonly ended: Promise<void>;
  status?(): StageStatus;
  stop(): Promise<void>;
}

function definitions(ports: PipelinePorts): StageDefinition[] {
  const { storage, transport, budgets, environment, connectorOf = connectorOfBuild } = ports;
  const manifestOf = (channel: ChannelType) => connectorOf(channel)?.manifest;
  return [
    foldStage({
      name: 'intake',
      groupId: 'intake',
      eventInputs: ['pms.events'],
      tableInputs: [],
      ownTables: ['property.calendar'],
      validate: validateEvent,
      processor: () => createIntake(),
    }),
    foldStage({
      name: 'mapping',
      groupId: 'mapping',
      eventInputs: [],
      tableInputs: ['property.calendar', 'channel.connections'],
      ownTables: ['channel.desired'],
      processor: () => createMapping({ manifestOf }),
    }),
    deliveryStage({ connectorOf, transport, budgets, environment, hints: hintsOf(ports) }),
    pollingStage({ connectorOf, transport, budgets }),
    foldStage({
      name: 'dedup',
      groupId: 'dedup',
      eventInputs: ['channel.webhooks'],
      tableInputs: [],
      ownTables: ['channel.revisions'],
      processor: () => createDedup(),
    }),
    bookingsStage({ bookings: storage.bookings, identityOf: manifestOf }),
    journalStage({ journal: storage.journal }),
  ];
}

function hintsOf({ storage, takesHints = () => false }: PipelinePorts): HintPorts {
  return {
    isConfigured: takesHints,
    advertiserOf: async ({ tenant_id, connection_id }) => {
      const row = await storage.connections.get(tenant_id, connection_id);
      return row && (row.channelAccountId ?? row.accountId);
    },
  };
}

async function startStage(ports: PipelinePorts, stage: StageDefinition): Promise<Part> {
  const { log, serde, topology, environment, limits } = ports;
  const child = { ...environment, logger: environment.logger.child({ stage: stage.name }) };
  const runner = await StageRunner.start({
    stage,
    log,
    serde,
    topology,
    environment: child,
    ...(limits ? { limits } : {}),
  });
  return { ended: runner.ended, status: () => runner.status, stop: () => runner.stop() };
}

interface Ingress extends Part {
  readonly receiver: WebhookReceiver;
  readonly documents: DocumentServer;
}

async function startIngress(ports: PipelinePorts): Promise<Ingress> {
  const { log, serde, topology, environment, connectorOf = connectorOfBuild } = ports;
  const tables: Pick<LiveTable<TableName>, 'failed' | 'close'>[] = [];
  const open = async <T extends TableName>(topic: T): Promise<LiveTable<T>> => {
    const table = await LiveTable.open(log, serde, topic, topology.partitions);
    tables.push(table);
    return table;
  };
  const close = () => Promise.allSettled(tables.map((table) => table.close()));
  try {
    const connections = await open('channel.connections');
    const accounts = await open('channel.accounts');
    const documents = await open('channel.documents');
    const states = documents.reading(statesOf);
    const common = {
      connectorOf,
      connection: (id: string) => connections.get(id),
      publish: publisher(log, serde, topology),
      environment,
    };
    let stopped: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    return {
      receiver: new WebhookReceiver({
        ...common,
        webhookSecrets: (connection) => ports.webhookSecrets(connection),
      }),
      documents: new DocumentServer({
        ...common,
        connections: () => valuesOf(connections),
        account: ({ account_id }) => accounts.get(account_id, account_id),
        documents: ({ connection_id, property_id }) => documents.get(connection_id, property_id),
        states: ({ connection_id, property_id }) => states(connection_id, property_id),
        login: ports.login ?? (async () => null),
      }),
      ended: Promise.race([over, ...tables.map(({ failed }) => failed)]),
      stop: async () => {
        stopped();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function* valuesOf(connections: LiveTable<'channel.connections'>): Iterable<Connection> {
  for (const key of connections.keys()) {
    const connection = connections.get(key);
    if (connection) yield connection;
  }
}
