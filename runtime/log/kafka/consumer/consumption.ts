import type { Consumer } from 'kafkajs';
import { type LogBatch, partitionKey, type TopicPartition } from '../../../event-log.ts';
import type { Naming } from '../naming.ts';
import type { FetchedPartition } from '../wire/fetch-response.ts';

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

  /** A fetch came back; what it brought waits until kafkajs calls for it. */
  fetched(fetch: FetchedPartition): void {
    this.#fetched.set(partitionKey(fetch), fetch);
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

  /** kafkajs hands on what it fetched of a partition (names of the cluster): deliver it if it is what is due. */
  take(topic: string, partition: number): void {
    const key = partitionKey({ topic: this.#naming.bare(topic), partition });
    const fetched = this.#fetched.get(key);
    this.#fetched.delete(key);
    const position = this.#positions.get(key);
    if (position === undefined) return;
    const due = fetched?.offset === position.offset && !position.paused && !position.lost;
    if (!due || fetched?.nextOffset === undefined) {
      this.#seekConsumer(position);
      return;
    }
    position.offset = fetched.nextOffset;
    const { records, nextOffset, highWatermark } = fetched;
    this.#sink.records({
      topic: position.topic,
      partition,
      records,
      nextOffset,
      endOffset: highWatermark,
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
