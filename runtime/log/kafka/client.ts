import type {
  EventLog,
  GroupHandler,
  GroupMember,
  GroupOptions,
  LogBatch,
  ProduceRecord,
  TopicPartition,
} from '../../event-log.ts';
import { partitionKey } from '../../event-log.ts';
import type { Environment } from '../../ports.ts';
import { parsePartitionKey } from '../partition-key.ts';
import { SendQueue } from '../send-queue.ts';
import { KafkaAdmin } from './admin.ts';
import { type KafkaContext, type KafkaOptions, kafkaContext } from './connection.ts';
import { KafkaMember } from './consumer/member.ts';
import { openReader, readBounds } from './consumer/reader.ts';
import { KafkaProducer } from './producer.ts';

/** The EventLog over a Kafka cluster. Connections are made when they are first needed. */
export class KafkaEventLog implements EventLog {
  readonly admin: KafkaAdmin;
  readonly #context: KafkaContext;
  readonly #producer: KafkaProducer;
  readonly #queue: SendQueue;
  readonly #open = new Set<() => Promise<void>>();

  constructor(options: KafkaOptions, environment: Environment) {
    this.#context = kafkaContext(options, environment);
    this.admin = new KafkaAdmin(this.#context);
    this.#producer = new KafkaProducer(this.#context, this.admin, options.deliveryTimeoutMs);
    this.#queue = new SendQueue((records) => this.#producer.send(records));
  }

  produce(records: readonly ProduceRecord[]): Promise<number[]> {
    return this.#queue.produce(records);
  }

  async join(options: GroupOptions, handler: GroupHandler): Promise<GroupMember> {
    const member = await KafkaMember.start(this.#context, options, handler);
    this.#track(() => member.stop(), member.ended);
    return member;
  }

  async readToEnd(
    partitions: readonly TopicPartition[],
    onBatch: (batch: LogBatch) => void,
  ): Promise<ReadonlyMap<string, number>> {
    const bounds = await this.admin.bounds(partitions);
    await readBounds(this.#context, bounds, onBatch);
    return new Map(bounds.map((each) => [partitionKey(each), each.end]));
  }

  async tail(
    from: ReadonlyMap<string, number>,
    onBatch: (batch: LogBatch) => void,
  ): Promise<{ close(): Promise<void> }> {
    const positions = [...from].map(([key, offset]) => ({ ...parsePartitionKey(key), offset }));
    const reader = await openReader(this.#context, positions, onBatch);
    this.#track(() => reader.close(), reader.ended);
    return { close: () => reader.close() };
  }

  async close(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all([this.#queue.close(), ...open.map((close) => close())]);
    await Promise.all([this.#producer.close(), this.admin.close()]);
  }

  /** Closed with the log, unless it ends before. */
  #track(close: () => Promise<void>, ended: Promise<void>): void {
    this.#open.add(close);
    const forget = () => this.#open.delete(close);
    ended.then(forget, forget);
  }
}
