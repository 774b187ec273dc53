import { ParityError } from '../../schemas/errors.ts';
import {
  type EventTopicName,
  isTableName,
  type TableName,
  type TopicName,
} from '../../topology/types.ts';
import type { GroupMember, LogBatch, LogRecord } from '../event-log.ts';
import type { Condition } from './condition.ts';
import { EventQueue } from './event-queue.ts';
import { PartitionTables } from './partition-tables.ts';
import type { RunnerScope } from './scope.ts';

export interface InputEvents {
  /** An input table has a new value (or none) under a key. */
  changed(topic: TableName, record: LogRecord): void;
  /** The tables cannot be trusted any more: the present life of the worker is over. */
  spoilt(reason: ParityError): void;
  /** Something came in. */
  news(): void;
}

export interface InputLag {
  readonly records: number;
  /** When the oldest waiting event was written, ms; null: none waits, or a table. */
  readonly since: number | null;
}

/** All that one partition number of a stage reads: its event queues and its tables, from assignment to loss. */
export class PartitionInputs {
  readonly queues: readonly EventQueue[];
  readonly #partition: number;
  readonly #scope: RunnerScope;
  readonly #progress: Condition;
  readonly #events: InputEvents;
  readonly #byTopic: ReadonlyMap<EventTopicName, EventQueue>;
  /** End of each topic as the last fetch saw it. */
  readonly #ends = new Map<TopicName, number>();
  #tables: PartitionTables;

  /** `progress` is notified after each folded table batch. */
  constructor(scope: RunnerScope, partition: number, progress: Condition, events: InputEvents) {
    this.#scope = scope;
    this.#partition = partition;
    this.#progress = progress;
    this.#events = events;
    this.#tables = this.#freshTables();
    this.queues = scope.options.stage.eventInputs.map((topic) => new EventQueue(topic, partition));
    this.#byTopic = new Map(this.queues.map((queue) => [queue.topic, queue]));
    for (const queue of this.queues) scope.pressure.add(queue);
  }

  get tables(): PartitionTables {
    return this.#tables;
  }

  /**
   * A new assignment. `kept`: nobody else can have owned the partition in between; `sure`: the tables are what the log says.
   * @returns where to read each topic.
   */
  assigned(
    committed: ReadonlyMap<TopicName, number | null>,
    { kept, sure }: { readonly kept: boolean; readonly sure: boolean },
  ): ReadonlyMap<TopicName, number | 'earliest'> {
    this.#tables.feed.clear();
    if (!kept || !sure) this.#tables = this.#freshTables();
    if (!kept) {
      for (const queue of this.queues) queue.restart(committed.get(queue.topic) ?? null);
    }
    const positions = new Map<TopicName, number | 'earliest'>(this.#tables.positions());
    for (const queue of this.queues) positions.set(queue.topic, queue.next ?? 'earliest');
    return positions;
  }

  /** Drops the tables and reads them again from the beginning of their logs. */
  readTablesAgain(member: GroupMember): void {
    this.#tables.feed.clear();
    this.#tables = this.#freshTables();
    for (const topic of this.#tables.set.stores.keys()) {
      member.seek({ topic, partition: this.#partition }, 0);
    }
  }

  records(batch: LogBatch): void {
    const topic = batch.topic as TopicName;
    this.#ends.set(topic, batch.endOffset);
    if (isTableName(topic)) {
      this.#tables.feed.accept(topic, batch);
      return;
    }
    const queue = this.#byTopic.get(topic);
    if (queue === undefined) return;
    queue.accept(batch);
    this.#scope.pressure.changed();
    this.#events.news();
  }

  /** Records of the partition are gone. Tables are restored from what is left; lost events are reported. */
  outOfRange(topic: TopicName, wanted: number, resumedAt: number): void {
    const { environment, stage } = this.#scope.options;
    const code = 'OFFSET_OUT_OF_RANGE';
    const partition = this.#partition;
    const fields = { code, stage: stage.name, topic, partition, wanted, resumedAt };
    const queue = isTableName(topic) ? undefined : this.#byTopic.get(topic);
    if (queue !== undefined) {
      environment.logger.error(fields, 'events were deleted before they were read');
      environment.metrics.count('parity_events_out_of_range_total', { stage: stage.name, topic });
      queue.jump(resumedAt);
    } else if (wanted > 0) {
      environment.logger.warn(fields, 'a table is read again from its beginning');
      this.#tables.distrust();
      this.#events.spoilt(new ParityError('LOG_UNAVAILABLE', `records of ${topic} are gone`));
    }
  }

  /** Per event topic, the offset before which all is done, as far as it is known. */
  eventOffsets(): ReadonlyMap<TopicName, number> {
    return new Map(
      this.queues.flatMap(({ topic, done }) => (done === null ? [] : [[topic, done]])),
    );
  }

  /** What is not done per input, given the offsets that are. */
  lag(done: ReadonlyMap<TopicName, number>): ReadonlyMap<TopicName, InputLag> {
    const { eventInputs, tableInputs } = this.#scope.options.stage;
    const lags = [...eventInputs, ...tableInputs].map((topic) => {
      const from = done.get(topic) ?? this.#scope.committed(topic, this.#partition) ?? 0;
      const end = Math.max(this.#ends.get(topic) ?? 0, from);
      const since = isTableName(topic) ? null : (this.#byTopic.get(topic)?.oldestAt ?? null);
      return [topic, { records: end - from, since }] as const;
    });
    return new Map(lags);
  }

  /** Holds or lets go of the fetching of events, as the worker can take them or not. */
  hold(held: boolean): void {
    for (const queue of this.queues) {
      if (held) this.#scope.pressure.hold(queue);
      else this.#scope.pressure.release(queue);
    }
  }

  close(): void {
    this.#tables.feed.clear();
    for (const queue of this.queues) this.#scope.pressure.remove(queue);
  }

  #freshTables(): PartitionTables {
    return new PartitionTables(this.#scope, this.#partition, this.#progress, {
      changed: (topic, record) => this.#events.changed(topic, record),
      fenced: (reason) => this.#events.spoilt(reason),
      folded: () => this.#events.news(),
    });
  }
}
