import type {
  EventLog,
  GroupHandler,
  GroupMember,
  GroupOptions,
  LogAdmin,
  LogBatch,
  ProduceRecord,
  TopicPartition,
} from '../../runtime/event-log.ts';
import { partitionKey } from '../../runtime/event-log.ts';
import { isTableName } from '../../topology/types.ts';

/** What listens to a process's log. */
export interface LogTap {
  /** Right before records leave. True: the process dies here, nothing leaves. */
  producing(records: readonly ProduceRecord[]): boolean;
  /** They are durable, and the process does not know yet. True: it dies here. */
  produced(records: readonly ProduceRecord[]): boolean;
  /** A group's member is given a batch. */
  delivered(groupId: string, batch: LogBatch): void;
}

export interface TappedLogOptions {
  /** Groups are told that nothing was committed: all events come again from the beginning. */
  readonly rewound: boolean;
}

/** The log as one process has it, with somebody listening and, on demand, dying in between. */
export class TappedLog implements EventLog {
  readonly #inner: EventLog;
  readonly #tap: LogTap;
  readonly #options: TappedLogOptions;

  constructor(inner: EventLog, tap: LogTap, options: TappedLogOptions) {
    this.#inner = inner;
    this.#tap = tap;
    this.#options = options;
  }

  get admin(): LogAdmin {
    return this.#inner.admin;
  }

  produce(records: readonly ProduceRecord[]): Promise<number[]> {
    if (this.#tap.producing(records)) return forever();
    return this.#inner.produce(records).then((offsets) => {
      if (this.#tap.produced(records)) return forever<number[]>();
      return offsets;
    });
  }

  join(options: GroupOptions, handler: GroupHandler): Promise<GroupMember> {
    return this.#inner.join(options, {
      assigned: (assignment) =>
        handler.assigned(
          this.#options.rewound
            ? {
                ...assignment,
                committed: withoutEvents(assignment.committed, assignment.partitions),
              }
            : assignment,
        ),
      revoked: () => handler.revoked(),
      records: (batch) => {
        this.#tap.delivered(options.groupId, batch);
        handler.records(batch);
      },
      outOfRange: (partition, wanted, resumedAt) =>
        handler.outOfRange(partition, wanted, resumedAt),
    });
  }

  readToEnd(
    partitions: readonly TopicPartition[],
    onBatch: (batch: LogBatch) => void,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#inner.readToEnd(partitions, onBatch);
  }

  tail(
    from: ReadonlyMap<string, number>,
    onBatch: (batch: LogBatch) => void,
  ): Promise<{ close(): Promise<void> }> {
    return this.#inner.tail(from, onBatch);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

function withoutEvents(
  committed: ReadonlyMap<string, number | null>,
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, number | null> {
  const events = partitions.filter(({ topic }) => !isTableName(topic)).map(partitionKey);
  return new Map([...committed, ...events.map((key) => [key, null] as const)]);
}

/** What a process that has just died gets. */
function forever<T>(): Promise<T> {
  return new Promise(() => undefined);
}
