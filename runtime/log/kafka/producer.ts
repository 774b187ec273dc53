import kafkajs, { type Message, type Producer, type RecordMetadata } from 'kafkajs';
import { ParityError } from '../../../schemas/errors.ts';
import { type ProduceRecord, partitionKey } from '../../event-log.ts';
import { sleep } from '../../ports.ts';
import { type KafkaContext, REQUEST_TIMEOUT_MS, RETRY, unavailable } from './connection.ts';
import { isRetriable, kafkaErrorType } from './internals.ts';

const DELIVERY_TIMEOUT_MS = 30_000;
const RECONNECT_MS = 200;

/** The broker refused to go on with this producer id; another one begins afresh. */
const SEQUENCE_ERRORS = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
]);

/** The record is refused as it is, whenever it is sent. */
const TOO_LARGE_ERRORS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

interface PartitionCounts {
  /** Partition count of a topic; undefined: there is no such topic. */
  partitionCount(topic: string): Promise<number | undefined>;
}

/**
 * Sends one request after the other through an idempotent kafkajs producer; the `SendQueue` before it sees to that.
 *
 * kafkajs repeats a request by itself, with the same sequence numbers, so that the broker drops what it has already. But when it gives up, it
 * has wound its sequence numbers back, and the next request would carry the numbers of records that may have been written: the broker would
 * take *other* records for repeats and drop them without a word. So a producer that failed once is never used again.
 */
export class KafkaProducer {
  readonly #context: KafkaContext;
  readonly #topics: PartitionCounts;
  readonly #deliveryTimeoutMs: number;
  readonly #counts = new Map<string, number>();
  #producer: Producer | null = null;
  #deadline = 0;

  constructor(
    context: KafkaContext,
    topics: PartitionCounts,
    deliveryTimeoutMs = DELIVERY_TIMEOUT_MS,
  ) {
    this.#context = context;
    this.#topics = topics;
    this.#deliveryTimeoutMs = deliveryTimeoutMs;
  }

  /** @throws LOG_UNAVAILABLE, EVENT_TOO_LARGE. After either, some of the records may have been written. */
  async send(records: readonly ProduceRecord[]): Promise<number[]> {
    const { clock, timers } = this.#context.environment;
    this.#deadline = clock.monotonic() + this.#deliveryTimeoutMs;
    await this.#check(records);
    const offsets = new Array<number>(records.length).fill(-1);
    let unsent = records.map((_, index) => index);
    while (unsent.length > 0) {
      try {
        const producer = await this.#connected();
        const metadata = await producer.sendBatch({
          acks: -1,
          timeout: REQUEST_TIMEOUT_MS,
          topicMessages: this.#messages(records, unsent),
        });
        unsent = this.#settle(records, unsent, metadata, offsets);
      } catch (error) {
        await this.#discard();
        const type = kafkaErrorType(error) ?? '';
        if (TOO_LARGE_ERRORS.has(type))
          throw new ParityError('EVENT_TOO_LARGE', 'the broker refused a record as too large', {
            cause: error,
          });
        const hopeless = !SEQUENCE_ERRORS.has(type) && !isRetriable(error);
        if (hopeless || clock.monotonic() > this.#deadline)
          throw unavailable('a produce failed', error);
        // What was written before the failure is written again: twice, in order.
        await sleep(timers, RECONNECT_MS);
      }
    }
    return offsets;
  }

  async close(): Promise<void> {
    await this.#discard();
  }

  /** A wrong topic or partition is said at once: kafkajs would try it until the deadline, and all others would wait. */
  async #check(records: readonly ProduceRecord[]): Promise<void> {
    for (const record of records) {
      const count =
        this.#counts.get(record.topic) ?? (await this.#topics.partitionCount(record.topic));
      if (count !== undefined) this.#counts.set(record.topic, count);
      if (count === undefined || record.partition >= count) {
        throw new ParityError('LOG_UNAVAILABLE', `there is no ${partitionKey(record)}`);
      }
    }
  }

  #messages(
    records: readonly ProduceRecord[],
    unsent: readonly number[],
  ): { topic: string; messages: Message[] }[] {
    const timestamp = String(this.#context.environment.clock.now());
    const topics = new Map<string, Message[]>();
    for (const index of unsent) {
      const record = records[index];
      if (record === undefined) continue;
      const { topic, partition, key, value, headers } = record;
      const messages = topics.get(topic) ?? [];
      messages.push({
        key,
        value:
          value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        partition,
        timestamp,
        ...(headers === undefined ? {} : { headers }),
      });
      topics.set(topic, messages);
    }
    return [...topics].map(([topic, messages]) => ({
      topic: this.#context.naming.full(topic),
      messages,
    }));
  }

  /**
   * Enters the offsets of the partitions that were answered.
   * @returns what was not answered: kafkajs forgets a partition whose leader moved during a retry to a broker that had answered before.
   */
  #settle(
    records: readonly ProduceRecord[],
    unsent: readonly number[],
    metadata: readonly RecordMetadata[],
    offsets: number[],
  ): number[] {
    const next = new Map<string, number>();
    for (const { topicName, partition, baseOffset } of metadata) {
      if (baseOffset !== undefined)
        next.set(
          partitionKey({ topic: this.#context.naming.bare(topicName), partition }),
          Number(baseOffset),
        );
    }
    return unsent.filter((index) => {
      const record = records[index];
      const key = record === undefined ? '' : partitionKey(record);
      const offset = next.get(key);
      if (offset === undefined) return true;
      offsets[index] = offset;
      next.set(key, offset + 1);
      return false;
    });
  }

  async #connected(): Promise<Producer> {
    if (this.#producer !== null) return this.#producer;
    const { clock } = this.#context.environment;
    const producer = this.#context.client().producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      // The deadline ends the retries; this only bounds them where kafkajs fails before it asks for the partition.
      retry: { ...RETRY, retries: Math.ceil(this.#deliveryTimeoutMs / RETRY.maxRetryTime) },
      createPartitioner: () => {
        return ({ message }) => {
          if (clock.monotonic() > this.#deadline)
            throw new kafkajs.KafkaJSNonRetriableError('delivery timed out');
          return message.partition ?? 0;
        };
      },
    });
    this.#producer = producer;
    await producer.connect();
    return producer;
  }

  async #discard(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    try {
      await producer?.disconnect();
    } catch (error) {
      this.#context.environment.logger.debug(
        { error: String(error) },
        'a producer did not disconnect cleanly',
      );
    }
  }
}
