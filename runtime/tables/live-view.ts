import type { Serde } from '../../schemas/serde.ts';
import type { TopicValues } from '../../schemas/values.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { TableName } from '../../topology/types.ts';
import type { EventLog, LogBatch, TopicPartition } from '../event-log.ts';
import { SchemaGate } from './schema-gate.ts';
import { decodeTableValue } from './table-set.ts';
import { type TableEntry, TableStore } from './table-store.ts';

/**
 * A table as a reader outside any group sees it: all partitions, read to their end and then followed. It ignores zombies by the same rule as
 * everybody else. A value is visible some milliseconds after it is durable; `get` never waits.
 */
export class LiveTable<T extends TableName> {
  readonly #topic: T;
  readonly #serde: Serde;
  readonly #gate: SchemaGate;
  readonly #stores: readonly TableStore[];
  /** Per partition: batches that wait for their schema are folded in order. */
  readonly #folding = new Map<number, Promise<void>>();
  #failed: (error: unknown) => void = () => undefined;
  #tail: { close(): Promise<void> } | null = null;
  /** Rejects when the table cannot be read any more; never resolves. */
  readonly failed: Promise<never>;

  private constructor(topic: T, partitions: number, serde: Serde) {
    this.#topic = topic;
    this.#serde = serde;
    this.#gate = new SchemaGate(serde);
    this.#stores = Array.from(
      { length: partitions },
      (_, partition) => new TableStore({ topic, partition }),
    );
    this.failed = new Promise((_resolve, reject) => {
      this.#failed = reject;
    });
    this.failed.catch(() => undefined);
  }

  /** Resolves when the table is complete as of now. @throws LOG_UNAVAILABLE, TABLE_UNDECODABLE, SCHEMA_NEWER_THAN_BUILD */
  static async open<T extends TableName>(
    log: EventLog,
    serde: Serde,
    topic: T,
    partitions: number,
  ): Promise<LiveTable<T>> {
    const table = new LiveTable(topic, partitions, serde);
    const all: TopicPartition[] = Array.from({ length: partitions }, (_, partition) => ({
      topic,
      partition,
    }));
    const ends = await log.readToEnd(all, (batch) => table.#take(batch));
    await Promise.race([Promise.all(table.#folding.values()), table.failed]);
    table.#tail = await log.tail(ends, (batch) => table.#take(batch));
    return table;
  }

  /** @param placement the id by which the table's records are placed, where it is known; else all partitions are asked. */
  get(key: string, placement?: string): TopicValues[T] | undefined {
    const entry = this.#entry(key, placement);
    return entry ? decodeTableValue(this.#serde, this.#topic, key, entry.value) : undefined;
  }

  /** As `get`, for readers that want little of something large: `read` is done once for each value, and what it gave is kept as long as the value stands. */
  reading<R extends object>(
    read: (value: TopicValues[T]) => R,
  ): (key: string, placement?: string) => R | undefined {
    const known = new WeakMap<TableEntry, R>();
    return (key, placement) => {
      const entry = this.#entry(key, placement);
      if (!entry) return undefined;
      const kept = known.get(entry);
      if (kept) return kept;
      const result = read(decodeTableValue(this.#serde, this.#topic, key, entry.value));
      known.set(entry, result);
      return result;
    };
  }

  *keys(prefix = ''): Iterable<string> {
    for (const store of this.#stores) yield* store.keys(prefix);
  }

  async close(): Promise<void> {
    await this.#tail?.close();
  }

  #entry(key: string, placement?: string): TableEntry | undefined {
    const stores =
      placement === undefined ? this.#stores : this.#stores.slice(...this.#slot(placement));
    for (const store of stores) {
      const entry = store.entry(key);
      if (entry) return entry;
    }
    return undefined;
  }

  #slot(placement: string): [number, number] {
    const partition = partitionOf(placement, this.#stores.length);
    return [partition, partition + 1];
  }

  #take(batch: LogBatch): void {
    const before = this.#folding.get(batch.partition);
    const ready = this.#gate.open(batch.records);
    if (!before && !ready) {
      this.#foldOrFail(batch);
      return;
    }
    const folded = Promise.resolve(before)
      .then(() => ready)
      .then(() => this.#fold(batch))
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        if (this.#folding.get(batch.partition) === folded) this.#folding.delete(batch.partition);
      });
    this.#folding.set(batch.partition, folded);
  }

  #foldOrFail(batch: LogBatch): void {
    try {
      this.#fold(batch);
    } catch (error) {
      this.#failed(error);
    }
  }

  #fold(batch: LogBatch): void {
    const store = this.#stores[batch.partition];
    if (!store) return;
    for (const record of batch.records) {
      this.#gate.check(this.#topic, record);
      store.fold(record);
    }
    store.advance(batch.nextOffset);
  }
}
