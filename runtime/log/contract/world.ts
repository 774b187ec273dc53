import type {
  EventLog,
  GroupMember,
  LogRecord,
  ProduceRecord,
  TopicPartition,
} from '../../event-log.ts';
import type { Recorder } from '../recorder.ts';

/** What the suite needs of an adapter and its surroundings. Time may be virtual: all waiting goes through `until` and `settled`. */
export interface LogHarness {
  /** A client of its own, as a process would have one. */
  connect(): Promise<EventLog>;
  /** Lets time pass until the condition holds; throws when it does not. */
  until(condition: () => boolean): Promise<void>;
  /** Lets time pass until the promise settles. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** Lets `ms` pass. */
  pass(ms: number): Promise<void>;
  /** Monotonic time of the clients' clocks, ms. */
  monotonic(): number;
  /** Compacts a topic until of each key only the newest record and the last record of each partition stay. */
  compact(log: EventLog, topic: string): Promise<void>;
  /** Deletes the records of a partition before `offset`. */
  deleteBefore(partition: TopicPartition, offset: number): Promise<void>;
  /** Makes the coordinator rebalance the group that reads these topics, once or more. */
  rebalance(groupId: string, topics: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const SESSION_MS = 6_000;
export const PARTITIONS = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function record(
  topic: string,
  partition: number,
  value: string,
  key: string | null = null,
): ProduceRecord {
  return { topic, partition, key, value: encoder.encode(value) };
}

export function textOf({ value }: LogRecord): string | null {
  return value === null ? null : decoder.decode(value);
}

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** One harness with the steps that most tests take. Nothing but `open` may be used before `open` is done. */
export class ContractWorld {
  #harness: LogHarness | null = null;
  #log: EventLog | null = null;
  readonly #clients: EventLog[] = [];
  #serial = 0;

  get harness(): LogHarness {
    if (this.#harness === null) throw new Error('the harness is not open');
    return this.#harness;
  }

  /** The client that most tests share. */
  get log(): EventLog {
    if (this.#log === null) throw new Error('the harness is not open');
    return this.#log;
  }

  async open(open: () => Promise<LogHarness>): Promise<void> {
    this.#harness = await open();
    this.#log = await this.connect();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await this.harness.settled(client.close());
    await this.harness.close();
  }

  async connect(): Promise<EventLog> {
    const client = await this.harness.connect();
    this.#clients.push(client);
    return client;
  }

  /** A new topic. */
  async topic(partitions = PARTITIONS, config: Record<string, string> = {}): Promise<string> {
    this.#serial += 1;
    const spec = { name: `contract.t${this.#serial}`, partitions, replicationFactor: 1, config };
    await this.harness.settled(this.log.admin.createTopics([spec]));
    return spec.name;
  }

  produce(records: readonly ProduceRecord[], by: EventLog = this.log): Promise<number[]> {
    return this.harness.settled(by.produce(records));
  }

  join(
    recorder: Recorder,
    groupId: string,
    topics: readonly string[],
    by: EventLog = this.log,
  ): Promise<GroupMember> {
    const options = { groupId, topics, sessionTimeoutMs: SESSION_MS, maxWaitMs: 100 };
    return this.harness.settled(by.join(options, recorder));
  }

  /** All values of the partitions, as texts. */
  async values(partitions: readonly TopicPartition[]): Promise<(string | null)[]> {
    const found: (string | null)[] = [];
    await this.harness.settled(
      this.log.readToEnd(partitions, (batch) => {
        found.push(...batch.records.map(textOf));
      }),
    );
    return found;
  }
}
