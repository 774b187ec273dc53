import type { TableName } from '../../topology/types.ts';
import type { LogRecord } from '../event-log.ts';
import type { TableChange } from '../stage.ts';
import { HEADERS } from '../tables/epoch.ts';
import { validTraceparent } from '../trace.ts';
import { originOf } from './event-intake.ts';

/** Changes of input tables that the worker has not been told of, or is being told of: folded per key, newest state only. */
export class ChangeSet {
  #waiting = new Map<string, TableChange>();
  #waitingFrom = new Map<TableName, number>();
  #underWayFrom = new Map<TableName, number>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(topic: TableName, record: LogRecord): void {
    const key = record.key ?? '';
    const id = `${topic}\u0000${key}`;
    // The wait of a key began with its first change, whose origin therefore stays.
    const earlier = this.#waiting.get(id)?.originTs ?? null;
    this.#waiting.set(id, {
      topic,
      key,
      offset: record.offset,
      originTs: earlier ?? originOf(record.headers),
      traceparent: validTraceparent(record.headers[HEADERS.traceparent]),
    });
    if (!this.#waitingFrom.has(topic)) this.#waitingFrom.set(topic, record.offset);
  }

  /** All that waits. Until `done` it counts as undone. */
  take(): TableChange[] {
    const changes = [...this.#waiting.values()];
    this.#underWayFrom = this.#waitingFrom;
    this.#waiting = new Map();
    this.#waitingFrom = new Map();
    return changes;
  }

  done(): void {
    this.#underWayFrom = new Map();
  }

  /** Lowest offset of a table that the worker has not dealt with; undefined: none. */
  undoneFrom(topic: TableName): number | undefined {
    return this.#underWayFrom.get(topic) ?? this.#waitingFrom.get(topic);
  }
}
