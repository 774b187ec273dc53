import type { TableView } from '../../runtime/stage.ts';
import type { TopicValues } from '../../schemas/values.ts';
import type { TableName } from '../../topology/types.ts';

interface Stored {
  readonly value: TopicValues[TableName];
  readonly offset: number;
}

class Table {
  readonly rows = new Map<string, Stored>();
  readonly keys: string[] = [];
  next = 0;
}

/** Tables in memory for the driver: newest value per key, keys in order, offsets as a log would give them. */
export class TableStore implements TableView {
  readonly #tables = new Map<TableName, Table>();

  /** @returns the offset of the record. */
  put(topic: TableName, key: string, value: TopicValues[TableName] | null): number {
    const table = this.#table(topic);
    const offset = table.next++;
    const at = firstAtLeast(table.keys, key);
    const present = table.keys[at] === key;
    if (value === null) {
      table.rows.delete(key);
      if (present) table.keys.splice(at, 1);
    } else {
      table.rows.set(key, { value, offset });
      if (!present) table.keys.splice(at, 0, key);
    }
    return offset;
  }

  get<T extends TableName>(topic: T, key: string): TopicValues[T] | undefined {
    // `put` is only ever called with a value of its topic.
    return this.#table(topic).rows.get(key)?.value as TopicValues[T] | undefined;
  }

  offsetOf(topic: TableName, key: string): number | undefined {
    return this.#table(topic).rows.get(key)?.offset;
  }

  *keys(topic: TableName, prefix = ''): Iterable<string> {
    const { keys } = this.#table(topic);
    for (let at = firstAtLeast(keys, prefix); at < keys.length; at++) {
      const key = keys[at];
      if (key === undefined || !key.startsWith(prefix)) return;
      yield key;
    }
  }

  topics(): TableName[] {
    return [...this.#tables.keys()];
  }

  #table(topic: TableName): Table {
    let table = this.#tables.get(topic);
    if (!table) {
      table = new Table();
      this.#tables.set(topic, table);
    }
    return table;
  }
}

function firstAtLeast(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
