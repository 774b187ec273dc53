import type { Batch, Consumer, KafkaMessage } from 'kafkajs';
import {
  type LogBatch,
  type LogRecord,
  partitionKey,
  type TopicPartition,
} from '../../event-log.ts';
import type { FetchedPartition } from './cluster-watch.ts';
import type { Naming } from './naming.ts';

export interface ConsumptionSink {
  records(batch: LogBatch): void;
  /** The position is no longer (or not yet) in the log; nothing more comes until `place` or `seek`. */
  outOfRange(partition: TopicPartition, wanted: number): void;
}

interface Position extends TopicPartition {
  /** Where the next batch must begin. */
  offset: number;
  paused: boolean;
  /** Out of range: kept paused until it is sought. */
  lost: boolean;
}

type FilteredBatch = Pick<
  Batch,
  'topic' | 'partition' | 'highWatermark' | 'messages' | 'lastOffset'
>;

/**
 * The reading side of a consumer: which offset of each partition comes next, whatever kafkajs thinks. kafkajs begins at the committed
 * offsets after each join and may have a fetch under way when partitions are sought, paused or lost, so a batch is delivered only if it was
 * fetched from exactly the position that is due; any other is dropped and the position sought again.
 */
export class Consumption {
  readonly #consumer: Consumer;
  readonly #naming: Naming;
  readonly #sink: ConsumptionSink;
  readonly #positions = new Map<string, Position>();
  readonly #fetched = new Map<string, FetchedPartition>();

  constructor(consumer: Consumer, naming: Naming, sink: ConsumptionSink) {
    this.#consumer = consumer;
    this.#naming = naming;
    this.#sink = sink;
  }

  /** A new assignment: nothing is read of it until `place`. */
  hold(partitions: readonly TopicPartition[]): void {
    this.clear();
    for (const partition of partitions) this.#consumer.pause([this.#kafkaPartition(partition)]);
  }

  /** Reads on from these offsets; partitions in `paused` (by `partitionKey`) only after `resume`. */
  place(
    from: readonly (TopicPartition & { readonly offset: number })[],
    paused: ReadonlySet<string>,
  ): void {
    for (const { topic, partition, offset } of from) {
      const key = partitionKey({ topic, partition });
      const position = { topic, partition, offset, paused: paused.has(key), lost: false };
      this.#positions.set(key, position);
      this.#seekConsumer(position);
      if (!position.paused) this.#consumer.resume([this.#kafkaPartition(position)]);
    }
  }

  /** Nothing is read or delivered any more. */
  clear(): void {
    this.#positions.clear();
    this.#fetched.clear();
  }

  pause(partition: TopicPartition): void {
    const position = this.#positions.get(partitionKey(partition));
    if (position === undefined || position.paused) return;
    position.paused = true;
    this.#consumer.pause([this.#kafkaPartition(position)]);
  }

  resume(partition: TopicPartition): void {
    const position = this.#positions.get(partitionKey(partition));
    if (position === undefined || !position.paused) return;
    position.paused = false;
    if (!position.lost) this.#consumer.resume([this.#kafkaPartition(position)]);
  }

  seek(partition: TopicPartition, offset: number): void {
    const position = this.#positions.get(partitionKey(partition));
    if (position === undefined) return;
    position.offset = offset;
    this.#seekConsumer(position);
    if (position.lost && !position.paused) this.#consumer.resume([this.#kafkaPartition(position)]);
    position.lost = false;
  }

  /** There is nothing to fetch now. */
  isIdle(): boolean {
    return [...this.#positions.values()].every((position) => position.paused || position.lost);
  }

  position(partition: TopicPartition): number | undefined {
    return this.#positions.get(partitionKey(partition))?.offset;
  }

  /** A fetch came back. A partition that brought only batches which compaction emptied is not handed on by kafkajs: move on here. */
  fetched(fetch: FetchedPartition): void {
    const { topic, partition, offset, nextOffset, highWatermark, empty } = fetch;
    this.#fetched.set(partitionKey({ topic, partition }), fetch);
    if (!empty || nextOffset === undefined || nextOffset <= offset) return;
    this.take({
      topic,
      partition,
      highWatermark: String(highWatermark),
      messages: [],
      lastOffset: () => String(offset - 1),
    });
  }

  outOfRange(topic: string, partition: number): void {
    const position = this.#positions.get(
      partitionKey({ topic: this.#naming.bare(topic), partition }),
    );
    this.#consumer.pause([{ topic, partitions: [partition] }]);
    if (position === undefined || position.lost) return;
    position.lost = true;
    this.#sink.outOfRange({ topic: position.topic, partition }, position.offset);
  }

  /** Takes a batch from kafkajs and hands it over if it is the one that is due. */
  take(batch: FilteredBatch): void {
    const position = this.#positions.get(
      partitionKey({ topic: this.#naming.bare(batch.topic), partition: batch.partition }),
    );
    if (position === undefined) return;
    const fetched = this.#fetched.get(partitionKey(batch));
    if (position.paused || position.lost || fetched?.offset !== position.offset) {
      this.#seekConsumer(position);
      return;
    }
    const behindLast = Number(batch.lastOffset()) + 1;
    position.offset = fetched.nextOffset ?? behindLast;
    if (position.offset !== behindLast) this.#seekConsumer(position);
    this.#sink.records({
      topic: position.topic,
      partition: position.partition,
      records: batch.messages.map((message) => logRecord(position, message)),
      nextOffset: position.offset,
      endOffset: Number(batch.highWatermark),
    });
  }

  #seekConsumer(position: Position): void {
    const { topic, partition, offset } = position;
    this.#consumer.seek({ topic: this.#naming.full(topic), partition, offset: String(offset) });
  }

  #kafkaPartition({ topic, partition }: TopicPartition): { topic: string; partitions: number[] } {
    return { topic: this.#naming.full(topic), partitions: [partition] };
  }
}

function logRecord({ topic, partition }: TopicPartition, message: KafkaMessage): LogRecord {
  const { offset, timestamp, key, value, headers } = message;
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: key === null ? null : key.toString('utf8'),
    // A copy: kafkajs's value is a view of the whole fetch response and would keep all of it in memory.
    value: value === null ? null : Buffer.from(value),
    headers: textHeaders(headers),
  };
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

function textHeaders(headers: KafkaMessage['headers']): Readonly<Record<string, string>> {
  let text: Record<string, string> | null = null;
  for (const name in headers) {
    const value = headers[name];
    // A repeated header comes as an array: the last one counts.
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last === undefined) continue;
    text ??= {};
    text[name] = last.toString();
  }
  return text ?? NO_HEADERS;
}
