import { ParityError } from '../../../schemas/errors.ts';
import {
  type ProduceRecord,
  partitionKey,
  type TopicPartition,
  type TopicSpec,
} from '../../event-log.ts';
import { recordBytes } from '../send-queue.ts';
import { PartitionLog } from './partition-log.ts';

interface StoredTopic {
  spec: TopicSpec;
  readonly partitions: readonly PartitionLog[];
}

/** All topics of the broker, and who waits for records of which partition. */
export class TopicStore {
  readonly #topics = new Map<string, StoredTopic>();
  readonly #waiting = new Map<string, Set<() => void>>();

  create(spec: TopicSpec): void {
    if (this.#topics.has(spec.name)) return;
    const partitions = Array.from({ length: spec.partitions }, () => new PartitionLog());
    this.#topics.set(spec.name, { spec, partitions });
  }

  delete(name: string): void {
    this.#topics.delete(name);
  }

  spec(name: string): TopicSpec | undefined {
    return this.#topics.get(name)?.spec;
  }

  setConfig(name: string, config: Readonly<Record<string, string>>): void {
    const topic = this.#topic(name);
    topic.spec = { ...topic.spec, config };
  }

  counts(): ReadonlyMap<string, number> {
    return new Map([...this.#topics].map(([name, { spec }]) => [name, spec.partitions]));
  }

  logs(name: string): readonly PartitionLog[] {
    return this.#topic(name).partitions;
  }

  find({ topic, partition }: TopicPartition): PartitionLog | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  /** @throws LOG_UNAVAILABLE for a topic or partition that does not exist. */
  log(partition: TopicPartition): PartitionLog {
    const log = this.find(partition);
    if (log === undefined)
      throw new ParityError('LOG_UNAVAILABLE', `there is no ${partitionKey(partition)}`);
    return log;
  }

  /** Refuses what Kafka refuses: unknown partitions and, in compacted topics, records without key. */
  check(record: ProduceRecord): void {
    this.log(record);
    const largest = this.spec(record.topic)?.config['max.message.bytes'];
    if (largest !== undefined && recordBytes(record) > Number(largest)) {
      throw new ParityError(
        'EVENT_TOO_LARGE',
        `a record over the ${largest} bytes of ${record.topic}`,
      );
    }
    const policy = this.spec(record.topic)?.config['cleanup.policy'] ?? 'delete';
    if (record.key === null && policy.includes('compact')) {
      throw new ParityError(
        'LOG_UNAVAILABLE',
        `a record without key for the compacted topic ${record.topic}`,
      );
    }
  }

  append(record: ProduceRecord, timestamp: number): number {
    const offset = this.log(record).append(record, timestamp);
    const key = partitionKey(record);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const wake of waiting ?? []) wake();
    return offset;
  }

  /** Calls `wake` at the next append to any of the partitions, once. @returns a function that ends the wait. */
  onAppend(partitions: readonly TopicPartition[], wake: () => void): () => void {
    const keys = partitions.map(partitionKey);
    const cancel = () => {
      for (const key of keys) this.#waiting.get(key)?.delete(once);
    };
    const once = () => {
      cancel();
      wake();
    };
    for (const key of keys) {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting.add(once));
    }
    return cancel;
  }

  #topic(name: string): StoredTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new ParityError('LOG_UNAVAILABLE', `there is no topic ${name}`);
    return topic;
  }
}
