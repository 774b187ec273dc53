import { type LogRecord, partitionKey, type TopicPartition } from '../../runtime/event-log.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { World } from '../world/world.ts';
import { EFFECTS, sourceOf } from './effects.ts';

/**
 * Half of I9: a committed offset means that all before it is done. Looks at every record that a group has committed past, at
 * any moment of the run, and asks whether what follows from it is durable by then, or the record dead-lettered.
 */
export class CommitWatch {
  readonly #world: World;
  readonly #judged = new Map<string, number>();
  readonly #dead = new Set<string>();
  readonly #placed = new Set<string>();
  readonly #read = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Call it after the tables were scanned, and before records are deleted. */
  async look(): Promise<void> {
    const { broker, database, topology } = this.#world;
    this.#readOn('channel.dead-letters', (record) => this.#dead.add(sourceOf(record)));
    this.#readOn('pms.events', (record) => this.#notePlaced(record));
    await database.transaction(null, async (tx) => {
      for (const { group, topic, effect } of EFFECTS) {
        for (let partition = 0; partition < topology.partitions; partition += 1) {
          const committed = broker.group(group).committed({ topic, partition }) ?? 0;
          for (const record of this.#newlyCommitted(group, { topic, partition }, committed)) {
            const source = `${topic}[${partition}]@${record.offset}`;
            if (this.#dead.has(source)) continue;
            if (effect(record, { world: this.#world, tx, placed: this.#placed }) === false)
              this.#world.violations.add(
                'I9',
                `${group} committed past ${source}, of which nothing is durable`,
              );
          }
        }
      }
    });
  }

  #newlyCommitted(group: string, at: TopicPartition, committed: number): readonly LogRecord[] {
    const key = `${group} ${partitionKey(at)}`;
    const from = this.#judged.get(key) ?? 0;
    if (committed <= from) return [];
    this.#judged.set(key, committed);
    const { records } = this.#world.broker.topics.log(at).read(from, committed - from);
    return records
      .filter(({ offset }) => offset < committed)
      .map((record) => ({ ...at, ...record }));
  }

  #readOn(topic: string, take: (record: LogRecord) => void): void {
    this.#world.broker.topics.logs(topic).forEach((log, partition) => {
      const key = partitionKey({ topic, partition });
      const { records, nextOffset } = log.read(this.#read.get(key) ?? 0, Number.MAX_SAFE_INTEGER);
      this.#read.set(key, nextOffset);
      for (const record of records) take({ topic, partition, ...record });
    });
  }

  #notePlaced({ partition, value, key }: LogRecord): void {
    const { serde, topology } = this.#world;
    if (value === null || key === null || partitionOf(key, topology.partitions) !== partition)
      return;
    // Bytes that are no event are somebody's dead letter.
    if (this.#isEvent(value)) this.#placed.add(serde.decode('pms.events', value).event_id);
  }

  #isEvent(value: Uint8Array): boolean {
    try {
      this.#world.serde.decode('pms.events', value);
      return true;
    } catch {
      return false;
    }
  }
}
