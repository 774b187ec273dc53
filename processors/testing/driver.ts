import type {
  EventRecord,
  EventRecordOf,
  FoldContext,
  FoldResult,
  Output,
  OutputOf,
  Processor,
  TableChange,
  TableKey,
} from '../../runtime/stage.ts';
import type { TopicValues } from '../../schemas/values.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { EventTopicName, TableName, TopicName } from '../../topology/types.ts';
import { isTableName } from '../../topology/types.ts';
import { TableStore } from './table-store.ts';

export interface DriverOptions {
  /** A new instance, as a new process would make it; called again by `restart`. */
  readonly create: () => Processor;
  /** The tables that the processor may write; any other is refused. */
  readonly ownTables: readonly TableName[];
  /** Wall clock at the start, ms. */
  readonly now: number;
  /** Default: one partition, this one. */
  readonly partition?: number;
  readonly partitions?: number;
  /** Rows that the tables hold before the first restore. */
  readonly rows?: readonly TableRow[];
  /** Values are frozen deeply, so that a fold that changes its input fails; off for measurements. Default true. */
  readonly freeze?: boolean;
}

/** So many wakes without any time between them are a busy loop. */
const IDLE_WAKES_MAX = 100;

/** A row of any table. */
export type TableRow = {
  readonly [T in TableName]: {
    readonly topic: T;
    readonly key: string;
    readonly value: TopicValues[T];
  };
}[TableName];

/** What came with a piped record. */
interface Provenance {
  readonly originTs?: number | null;
  readonly traceparent?: string | null;
}

/** A table record: null is a tombstone. */
export type TableInput<T extends TableName = TableName> = Provenance & {
  readonly key: string;
  readonly value: TopicValues[T] | null;
};

/**
 * Runs one processor on one partition without a log, as Kafka Streams' TopologyTestDriver does: pipe records, read outputs, advance the
 * clock, crash, restart. Everything happens at once and in order; nothing is hidden in a timer.
 */
