import type {
  Alert,
  ChannelDocument,
  SeenRevisions,
  SyncLogEntry,
} from '../../schemas/generated/types.ts';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas, type SchemaIds } from '../../schemas/registry/registration.ts';
import { createSerde, type Serde } from '../../schemas/serde.ts';
import { partitionOf } from '../../topology/placement.ts';
import { TOPICS } from '../../topology/topics.ts';
import {
  isTableName,
  type TableName,
  type TopicName,
  type Topology,
} from '../../topology/types.ts';
import type { LogRecord } from '../event-log.ts';
import { MemoryBroker } from '../log/memory/broker.ts';
import type { Faults, Latencies } from '../log/memory/faults.ts';
import { foldStage } from '../runner/fold.ts';
import type { RunnerLimits } from '../runner/options.ts';
import { StageRunner } from '../runner/stage-runner.ts';
import type {
  FoldResult,
  Output,
  PartitionContext,
  PartitionWorker,
  StageDefinition,
  TableView,
} from '../stage.ts';
import { TableStore } from '../tables/table-store.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { VirtualTime } from './virtual-time.ts';

/**
 * A small pipeline for tests of the runner, on the real schemas, the log in memory and virtual time.
 * *facts* (`channel.alerts`: a key, a sequence, a text) → intake → `channel.documents`, newest sequence wins
 * → mapping → `channel.revisions`, a copy of each. Beside it dedup announces each fact in `channel.sync-log`, once.
 */
export const PARTITIONS = 3;
export const TENANT = '7b1e8a4e-6f0c-4e0e-8a5e-0a2d8a7f1c01';
const CONNECTION = '5d2f4c7a-1b3e-4f6a-9c8d-2e1f0a9b8c7d';

export const FACTS = 'channel.alerts';
export const DOCUMENTS = 'channel.documents';
export const COPIES = 'channel.revisions';
export const ANNOUNCED = 'channel.sync-log';

export const TOY_TOPOLOGY: Topology = {
  partitions: PARTITIONS,
  topics: TOPICS,
  stages: [
    stageOf('intake', [FACTS], [DOCUMENTS]),
    stageOf('mapping', [DOCUMENTS], [COPIES]),
    stageOf('dedup', [FACTS], ['channel.webhooks', 'channel.bookings', COPIES, 'channel.sync-log']),
    stageOf('delivery', [DOCUMENTS, FACTS], [COPIES, 'channel.commands']),
  ],
};

function stageOf(
  name: 'intake' | 'mapping' | 'dedup' | 'delivery',
  inputs: TopicName[],
  outputs: TopicName[],
): Topology['stages'][number] {
  return {
    name,
    partitionedBy: 'property',
    inputs,
    outputs,
    callsChannels: false,
    description: 'for tests',
  };
}

export function factValue(key: string, sequence: number, text: string): Alert {
  return {
    alert_id: TENANT,
    connection_id: null,
    property_id: null,
    tenant_id: TENANT,
    code: key,
    severity: 'info',
    message: text,
    context: '{}',
    raised_at: sequence,
  } as Alert;
}

export function documentValue(key: string, sequence: number, text: string): ChannelDocument {
  return {
    connection_id: CONNECTION,
    tenant_id: TENANT,
    updated_at: sequence,
    documents: [{ name: key, content_type: 'text/plain', body: text }],
  } as unknown as ChannelDocument;
}

export function copyValue(key: string, sequence: number, text: string): SeenRevisions {
  return {
    connection_id: CONNECTION,
    reservation_id: key,
    seen: [{ status: 'new', revised_at: sequence, content_hash: text, seen_at: 0 }],
  } as unknown as SeenRevisions;
}

/** Sequence and text of a document or a copy, for comparisons: `sequence:text`. */
export function textOf(value: ChannelDocument | SeenRevisions | undefined): string | undefined {
  if (value === undefined) return undefined;
  if ('documents' in value) return `${value.updated_at}:${value.documents[0]?.body}`;
  return `${value.seen[0]?.revised_at}:${value.seen[0]?.content_hash}`;
}

