import { isDeepStrictEqual } from 'node:util';
import kafkajs, { type Admin } from 'kafkajs';
import { ParityError } from '../../../schemas/errors.ts';
import {
  type LogAdmin,
  partitionKey,
  type TopicPartition,
  type TopicSpec,
} from '../../event-log.ts';
import { sleep } from '../../ports.ts';
import { type KafkaContext, unavailable } from './connection.ts';
import type { Bounds } from './consumer/reader.ts';
import { kafkaErrorType } from './internals.ts';

const { ConfigResourceTypes, ConfigSource } = kafkajs;

const CREATE_TIMEOUT_MS = 30_000;
const SHOWN_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 50;
/** What a broker says of a partition whose leader is being elected, or of a topic that it has not heard of yet. */
const NOT_THERE_YET = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]);

/** The admin side over one kafkajs admin client, connected at the first call. All failures are LOG_UNAVAILABLE. */
export class KafkaAdmin implements LogAdmin {
  readonly #context: KafkaContext;
  readonly #admin: Admin;
  #connected: Promise<void> | null = null;

  constructor(context: KafkaContext) {
    this.#context = context;
    this.#admin = context.client().admin();
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#run('cannot create topics', async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = topics.filter(({ name }) => !existing.has(this.#context.naming.full(name)));
      if (missing.length === 0) return;
      // False when another process was faster: what it made is there.
      await admin.createTopics({
        timeout: CREATE_TIMEOUT_MS,
        // kafkajs waits for leaders only, and fails when the broker that it asks has not heard of the topic yet.
        waitForLeaders: false,
        topics: missing.map(({ name, partitions, replicationFactor, config }) => ({
          topic: this.#context.naming.full(name),
          numPartitions: partitions,
          replicationFactor,
          configEntries: configEntries(config),
        })),
      });
      const made = missing.map(({ name }) => this.#context.naming.full(name));
      await this.#onceElected(() => admin.fetchTopicMetadata({ topics: made }));
    });
  }

  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicSpec>> {
    return this.#run('cannot describe topics', async (admin) => {
      const topics = await this.#present(admin, names);
      if (topics.length === 0) return new Map();
      const { topics: metadata } = await admin.fetchTopicMetadata({ topics });
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
      });
      const configs = new Map(
        resources.map(({ resourceName, configEntries: entries }) => [
          resourceName,
          // Only what the topic itself sets: the rest are the defaults of the cluster.
          Object.fromEntries(
            entries
              .filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
              .map(({ configName, configValue }) => [configName, configValue]),
          ),
        ]),
      );
      return new Map(
        metadata.map(({ name, partitions }) => {
          const bare = this.#context.naming.bare(name);
          const replicationFactor = partitions[0]?.replicas.length ?? 0;
          return [
            bare,
            {
              name: bare,
              partitions: partitions.length,
              replicationFactor,
              config: configs.get(name) ?? {},
            },
          ];
        }),
      );
    });
  }

  async setTopicConfig(topic: string, config: Readonly<Record<string, string>>): Promise<void> {
    await this.#run(`cannot configure ${topic}`, async (admin) => {
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: this.#context.naming.full(topic),
            configEntries: configEntries(config),
          },
        ],
      });
    });
    await this.#shown(async () =>
      isDeepStrictEqual((await this.describeTopics([topic])).get(topic)?.config, config),
    );
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#run('cannot delete topics', async (admin) => {
      const topics = await this.#present(admin, names);
      if (topics.length > 0) await admin.deleteTopics({ topics });
      // Listed and not described: kafkajs answers with a TypeError when a topic goes between the list and its description.
      await this.#shown(async () => (await this.#present(admin, names)).length === 0);
    });
  }

  async endOffsets(topic: string): Promise<ReadonlyMap<number, number>> {
    return new Map((await this.#bounds(topic)).map(({ partition, end }) => [partition, end]));
  }

  committed(
    groupId: string,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, number | null>> {
    return this.#run(`cannot read the offsets of ${groupId}`, async (admin) => {
      if (topics.length === 0) return new Map();
      const { full, bare } = this.#names();
      const found = await admin.fetchOffsets({ groupId: full(groupId), topics: topics.map(full) });
      return new Map(
        found.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }) => [
            partitionKey({ topic: bare(topic), partition }),
            Number(offset) < 0 ? null : Number(offset),
          ]),
        ),
      );
    });
  }

  /** First and end offsets of partitions. */
  async bounds(partitions: readonly TopicPartition[]): Promise<Bounds[]> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const all = new Map(
      (await Promise.all(topics.map((topic) => this.#bounds(topic))))
        .flat()
        .map((each) => [partitionKey(each), each]),
    );
    return partitions.map((partition) => {
      const bounds = all.get(partitionKey(partition));
      if (bounds === undefined)
        throw new ParityError('LOG_UNAVAILABLE', `there is no ${partitionKey(partition)}`);
      return bounds;
    });
  }

  /** Partition count of a topic; undefined: there is no such topic. */
  async partitionCount(topic: string): Promise<number | undefined> {
    return (await this.describeTopics([topic])).get(topic)?.partitions;
  }

  async close(): Promise<void> {
    if (this.#connected === null) return;
    try {
      await this.#admin.disconnect();
    } catch (error) {
      this.#context.environment.logger.debug(
        { error: String(error) },
        'the admin client did not disconnect cleanly',
      );
    }
  }

  /** Names on the cluster of those topics that exist. */
  async #present(admin: Admin, names: readonly string[]): Promise<string[]> {
    const present = new Set(await admin.listTopics());
    return names.map((name) => this.#context.naming.full(name)).filter((name) => present.has(name));
  }

  /** Repeats `look` while leaders are being elected. */
  async #onceElected<T>(look: () => Promise<T>): Promise<T> {
    const { clock, timers } = this.#context.environment;
    const giveUp = clock.monotonic() + CREATE_TIMEOUT_MS;
    for (;;) {
      try {
        return await look();
      } catch (error) {
        const passes = NOT_THERE_YET.has(kafkaErrorType(error) ?? '');
        if (!passes || clock.monotonic() > giveUp) throw error;
        await sleep(timers, LOOK_AGAIN_MS);
      }
    }
  }

  /** The controller has accepted a change; brokers show it a moment later. Waits for that, but not for ever. */
  async #shown(condition: () => Promise<boolean>): Promise<void> {
    const { clock, timers } = this.#context.environment;
    const end = clock.monotonic() + SHOWN_WITHIN_MS;
    while (!(await condition()) && clock.monotonic() < end) await sleep(timers, LOOK_AGAIN_MS);
  }

  #bounds(topic: string): Promise<Bounds[]> {
    return this.#run(`cannot read the offsets of ${topic}`, async (admin) => {
      const name = this.#context.naming.full(topic);
      const offsets = await this.#onceElected(() => admin.fetchTopicOffsets(name));
      return offsets.map(({ partition, low, high }) => ({
        topic,
        partition,
        start: Number(low),
        end: Number(high),
      }));
    });
  }

  #names() {
    const { naming } = this.#context;
    return { full: (name: string) => naming.full(name), bare: (name: string) => naming.bare(name) };
  }

  async #run<T>(what: string, call: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.#connected ??= this.#admin.connect();
      await this.#connected;
      return await call(this.#admin);
    } catch (error) {
      if (kafkaErrorType(error) === undefined) this.#connected = null;
      throw unavailable(what, error);
    }
  }
}

function configEntries(
  config: Readonly<Record<string, string>>,
): { name: string; value: string }[] {
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}
