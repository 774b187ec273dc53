import type {
  EventLog,
  GroupHandler,
  GroupOptions,
  LogBatch,
  ProduceRecord,
} from '../runtime/event-log.ts';
import { deferred } from '../runtime/log/deferred.ts';

/** What a measurement wants to see pass; both are called before the stage or the caller hears of it. */
export interface LogWatch {
  /** A batch is handed to a stage. */
  fetched?(batch: LogBatch): void;
  /** The stage hands records over to be written. */
  producing?(records: readonly ProduceRecord[]): void;
  /** The records are durable. */
  produced?(records: readonly ProduceRecord[]): void;
}

/** The log as the stages see it, with somebody who looks on. Adds a call per batch and nothing per record. */
export function watchedLog(log: EventLog, watch: LogWatch): EventLog {
  const watchedHandler = (handler: GroupHandler): GroupHandler => ({
    assigned: (assignment) => handler.assigned(assignment),
    revoked: () => handler.revoked(),
    records: (batch) => {
      watch.fetched?.(batch);
      handler.records(batch);
    },
    outOfRange: (partition, wanted, resumedAt) => handler.outOfRange(partition, wanted, resumedAt),
  });
  return {
    produce: async (records) => {
      watch.producing?.(records);
      const offsets = await log.produce(records);
      watch.produced?.(records);
      return offsets;
    },
    join: (options: GroupOptions, handler: GroupHandler) =>
      log.join(options, watchedHandler(handler)),
    readToEnd: (partitions, onBatch) => log.readToEnd(partitions, onBatch),
    tail: (from, onBatch) => log.tail(from, onBatch),
    admin: log.admin,
    close: () => log.close(),
  };
}

/** Measures from the first call of `begin` until `count` things are done. */
export class Stopwatch {
  /** Resolves with the duration, ms. */
  readonly done: Promise<number>;
  readonly #finish = deferred<number>();
  readonly #wanted: number;
  #count = 0;
  #startedAt: number | null = null;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.done = this.#finish.promise;
  }

  begin(): void {
    this.#startedAt ??= performance.now();
  }

  /** More of them are done than wanted: fine, the duration is that of the last wanted one. */
  add(count: number): void {
    this.#count += count;
    if (this.#count >= this.#wanted && this.#startedAt !== null)
      this.#finish.resolve(performance.now() - this.#startedAt);
  }

  fail(error: unknown): void {
    this.#finish.reject(error);
  }
}
