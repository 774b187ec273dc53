import type { LogBatch } from '../../runtime/event-log.ts';
import { TableStore } from '../../runtime/tables/table-store.ts';
import { monthOf, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection, DesiredPage } from '../../schemas/generated/types.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { TopicValues } from '../../schemas/values.ts';
import { isTableName, type TableName } from '../../topology/types.ts';

type ViewedTable = 'channel.desired' | 'channel.connections';
const VIEWED: ReadonlySet<string> = new Set<ViewedTable>([
  'channel.desired',
  'channel.connections',
]);

/** What one process's delivery has been told, folded again by nobody but this observer. */
export class SenderView {
  readonly #serde: Serde;
  readonly #stores = new Map<string, TableStore>();

  constructor(serde: Serde) {
    this.#serde = serde;
  }

  deliver(groupId: string, batch: LogBatch): void {
    if (groupId !== 'delivery' || !isTableName(batch.topic) || !VIEWED.has(batch.topic)) return;
    const key = `${batch.topic} ${batch.partition}`;
    const store = this.#stores.get(key) ?? new TableStore(batch);
    this.#stores.set(key, store);
    for (const record of batch.records) store.fold(record);
  }

  connection(partition: number, id: string): Connection | undefined {
    return this.#get('channel.connections', partition, id);
  }

  desired(partition: number, connection: Connection, night: PlainDate): DesiredPage | undefined {
    const key = `${connection.connection_id}/${monthOf(night)}`;
    const page = this.#get('channel.desired', partition, key);
    return page?.incarnation === connection.incarnation ? page : undefined;
  }

  #get<T extends ViewedTable & TableName>(
    topic: T,
    partition: number,
    key: string,
  ): TopicValues[T] | undefined {
    const entry = this.#stores.get(`${topic} ${partition}`)?.entry(key);
    if (entry === undefined) return undefined;
    entry.decoded ??= this.#serde.decode(topic, entry.value);
    return entry.decoded as TopicValues[T];
  }
}
