import { randomUUID } from 'node:crypto';
import type avsc from 'avsc';
import {
  type Admin,
  CompressionTypes,
  type Consumer,
  Kafka,
  logLevel,
  type Producer,
} from 'kafkajs';
import { SCHEMAS } from '../../schemas/generated/schemas.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { avroType } from '../../schemas/logical-types.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { eventually } from '../processes.ts';
import type { Addresses } from './npm-start.ts';

export interface DeadLetter {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
}

export interface PlainRecord {
  readonly key: string;
  readonly value: Buffer | null;
  readonly partition?: number;
  readonly headers?: Record<string, string>;
  readonly gzip?: boolean;
}

const TOPIC = 'pms.events';
const SUBJECT = `${TOPIC}-value`;

/** A client of the topics on kafkajs and the registry's REST API alone, without a line of the runtime. */
export class PlainClient {
  readonly #addresses: Addresses;
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  readonly deadLetters: DeadLetter[] = [];
  schemaId = 0;
  readonly #type: avsc.Type = avroType(SCHEMAS[TOPIC]);

  private constructor(addresses: Addresses) {
    this.#addresses = addresses;
    const kafka = new Kafka({ brokers: addresses.brokers, logLevel: logLevel.NOTHING });
    this.#producer = kafka.producer();
    this.#consumer = kafka.consumer({ groupId: `plain-${randomUUID()}` });
    this.#admin = kafka.admin();
  }

  static async connect(addresses: Addresses): Promise<PlainClient> {
    const client = new PlainClient(addresses);
    client.schemaId = (await client.#latest()).id;
    await Promise.all([client.#producer.connect(), client.#admin.connect()]);
    await client.#consumer.connect();
    await client.#consumer.subscribe({ topics: ['channel.dead-letters'], fromBeginning: true });
    await client.#consumer.run({
      eachMessage: async ({ partition, message }) => {
        const headers = Object.entries(message.headers ?? {});
        client.deadLetters.push({
          key: message.key?.toString() ?? null,
          value: message.value,
          headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
          partition,
        });
      },
    });
    return client;
  }

  /** Framed bytes of an event under the registered schema, or another one. */
  encode(event: PmsEvent, type = this.#type, id = this.schemaId): Buffer {
    return framed(id, type.toBuffer(event));
  }

  async send({ gzip, ...message }: PlainRecord): Promise<void> {
    await this.#producer.send({
      topic: TOPIC,
      acks: -1,
      messages: [message],
      ...(gzip ? { compression: CompressionTypes.GZIP } : {}),
    });
  }

  /** The dead letter of a record, found by a header that it had. */
  async deadLetter(name: string): Promise<DeadLetter> {
    const find = () => this.deadLetters.find(({ headers }) => headers['test-name'] === name);
    await eventually(`the dead letter of "${name}"`, () => find() !== undefined, 30_000);
    return find()!;
  }

  /** The committed offset of intake in a partition, and the end of it. */
  async progress(partition: number): Promise<{ readonly committed: number; readonly end: number }> {
    const [groups, ends] = await Promise.all([
      this.#admin.fetchOffsets({ groupId: 'intake', topics: [TOPIC] }),
      this.#admin.fetchTopicOffsets(TOPIC),
    ]);
    const of = (list: readonly { partition: number; offset: string }[] | undefined) =>
      Number(list?.find((entry) => entry.partition === partition)?.offset ?? -1);
    return { committed: of(groups[0]?.partitions), end: of(ends) };
  }

  /** Registers a version of the schema with one more event type, as a newer build would. */
  async registerNewer(): Promise<{ readonly id: number; readonly type: avsc.Type }> {
    const { schema } = await this.#latest();
    const newer = JSON.parse(schema) as { fields: { name: string; type: unknown }[] };
    const payload = newer.fields.find(({ name }) => name === 'payload')!;
    payload.type = [
      ...(payload.type as unknown[]),
      {
        type: 'record',
        name: 'PropertyRetired',
        namespace: 'parity.pms',
        fields: [{ name: 'property_id', type: { type: 'string', logicalType: 'uuid' } }],
      },
    ];
    const answer = await fetch(`${this.#addresses.registryUrl}/subjects/${SUBJECT}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(newer) }),
    });
    if (!answer.ok)
      throw new Error(`the registry answered ${answer.status}: ${await answer.text()}`);
    return { id: ((await answer.json()) as { id: number }).id, type: avroType(newer) };
  }

  async close(): Promise<void> {
    await Promise.allSettled([
      this.#producer.disconnect(),
      this.#consumer.disconnect(),
      this.#admin.disconnect(),
    ]);
  }

  async #latest(): Promise<{ id: number; schema: string }> {
    const url = `${this.#addresses.registryUrl}/subjects/${SUBJECT}/versions/latest`;
    return (await (await fetch(url)).json()) as { id: number; schema: string };
  }
}

export function framed(id: number, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, body]);
}

export const PARTITIONS = TOPOLOGY.partitions;
