import {
  type LogBatch,
  type LogRecord,
  partitionKey,
  type TopicPartition,
} from '../../event-log.ts';
import type { Timer } from '../../ports.ts';
import type { MemoryBroker } from './broker.ts';
import type { Link } from './link.ts';

export interface FetchSink {
  records(batch: LogBatch): void;
  outOfRange(partition: TopicPartition, wanted: number, resumedAt: number): void;
}

interface Position extends TopicPartition {
  offset: number;
  paused: boolean;
  /** Its next batch is held back (delayed delivery). */
  delayed: boolean;
  /** Raised by everything that makes a fetch under way worthless. */
  version: number;
}

/** Reads partitions from given positions on and hands batches over as they come; one fetch at a time, as a Kafka consumer does. */
export class Fetcher {
  readonly #broker: MemoryBroker;
  readonly #link: Link;
  readonly #sink: FetchSink;
  #positions = new Map<string, Position>();
  #fetching = false;
  #endWait: (() => void) | null = null;
  readonly #timers = new Set<Timer>();

  constructor(broker: MemoryBroker, link: Link, sink: FetchSink) {
    this.#broker = broker;
    this.#link = link;
    this.#sink = sink;
  }

  /** Replaces all positions; nothing is paused. */
  assign(
    from: readonly (TopicPartition & { readonly offset: number })[],
    paused: ReadonlySet<string> = new Set(),
  ): void {
    this.#positions = new Map(
      from.map(({ topic, partition, offset }) => {
        const key = partitionKey({ topic, partition });
        return [
          key,
          { topic, partition, offset, paused: paused.has(key), delayed: false, version: 0 },
        ];
      }),
    );
    this.#pump();
  }

  /** Stops reading altogether. */
  clear(): void {
    this.#positions = new Map();
    this.#endWait?.();
    this.#endWait = null;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  drop(partition: TopicPartition): void {
    this.#positions.delete(partitionKey(partition));
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#change(partition, (position) => {
      position.offset = offset;
    });
  }

  setPaused(partition: TopicPartition, paused: boolean): void {
    this.#change(partition, (position) => {
      position.paused = paused;
    });
  }

  #change(partition: TopicPartition, apply: (position: Position) => void): void {
    const position = this.#positions.get(partitionKey(partition));
    if (position === undefined) return;
    apply(position);
    position.version += 1;
    this.#pump();
  }

  /** Waits for data on all partitions that are wanted now, then fetches. */
  #pump(): void {
    if (this.#fetching) return;
    this.#endWait?.();
    this.#endWait = null;
    const wanted = [...this.#positions.values()].filter(
      (position) => !position.paused && !position.delayed,
    );
    if (wanted.length === 0) return;
    this.#endWait = this.#broker.whenReadable(wanted, () => {
      this.#link.step(() => {
        this.#endWait = null;
        if (!this.#fetching) this.#fetch();
      });
    });
  }

  #fetch(): void {
    const wanted = [...this.#positions.values()].filter(
      (position) => !position.paused && !position.delayed,
    );
    if (wanted.length === 0) return;
    this.#fetching = true;
    const versions = new Map(wanted.map((position) => [position, position.version]));
    this.#link
      .call<{ deliver: () => void }[]>((answer) => {
        answer(
          this.#broker.readAll(wanted).map(({ position, read }) => ({
            deliver: () => this.#take(position, versions.get(position), read),
          })),
        );
      })
      .then(
        (batches) => {
          for (const batch of batches) batch.deliver();
          this.#fetching = false;
          this.#pump();
        },
        () => {
          // Unanswered (the process is isolated): fetch again.
          this.#fetching = false;
          this.#pump();
        },
      );
  }

  #take(position: Position, version: number | undefined, read: FetchAnswer): void {
    if (this.#positions.get(partitionKey(position)) !== position || position.version !== version)
      return;
    const { topic, partition } = position;
    if (read.kind === 'out of range') {
      const wanted = position.offset;
      position.offset = read.resumedAt;
      this.#sink.outOfRange({ topic, partition }, wanted, read.resumedAt);
    } else if (read.kind === 'delayed') {
      position.delayed = true;
      const timer = this.#link.after(read.delay, () => {
        this.#timers.delete(timer);
        position.delayed = false;
        this.#pump();
      });
      this.#timers.add(timer);
    } else {
      position.offset = read.nextOffset;
      this.#sink.records({
        topic,
        partition,
        records: read.records,
        nextOffset: read.nextOffset,
        endOffset: read.endOffset,
      });
    }
  }
}

/** What the broker says to a fetch of one partition. */
export type FetchAnswer =
  | {
      readonly kind: 'records';
      readonly records: readonly LogRecord[];
      readonly nextOffset: number;
      readonly endOffset: number;
    }
  | { readonly kind: 'out of range'; readonly resumedAt: number }
  | { readonly kind: 'delayed'; readonly delay: number };