/** facts → documents; the newest sequence of each key wins, an empty text deletes. */
export function intakeStage(): StageDefinition {
  return foldStage({
    name: 'intake',
    groupId: 'intake',
    eventInputs: [FACTS],
    tableInputs: [],
    ownTables: [DOCUMENTS],
    processor: () => ({
      events: (_topic, records, { tables }) => {
        const newest = new Map<string, Output>();
        const sequences = new Map<string, number>();
        for (const { value, originTs, traceparent } of records) {
          const { code: key, raised_at: sequence, message } = value as Alert;
          const before = sequences.get(key) ?? tables.get(DOCUMENTS, key)?.updated_at ?? -1;
          if (sequence <= before) continue;
          sequences.set(key, sequence);
          const document = documentValue(key, sequence, message);
          newest.set(key, { topic: DOCUMENTS, key, value: document, originTs, traceparent });
        }
        return { outputs: [...newest.values()] };
      },
      changed: () => ({ outputs: [] }),
      restored: () => ({ outputs: [] }),
      wake: () => ({ outputs: [] }),
    }),
  });
}

/** documents → copies; recomputes all when restored, and takes away what has no document. */
export function mappingStage(): StageDefinition {
  return foldStage({
    name: 'mapping',
    groupId: 'mapping',
    eventInputs: [],
    tableInputs: [DOCUMENTS],
    ownTables: [COPIES],
    processor: () => ({
      events: () => ({ outputs: [] }),
      changed: (keys, { tables }) =>
        copies(
          keys.map(({ key }) => key),
          tables,
        ),
      restored: (doubtful, { tables }) => {
        const all = [...tables.keys(DOCUMENTS), ...tables.keys(COPIES)];
        return copies([...all, ...doubtful.map(({ key }) => key)], tables);
      },
      wake: () => ({ outputs: [] }),
    }),
  });
}

function copies(keys: readonly string[], tables: TableView): FoldResult {
  const outputs = [...new Set(keys)].flatMap((key): Output[] => {
    const document = tables.get(DOCUMENTS, key);
    const copy = tables.get(COPIES, key);
    if (textOf(document) === textOf(copy)) return [];
    const text = document?.documents[0]?.body ?? '';
    const value = document === undefined ? null : copyValue(key, document.updated_at, text);
    return [{ topic: COPIES, key, value, tenantId: TENANT }];
  });
  return { outputs };
}

/** A stage whose worker a test writes; what it leaves out does nothing. */
export function probeStage(
  definition: Omit<Partial<StageDefinition>, 'open'>,
  worker: (context: PartitionContext) => Partial<PartitionWorker>,
): StageDefinition {
  const name = definition.name ?? 'delivery';
  const idle: PartitionWorker = {
    restored: async () => undefined,
    events: async () => undefined,
    changed: async () => undefined,
    wake: async () => undefined,
    lowestUndone: () => undefined,
    close: async () => undefined,
  };
  return {
    groupId: name,
    eventInputs: [],
    tableInputs: [],
    ownTables: [],
    ...definition,
    name,
    open: (context) => ({ ...idle, ...worker(context) }),
  };
}

/** Announces each fact in `channel.sync-log` and then remembers it in its table, as dedup does: once announced, never again. */
export function announcingStage(): StageDefinition {
  return foldStage({
    name: 'dedup',
    groupId: 'dedup',
    eventInputs: [FACTS],
    tableInputs: [],
    ownTables: [COPIES],
    processor: () => ({
      events: (_topic, records, { tables }) => {
        const seen = new Set<string>();
        const announced: Output[] = [];
        const remembered: Output[] = [];
        for (const { value } of records) {
          const { code: key, raised_at: sequence, message } = value as Alert;
          if (seen.has(key) || tables.get(COPIES, key) !== undefined) continue;
          seen.add(key);
          announced.push({ topic: ANNOUNCED, key, value: announcement(key) });
          remembered.push({
            topic: COPIES,
            key,
            value: copyValue(key, sequence, message),
            tenantId: TENANT,
          });
        }
        return { outputs: [...announced, ...remembered] };
      },
      changed: () => ({ outputs: [] }),
      restored: () => ({ outputs: [] }),
      wake: () => ({ outputs: [] }),
    }),
  });
}

function announcement(key: string): SyncLogEntry {
  return {
    id: TENANT,
    connection_id: CONNECTION,
    tenant_id: TENANT,
    sync_type: 'full_sync',
    direction: 'inbound',
    status: 'success',
    records_processed: 0,
    records_created: 0,
    records_updated: 0,
    records_failed: 0,
    records_skipped: 0,
    error_message: key,
    error_details: null,
    request_data: null,
    response_data: null,
    started_at: 0,
    completed_at: null,
    duration_ms: null,
    trace_id: null,
    connection_status: null,
  } as unknown as SyncLogEntry;
}

export interface WorldOptions {
  readonly seed?: number;
  readonly latencies?: Partial<Latencies>;
  readonly faults?: Partial<Faults>;
  readonly limits?: Partial<RunnerLimits>;
  readonly topology?: Topology;
  /** Another look-up of schemas, say one that is out of reach. */
  readonly schemas?: SchemaIds;
}

