import type {
  EventLog,
  GroupHandler,
  GroupOptions,
  LogBatch,
  ProduceRecord,
} from '../runtime/event-log.ts';

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
