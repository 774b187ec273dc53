import type { Consumer, Kafka, Producer } from 'kafkajs';
import { deferred } from '../../runtime/log/deferred.ts';

/**
 * The unit of all latencies: one record produced with acks=all by one client until `eachBatch` of another has it.
 * Long polls, no lingering, as kafkajs does by default.
 */
export class HopProbe {
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  readonly #topic: string;
  readonly #partitions: number;
  readonly #waiting = new Map<string, (at: number) => void>();
  #sent = 0;

  private constructor(kafka: Kafka, topic: string, groupId: string, partitions: number) {
    this.#producer = kafka.producer({ allowAutoTopicCreation: false });
    this.#consumer = kafka.consumer({ groupId });
    this.#topic = topic;
    this.#partitions = partitions;
  }

  /** @param topic name on the cluster. */
  static async open(
    kafka: Kafka,
    topic: string,
    groupId: string,
    partitions: number,
  ): Promise<HopProbe> {
    const probe = new HopProbe(kafka, topic, groupId, partitions);
    await probe.#open();
    return probe;
  }

  /** Sends records at an even pace and waits for all of them. @returns latencies, ms. */
  async measure(count: number, perSecond: number): Promise<number[]> {
    const begin = performance.now();
    const hops: Promise<number>[] = [];
    for (let at = 0; at < count; at += 1) {
      await until(begin + (at * 1_000) / perSecond);
      hops.push(this.#hop());
    }
    return Promise.all(hops);
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
    await this.#producer.disconnect();
  }

  async #open(): Promise<void> {
    await Promise.all([this.#producer.connect(), this.#consumer.connect()]);
    await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommitInterval: 500,
      eachBatch: async ({ batch }) => {
        const now = performance.now();
        for (const { key } of batch.messages) {
          const name = key?.toString() ?? '';
          this.#waiting.get(name)?.(now);
          this.#waiting.delete(name);
        }
      },
    });
    // The first hops wait for the join and for connections.
    await this.#hop();
  }

  async #hop(): Promise<number> {
    const key = String(this.#sent);
    const partition = this.#sent % this.#partitions;
    this.#sent += 1;
    const arrived = deferred<number>();
    this.#waiting.set(key, arrived.resolve);
    const startedAt = performance.now();
    const value = Buffer.alloc(200);
    await this.#producer.send({
      topic: this.#topic,
      acks: -1,
      messages: [{ key, value, partition }],
    });
    return (await arrived.promise) - startedAt;
  }
}

/** Waits until a moment of `performance.now()`. */
export function until(moment: number): Promise<void> {
  const delay = moment - performance.now();
  return delay <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, delay));
}
