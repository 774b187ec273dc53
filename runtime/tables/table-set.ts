import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { TopicValues } from '../../schemas/values.ts';
import type { TableName } from '../../topology/types.ts';
import type { TableView } from '../stage.ts';
import { DecodedCache } from './decoded-cache.ts';
import { TableStore } from './table-store.ts';

/** Decoded values kept per set of tables. */
const DECODED_VALUES = 256;

/** The tables of one partition: encoded in memory, decoded when touched. */
export class TableSet implements TableView {
  readonly stores: ReadonlyMap<TableName, TableStore>;
  readonly #serde: Pick<Serde, 'decode'>;
  readonly #cache = new DecodedCache(DECODED_VALUES);

  constructor(topics: readonly TableName[], partition: number, serde: Pick<Serde, 'decode'>) {
    this.stores = new Map(
      topics.map((topic) => [topic, new TableStore({ topic, partition })] as const),
    );
    this.#serde = serde;
  }

  /** @throws ParityError TABLE_UNDECODABLE or SCHEMA_NEWER_THAN_BUILD: the stage stops. */
  get<T extends TableName>(topic: T, key: string): TopicValues[T] | undefined {
    const entry = this.store(topic).entry(key);
    if (entry === undefined) return undefined;
    const decode = (value: Uint8Array) => decodeTableValue(this.#serde, topic, key, value);
    return this.#cache.get(entry, decode) as TopicValues[T];
  }

  offsetOf(topic: TableName, key: string): number | undefined {
    return this.store(topic).entry(key)?.offset ?? undefined;
  }

  keys(topic: TableName, prefix = ''): string[] {
    return this.store(topic).keys(prefix);
  }

  /** @throws ParityError TOPOLOGY_INVALID for a table that the stage neither reads nor owns. */
  store(topic: TableName): TableStore {
    const store = this.stores.get(topic);
    if (store === undefined) {
      throw new ParityError('TOPOLOGY_INVALID', `the stage does not declare the table ${topic}`);
    }
    return store;
  }
}

/** @throws ParityError TABLE_UNDECODABLE or SCHEMA_NEWER_THAN_BUILD. */
export function decodeTableValue<T extends TableName>(
  serde: Pick<Serde, 'decode'>,
  topic: T,
  key: string,
  value: Uint8Array,
): TopicValues[T] {
  try {
    return serde.decode(topic, value);
  } catch (cause) {
    if (codeOf(cause) === 'SCHEMA_NEWER_THAN_BUILD') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ParityError('TABLE_UNDECODABLE', `${topic}, key ${key}: ${reason}`, { cause });
  }
}
