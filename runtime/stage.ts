import type { ParityError } from '../schemas/errors.ts';
import type { TopicValues } from '../schemas/values.ts';
import type { EventTopicName, TableName, TopicName } from '../topology/types.ts';
import type { CounterName } from './metrics/catalogue.ts';
import type { Environment } from './ports.ts';

/**
 * What a stage is to the runner. One `PartitionWorker` lives per assigned partition, from restore to loss, and is called by
 * one caller at a time; nothing it does may be written after the lease is over.
 *
 * Two kinds of input, no third:
 * - *events* come from the committed offset, in batches; when `events` resolves the batch is done and its offset is committed.
 * - *tables* are restored to their end before `restored` is called, then followed live; `changed` names the keys that changed.
 */
export interface StageDefinition {
  readonly name: string;
  readonly groupId: string;
  readonly eventInputs: readonly EventTopicName[];
  /** Input tables, written by other stages. */
  readonly tableInputs: readonly TableName[];
  /** Tables that this stage alone writes; restored too, fenced by epochs. */
  readonly ownTables: readonly TableName[];
  /** What is wrong with an event by itself; such an event is dead-lettered with the code and never reaches the worker. */
  validate?(record: EventRecord): ParityError | null;
  /** Makes the worker of one partition. No I/O before `restored`. */
  open(context: PartitionContext): PartitionWorker;
}

export interface PartitionWorker {
  /**
   * All tables are complete. A stage that derives a table recomputes every key here and writes what differs from its own
   * restored table (tombstones for orphans). `doubtful` are keys of own tables whose right value compaction may have taken.
   */
  restored(doubtful: readonly TableKey[]): Promise<void>;
  /** A batch of one event topic, in offset order, undecodable ones already dead-lettered. Resolves when all of it is done. */
  events(topic: EventTopicName, records: readonly EventRecord[]): Promise<void>;
  /** Input tables changed (already visible in `context.tables`), newest state only; several changes of a key may be folded into one. */
  changed(keys: readonly TableChange[]): Promise<void>;
  /** A timer set by `context.wakeAt` is due. */
  wake(now: number): Promise<void>;
  /**
   * Lowest offset of an input table whose consequences are not done yet; undefined: nothing is undone. Reported to lag monitors as the
   * committed offset (I9).
   */
  lowestUndone(topic: TableName): number | undefined;
  /** A graceful stop: start nothing new and resolve when what is out has been answered and recorded. `close` follows, at the latest after the stop timeout. */
  drain?(): Promise<void>;
  /** The partition is lost or the process stops: end all work. `context.lost` is already aborted. */
  close(): Promise<void>;
}

export interface TableKey {
  readonly topic: TableName;
  readonly key: string;
}

export interface TableChange extends TableKey {
  readonly offset: number;
  /** ms when the change first entered the pipeline, from the header `origin-ts`; null: unknown. */
  readonly originTs: number | null;
  readonly traceparent: string | null;
}

/** A decoded event; its topic says which value it holds. */
export type EventRecord = { readonly [T in EventTopicName]: EventRecordOf<T> }[EventTopicName];

export interface EventRecordOf<T extends EventTopicName> {
  readonly topic: T;
  readonly offset: number;
  readonly key: string;
  readonly value: TopicValues[T];
  readonly originTs: number | null;
  readonly traceparent: string | null;
  readonly timestamp: number;
}

/** A record that a stage wants written. The runner adds placement, epoch, writer, origin-ts, tenant and framing. */
export type Output = { readonly [T in TopicName]: OutputOf<T> }[TopicName];

export interface OutputOf<T extends TopicName> {
  readonly topic: T;
  readonly key: string;
  /** null: tombstone, or the absent value of a dead letter. */
  readonly value: TopicValues[T] | (T extends TableName | 'channel.dead-letters' ? null : never);
  readonly tenantId?: string;
  readonly originTs?: number | null;
  readonly traceparent?: string | null;
  /** Id that decides the partition (property_id or account_id) where the topic is placed otherwise than the stage. */
  readonly placement?: string;
}

export interface TableView {
  /** The decoded newest value of a key, as this worker knows it (own writes included at once); undefined: none. Treat it as frozen. */
  get<T extends TableName>(topic: T, key: string): TopicValues[T] | undefined;
  /** Offset of the newest record of the key; undefined: none, or an own write that is not durable yet. */
  offsetOf(topic: TableName, key: string): number | undefined;
  /** Keys that begin with `prefix` ('' = all), in ascending order. */
  keys(topic: TableName, prefix?: string): Iterable<string>;
}

export interface PartitionContext extends Environment {
  readonly partition: number;
  readonly tables: TableView;
  /**
   * Writes records durably, in call order, and resolves when all are. Own tables show the new values at once.
   * @throws LEASE_LOST before anything is written when the partition is not surely ours; LOG_UNAVAILABLE when the fate is unknown (the
   * runner then lets go of the partition and restores it).
   */
  write(outputs: readonly Output[]): Promise<void>;
  /** The one write allowed after the lease: an unconditional recheck command for requests that were out when it ended. */
  writeAfterLease(outputs: readonly Output[]): Promise<void>;
  /** Puts records into `channel.dead-letters` with their bytes as they were; the events of the present batch, or the newest record of a table key. */
  deadLetter(letters: readonly DeadLetter[]): Promise<void>;
  /** A background task of the worker failed for another reason than a lost lease: the runner ends the stage as if a call of it had thrown. */
  fail(error: unknown): void;
  /** True while the partition is surely ours: no channel call may leave otherwise. */
  leaseHeld(): boolean;
  /** Aborted when the partition is lost, the lease is over or the process stops. */
  readonly lost: AbortSignal;
  /** Calls `worker.wake` at (wall clock, ms) or soon after; the earliest of all wishes counts, one timer per worker. */
  wakeAt(at: number): void;
  /** The partition of an id under the topology's partition count. */
  partitionOf(id: string): number;
}

/** A record that cannot be processed, or evidence of one that was given up; the runner finds its bytes. */
export interface DeadLetter {
  readonly topic: TopicName;
  readonly key: string;
  readonly offset: number;
  readonly error: ParityError;
  /** How often it was tried; default 1. */
  readonly attempts?: number;
  /** Wall clock of the first attempt, ms; default now. */
  readonly firstAt?: number;
}

/**
 * A stage without I/O: a pure fold. `(tables, input, now) → outputs`. The runner wraps it into a worker that writes, awaits and commits.
 */
export interface Processor {
  /** One key of its input tables changed, or an event arrived: what to write now. */
  events(topic: EventTopicName, records: readonly EventRecord[], state: FoldContext): FoldResult;
  changed(keys: readonly TableChange[], state: FoldContext): FoldResult;
  restored(doubtful: readonly TableKey[], state: FoldContext): FoldResult;
  wake(state: FoldContext): FoldResult;
}

export interface FoldContext {
  readonly tables: TableView;
  readonly now: number;
  readonly partition: number;
  partitionOf(id: string): number;
}

export interface FoldResult {
  /** Written in this order: where a table follows an event, the event is durable first. */
  readonly outputs: readonly Output[];
  /** Records to dead-letter before the outputs are written. */
  readonly deadLetters?: readonly DeadLetter[];
  /** Wall clock, ms: fold again then even if nothing comes. */
  readonly wakeAt?: number;
  /** Counters and their increments. */
  readonly counts?: readonly (readonly [CounterName, number])[];
}