/** Registering takes longer than most tests, and one registry serves all of them. */
export const registry = new MemoryRegistry();
const schemaIds = registerSchemas(registry);

/** A broker, a registry and any number of simulated processes. */
export class World {
  readonly time: VirtualTime;
  readonly broker: MemoryBroker;
  readonly topology: Topology;
  readonly #options: WorldOptions;
  readonly #outside: SimulatedProcess;
  readonly serde: Serde;
  #names = 0;

  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options, await schemaIds);
    for (const topic of world.topology.topics) {
      const policy = topic.kind === 'table' ? 'compact' : 'delete';
      world.broker.topics.create({
        name: topic.name,
        partitions: world.topology.partitions,
        replicationFactor: 1,
        config: { 'cleanup.policy': policy, 'min.compaction.lag.ms': '0' },
      });
    }
    return world;
  }

  private constructor(options: WorldOptions, ids: SchemaIds) {
    this.#options = options;
    this.topology = options.topology ?? TOY_TOPOLOGY;
    this.time = new VirtualTime(options.seed === undefined ? {} : { seed: options.seed });
    const host = this.time.process('broker');
    this.broker = new MemoryBroker({
      clock: host,
      timers: host,
      random: this.time.random,
      latencies: { networkMs: 2, fetchMs: 5, requestTimeoutMs: 1_000, ...options.latencies },
      ...(options.faults === undefined ? {} : { faults: options.faults }),
    });
    this.#outside = this.process();
    this.serde = createSerde(options.schemas ?? ids, this.#outside.environment.clock);
  }

  process(skew = 0): SimulatedProcess {
    this.#names += 1;
    return new SimulatedProcess(this.time, this.broker, `process-${this.#names}`, skew);
  }

  start(
    process: SimulatedProcess,
    stage: StageDefinition,
    limits: Partial<RunnerLimits> = {},
  ): Promise<StageRunner> {
    return StageRunner.start({
      stage,
      log: process.log,
      serde: this.serde,
      topology: this.topology,
      environment: process.environment,
      limits: { sessionTimeoutMs: 10_000, ...this.#options.limits, ...limits },
    });
  }

  /** Appends records from outside. */
  async append(
    topic: TopicName,
    key: string,
    value: object | Uint8Array | null,
    options: { readonly partition?: number; readonly headers?: Record<string, string> } = {},
  ): Promise<number> {
    const bytes =
      value === null || value instanceof Uint8Array
        ? value
        : this.serde.encode(topic, value as never);
    const partition = options.partition ?? partitionOf(key, PARTITIONS);
    const headers = options.headers ?? {};
    const written = this.#outside.log.produce([{ topic, partition, key, value: bytes, headers }]);
    let offset: number | undefined;
    written.then(
      ([first]) => {
        offset = first;
      },
      () => undefined,
    );
    await this.time.until(() => offset !== undefined);
    return offset ?? -1;
  }

  fact(key: string, sequence: number, text: string, partition?: number): Promise<number> {
    const options = partition === undefined ? {} : { partition };
    return this.append(FACTS, key, factValue(key, sequence, text), options);
  }

  dump(topic: TopicName, partition?: number): readonly LogRecord[] {
    const numbers = partition === undefined ? [...Array(PARTITIONS).keys()] : [partition];
    return numbers.flatMap((number) => this.broker.dump({ topic, partition: number }));
  }

  /** A table as any reader of the log sees it: key → text. */
  table(topic: TableName): Map<string, string> {
    const seen = new Map<string, string>();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const store = new TableStore({ topic, partition });
      for (const record of this.broker.dump({ topic, partition })) store.fold(record);
      for (const key of store.keys()) {
        const entry = store.entry(key);
        if (entry === undefined || !isTableName(topic)) continue;
        const value = this.serde.decode(topic, entry.value);
        seen.set(key, textOf(value as ChannelDocument | SeenRevisions) ?? '');
      }
    }
    return new Map([...seen].sort());
  }

  committed(group: string, topic: TopicName, partition: number): number | null {
    return this.broker.group(group).committed({ topic, partition });
  }
}

/** Watches the end of a runner that a test expects to fail. */
export function endOf(runner: StageRunner): { error: unknown; over: boolean } {
  const end: { error: unknown; over: boolean } = { error: null, over: false };
  runner.ended.then(
    () => {
      end.over = true;
    },
    (error: unknown) => {
      end.over = true;
      end.error = error;
    },
  );
  return end;
}