export class ProcessorDriver {
  readonly counts = new Map<string, number>();
  readonly #options: DriverOptions;
  readonly #unread: Output[] = [];
  /** Event inputs in the order of arrival, and how many of them are committed. */
  readonly #log: EventRecord[] = [];
  #committed = 0;
  #tables = new TableStore();
  #processor: Processor;
  #now: number;
  #wakeAt = Number.POSITIVE_INFINITY;
  #writesLeft = Number.POSITIVE_INFINITY;
  #down = false;
  #offset = 0;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#now = options.now;
    for (const { topic, key, value } of options.rows ?? [])
      this.#tables.put(topic, key, this.#frozen(value));
    this.#processor = options.create();
    this.#run((state) => this.#processor.restored([], state));
  }

  get now(): number {
    return this.#now;
  }

  /** When the processor wants to be woken; undefined: it does not. */
  get wakeAt(): number | undefined {
    return Number.isFinite(this.#wakeAt) ? this.#wakeAt : undefined;
  }

  /** Delivers one event and folds it. While the processor is down it waits for `restart`. */
  pipe<T extends EventTopicName>(
    topic: T,
    key: string,
    value: TopicValues[T],
    provenance: Provenance = {},
  ): void {
    this.pipeBatch(topic, [{ key, value, ...provenance }]);
  }

  /** Delivers events as one batch. */
  pipeBatch<T extends EventTopicName>(
    topic: T,
    inputs: readonly (Provenance & { readonly key: string; readonly value: TopicValues[T] })[],
  ): void {
    for (const { key, value, originTs = null, traceparent = null } of inputs) {
      const record: EventRecordOf<T> = {
        topic,
        key,
        value: this.#frozen(value),
        offset: this.#offset++,
        timestamp: this.#now,
        originTs,
        traceparent,
      };
      // The compiler cannot see that a record of T is one of the union over all topics.
      this.#log.push(record as EventRecord);
    }
    this.#catchUp();
  }

  /**
   * Changes input tables; all changes are visible before the first is folded, as a runner that reads ahead would have it. By default one fold
   * takes them all; `perFold` cuts them, `reversed` turns them round.
   */
  pipeTable<T extends TableName>(
    topic: T,
    inputs: readonly TableInput<T>[],
    { perFold = inputs.length, reversed = false }: { perFold?: number; reversed?: boolean } = {},
  ): void {
    const changes: TableChange[] = inputs.map(({ key, value, originTs, traceparent }) => ({
      topic,
      key,
      offset: this.#tables.put(topic, key, value === null ? null : this.#frozen(value)),
      originTs: originTs ?? null,
      traceparent: traceparent ?? null,
    }));
    if (reversed) changes.reverse();
    while (changes.length > 0 && !this.#down) {
      const fold = changes.splice(0, perFold);
      this.#run((state) => this.#processor.changed(fold, state));
    }
  }

  /** Outputs since the last read of the topic, in the order of writing. */
  read<T extends TopicName>(topic: T): OutputOf<T>[] {
    const isOfTopic = (output: Output) => output.topic === topic;
    const taken = this.#unread.filter(isOfTopic);
    const rest = this.#unread.filter((output) => !isOfTopic(output));
    this.#unread.splice(0, this.#unread.length, ...rest);
    return taken as unknown as OutputOf<T>[];
  }

  /** All outputs since the last read of any. */
  readAll(): Output[] {
    return this.#unread.splice(0, this.#unread.length);
  }

  /** Newest value of a key of any table that the processor sees. */
  get<T extends TableName>(topic: T, key: string): TopicValues[T] | undefined {
    return this.#tables.get(topic, key);
  }

  /** All rows of a table, in key order. */
  rows<T extends TableName>(topic: T): Map<string, TopicValues[T]> {
    const rows = new Map<string, TopicValues[T]>();
    for (const key of this.#tables.keys(topic)) {
      const value = this.#tables.get(topic, key);
      if (value !== undefined) rows.set(key, value);
    }
    return rows;
  }

  /** Moves the clock and wakes the processor as often as it asked to be. */
  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  advanceTo(time: number): void {
    let idle = 0;
    while (!this.#down && this.#wakeAt <= time) {
      idle = this.#wakeAt > this.#now ? 0 : idle + 1;
      if (idle > IDLE_WAKES_MAX) throw new Error('the processor asks to be woken again and again');
      this.#now = Math.max(this.#now, this.#wakeAt);
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#run((state) => this.#processor.wake(state));
    }
    this.#now = Math.max(this.#now, time);
  }

  /** Lets only that many more records be written; at the next one the process dies, its batch uncommitted. */
  crashAfterWrites(writes: number): void {
    this.#writesLeft = writes;
  }

  /**
   * A new process: restores all tables, recomputes, and reads events on from the committed one. `rewind` takes that many committed events
   * back, as a commit that was lost would.
   */
  restart(options: { doubtful?: readonly TableKey[]; rewind?: number } = {}): void {
    this.#writesLeft = Number.POSITIVE_INFINITY;
    this.#down = false;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#committed = Math.max(0, this.#committed - (options.rewind ?? 0));
    const restored = new TableStore();
    for (const topic of this.#tables.topics())
      for (const [key, value] of this.rows(topic)) restored.put(topic, key, value);
    this.#tables = restored;
    this.#processor = this.#options.create();
    this.#run((state) => this.#processor.restored(options.doubtful ?? [], state));
    this.#catchUp();
  }

  #catchUp(): void {
    while (!this.#down && this.#committed < this.#log.length) {
      const first = this.#log[this.#committed];
      if (!first) return;
      const batch: EventRecord[] = [];
      for (const record of this.#log.slice(this.#committed)) {
        if (record.topic !== first.topic) break;
        batch.push(record);
      }
      this.#run((state) => this.#processor.events(first.topic, batch, state));
      if (!this.#down) this.#committed += batch.length;
    }
  }

  #run(fold: (state: FoldContext) => FoldResult): void {
    const { partition = 0, partitions = 1 } = this.#options;
    const result = fold({
      tables: this.#tables,
      now: this.#now,
      partition,
      partitionOf: (id) => partitionOf(id, partitions),
    });
    for (const output of result.outputs) {
      if (this.#writesLeft === 0) {
        this.#down = true;
        return;
      }
      this.#writesLeft -= 1;
      this.#write(output);
    }
    for (const [name, by] of result.counts ?? [])
      this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    if (result.wakeAt !== undefined) this.#wakeAt = Math.min(this.#wakeAt, result.wakeAt);
  }

  #write(output: Output): void {
    if (output.value !== null) this.#frozen(output.value);
    if (isTableName(output.topic)) {
      if (!this.#options.ownTables.includes(output.topic))
        throw new Error(`the processor may not write ${output.topic}`);
      this.#tables.put(output.topic, output.key, output.value as TopicValues[TableName] | null);
    }
    this.#unread.push(output);
  }

  #frozen<T>(value: T): T {
    return this.#options.freeze === false ? value : deepFreeze(value);
  }
}

/** Pipes what one driver wrote to a table into another that reads it, in one fold. */
export function forward(from: ProcessorDriver, to: ProcessorDriver, topic: TableName): void {
  to.pipeTable(topic, from.read(topic).map(tableInput));
}

/** A written table record as the input of another processor. */
export function tableInput<T extends TableName>(output: OutputOf<T>): TableInput<T> {
  const { key, value, originTs = null, traceparent = null } = output;
  return { key, value: value as TableInput<T>['value'], originTs, traceparent };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Uint8Array) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
