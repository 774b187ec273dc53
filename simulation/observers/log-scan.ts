import type { LogRecord } from '../../runtime/event-log.ts';
import type { MemoryBroker } from '../../runtime/log/memory/broker.ts';
import { EPOCH_KEY } from '../../runtime/tables/epoch.ts';
import { TableStore } from '../../runtime/tables/table-store.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { TopicValues } from '../../schemas/values.ts';
import { TABLE_NAMES, type TableName, type Topology } from '../../topology/types.ts';

/** A table has a new value under a key; undefined: none before, or none any more. */
export type TableChanged = <T extends TableName>(
  topic: T,
  key: string,
  before: TopicValues[T] | undefined,
  after: TopicValues[T] | undefined,
  record: LogRecord,
) => void;

/** Reads all tables of the log as any reader would, and tells every change that counts. Call `scan` before records are deleted. */
export class LogScan {
  readonly #broker: MemoryBroker;
  readonly #serde: Serde;
  readonly #stores: ReadonlyMap<TableName, readonly TableStore[]>;
  readonly #listeners: TableChanged[] = [];

  constructor(broker: MemoryBroker, serde: Serde, topology: Topology) {
    this.#broker = broker;
    this.#serde = serde;
    this.#stores = new Map(
      TABLE_NAMES.map((topic) => [
        topic,
        Array.from(
          { length: topology.partitions },
          (_, partition) => new TableStore({ topic, partition }),
        ),
      ]),
    );
  }

  onChange(listener: TableChanged): void {
    this.#listeners.push(listener);
  }

  scan(): void {
    for (const topic of this.#stores.keys()) this.scanTable(topic);
  }

  scanTable(topic: TableName): void {
    const logs = this.#broker.topics.logs(topic);
    this.#stores.get(topic)?.forEach((store, partition) => {
      const log = logs[partition];
      if (!log || log.end === store.position) return;
      const { records, nextOffset } = log.read(store.position, Number.MAX_SAFE_INTEGER);
      for (const record of records) this.#fold(topic, store, { topic, partition, ...record });
      store.advance(nextOffset);
    });
  }

  get<T extends TableName>(topic: T, key: string): TopicValues[T] | undefined {
    for (const store of this.#stores.get(topic) ?? []) {
      const value = this.#value(topic, store, key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  keys(topic: TableName, prefix = ''): string[] {
    return (this.#stores.get(topic) ?? []).flatMap((store) => store.keys(prefix)).sort();
  }

  #fold(topic: TableName, store: TableStore, record: LogRecord): void {
    const { key } = record;
    const before = key === null ? undefined : this.#value(topic, store, key);
    const folded = store.fold(record);
    if (folded !== 'changed' || key === null || key === EPOCH_KEY) return;
    const after = this.#value(topic, store, key);
    for (const listener of this.#listeners) listener(topic, key, before, after, record);
  }

  #value<T extends TableName>(
    topic: T,
    store: TableStore,
    key: string,
  ): TopicValues[T] | undefined {
    const entry = store.entry(key);
    if (entry === undefined) return undefined;
    entry.decoded ??= this.#serde.decode(topic, entry.value);
    return entry.decoded as TopicValues[T];
  }
}
