import { ParityError } from '../../schemas/errors.ts';
import type { TableName } from '../../topology/types.ts';
import type { LogBatch, LogRecord } from '../event-log.ts';
import { TableSet } from '../tables/table-set.ts';
import type { Condition } from './condition.ts';
import type { RunnerScope } from './scope.ts';
import { TableFeed } from './table-feed.ts';

export interface TableEvents {
  /** An input table has a new value (or none) under a key. */
  changed(topic: TableName, record: LogRecord): void;
  /** Another owner's epoch lies in an own table: what is shown here does not count any more. */
  fenced(reason: ParityError): void;
  /** A batch was folded. */
  folded(): void;
}

/** The tables of one partition as one reading of the log gives them; a partition that must be read anew gets a new one. */
export class PartitionTables {
  readonly set: TableSet;
  readonly feed: TableFeed;
  readonly #scope: RunnerScope;
  readonly #events: TableEvents;
  readonly #progress: Condition;
  #trusted = true;
  #folded = 0;
  /** Every table has been read to what was its end at some time. */
  caughtUp = false;

  constructor(scope: RunnerScope, partition: number, progress: Condition, events: TableEvents) {
    const { stage, serde, environment } = scope.options;
    this.#scope = scope;
    this.#events = events;
    this.#progress = progress;
    this.set = new TableSet([...stage.ownTables, ...stage.tableInputs], partition, serde);
    this.feed = new TableFeed(scope.gate, environment, scope.control, {
      fold: (topic, batch) => this.#fold(topic, batch),
      fail: (error) => scope.fail(error),
    });
  }

  /** False once something happened after which the tables may differ from the log. */
  get trusted(): boolean {
    return this.#trusted;
  }

  distrust(): void {
    this.#trusted = false;
  }

  /** Records folded, for progress. */
  get recordsFolded(): number {
    return this.#folded;
  }

  /** Where the reading of each table goes on. */
  positions(): Map<TableName, number | 'earliest'> {
    const stores = [...this.set.stores];
    return new Map(
      stores.map(([topic, { position }]) => [topic, position === 0 ? 'earliest' : position]),
    );
  }

  #fold(topic: TableName, batch: LogBatch): void {
    const store = this.set.store(topic);
    try {
      for (const record of batch.records) {
        if (!this.#trusted) return;
        this.#scope.gate.check(topic, record);
        this.#tell(topic, record, store.fold(record));
      }
    } catch (error) {
      this.#scope.fail(error);
      return;
    }
    store.advance(batch.nextOffset);
    this.#folded += batch.records.length;
    this.#progress.notify();
    this.#events.folded();
  }

  #tell(topic: TableName, record: LogRecord, how: string): void {
    const { environment, stage } = this.#scope.options;
    if (how === 'changed' && !this.#scope.placement.isOwn(topic)) {
      this.#events.changed(topic, record);
    } else if (how === 'stale') {
      const { offset, partition, headers } = record;
      const fields = { stage: stage.name, topic, partition, offset, headers };
      environment.metrics.count('parity_zombie_records_total', { stage: stage.name, topic });
      environment.logger.warn(fields, 'a record of a former owner is ignored');
    } else if (how === 'fenced') {
      this.#lostEpoch(topic, record);
    }
  }

  #lostEpoch(topic: TableName, record: LogRecord): void {
    const store = this.set.store(topic);
    if (!store.held) {
      // Somebody was first with our number: `claimTables` takes the next one.
      store.setClaim(null);
      return;
    }
    this.#trusted = false;
    const message = `another owner wrote a higher epoch to ${topic}[${record.partition}]`;
    this.#events.fenced(new ParityError('FENCED', message));
  }
}
