import type { Resolver, Type } from 'avsc';
import { TOPIC_NAMES, type TopicName } from '../topology/types.ts';
import { type BoundsCheck, boundsCheck } from './bounds.ts';
import { ParityError } from './errors.ts';
import { SCHEMAS } from './generated/schemas.ts';
import { avroType } from './logical-types.ts';
import type { SchemaIds } from './registry/registration.ts';
import type { SchemaTopic, TopicValues } from './values.ts';

/** Confluent wire format: a zero byte, the schema id (4 bytes, big-endian), the Avro body. */
const HEADER_BYTES = 5;
/** How long an id that the registry does not know is not asked for again, ms. */
const UNKNOWN_FOR_MS = 30_000;
/** Unknown ids remembered at most; garbage may carry any id. */
const UNKNOWN_AT_MOST = 1_000;
const FIRST_SCRATCH_BYTES = 64 * 1024;

/**
 * Encodes and decodes the values of all topics, synchronously. Writer schemas of other builds are fetched ahead:
 * `await serde.prepareFor(values)`, then decode.
 */
export interface Serde {
  /** Framed bytes of a value. @throws ParityError EVENT_VALUE_INVALID when the value does not fit the schema; the message names the place. */
  encode<T extends TopicName>(topic: T, value: TopicValues[T]): Uint8Array;
  /**
   * The value of framed bytes.
   * @throws ParityError EVENT_UNDECODABLE (no such value), SCHEMA_ID_UNKNOWN (the registry does not know the id),
   * SCHEMA_NEWER_THAN_BUILD (this build cannot read what that schema writes).
   * @throws SchemaNeeded when the id was not looked up yet: `prepare` it and decode again.
   */
  decode<T extends TopicName>(topic: T, bytes: Uint8Array): TopicValues[T];
  /** Id that must be prepared before these bytes can be decoded; null: none. */
  missing(bytes: Uint8Array): number | null;
  /** Looks up a writer schema, once for all callers. An id that nobody knows is remembered as such for 30 s. @throws ParityError REGISTRY_UNAVAILABLE. */
  prepare(id: number): Promise<void>;
  /** Prepares all ids of a batch; undefined (nothing to await) when none is missing. @throws ParityError REGISTRY_UNAVAILABLE. */
  prepareFor(values: Iterable<Uint8Array | null>): Promise<void> | undefined;
}

/** Thrown by `decode` when the writer schema has not been looked up. A signal to the caller, no fault of the record. */
export class SchemaNeeded extends Error {
  readonly id: number;
  constructor(id: number) {
    super(`The schema with id ${id} has not been looked up yet`);
    this.name = 'SchemaNeeded';
    this.id = id;
  }
}

interface WriterSchema {
  readonly type: Type;
  readonly fits: BoundsCheck;
}

/** How this build reads what one writer schema wrote to one topic: undefined resolver = the same schema. */
interface Reading {
  readonly resolver: Resolver | undefined;
  readonly fits: BoundsCheck;
}

interface Topic {
  readonly name: SchemaTopic;
  readonly id: number;
  readonly type: Type;
  readonly readings: Map<number, Reading>;
}

/**
 * @param schemas Ids of this build's schemas (`registerSchemas`) and the lookup of others.
 * @param clock Monotonic time for the memory of unknown ids.
 */
export function createSerde(schemas: SchemaIds, clock: { monotonic(): number }): Serde {
  return new AvroSerde(schemas, clock);
}

class AvroSerde implements Serde {
  readonly #schemas: SchemaIds;
  readonly #clock: { monotonic(): number };
  readonly #topics = new Map<TopicName, Topic>();
  readonly #writers = new Map<number, WriterSchema>();
  /** Unknown id → when it may be asked for again. */
  readonly #unknown = new Map<number, number>();
  readonly #lookups = new Map<number, Promise<void>>();
  #scratch = Buffer.allocUnsafe(FIRST_SCRATCH_BYTES);

  constructor(schemas: SchemaIds, clock: { monotonic(): number }) {
    this.#schemas = schemas;
    this.#clock = clock;
    for (const [name, id] of schemas.ids) {
      const fits = boundsCheck(SCHEMAS[name]);
      const type = avroType(SCHEMAS[name]);
      this.#topics.set(name, {
        name,
        id,
        type,
        readings: new Map([[id, { resolver: undefined, fits }]]),
      });
      this.#writers.set(id, { type, fits });
    }
  }

  encode<T extends TopicName>(topic: T, value: TopicValues[T]): Uint8Array {
    if (topic === 'channel.dead-letters') return value as Uint8Array;
    const { type, id } = this.#topic(topic);
    let end = this.#write(type, topic, value);
    if (end < 0) {
      this.#scratch = Buffer.allocUnsafe(2 * (this.#scratch.length - end));
      end = this.#write(type, topic, value);
    }
    this.#scratch[0] = 0;
    this.#scratch.writeUInt32BE(id, 1);
    return Buffer.from(this.#scratch.subarray(0, end));
  }

  decode<T extends TopicName>(topic: T, bytes: Uint8Array): TopicValues[T] {
    if (topic === 'channel.dead-letters') return bytes as TopicValues[T];
    const { name, type, readings } = this.#topic(topic);
    const id = schemaId(bytes);
    if (id === null)
      throw new ParityError('EVENT_UNDECODABLE', `The value of ${topic} has no Confluent header`);
    const reading = readings.get(id) ?? this.#newReading(name, id);
    if (!reading.fits(bytes, HEADER_BYTES))
      throw new ParityError(
        'EVENT_UNDECODABLE',
        `The value of ${topic} is no Avro of schema ${id}`,
      );
    try {
      return type.decode(buffer(bytes), HEADER_BYTES, reading.resolver).value as TopicValues[T];
    } catch (cause) {
      throw new ParityError(
        'EVENT_UNDECODABLE',
        `The value of ${topic} cannot be read with schema ${id}: ${text(cause)}`,
        { cause },
      );
    }
  }

  missing(bytes: Uint8Array): number | null {
    const id = schemaId(bytes);
    return id === null || this.#writers.has(id) || this.#isUnknown(id) ? null : id;
  }

  prepare(id: number): Promise<void> {
    if (this.#writers.has(id) || this.#isUnknown(id)) return Promise.resolve();
    const running = this.#lookups.get(id);
    if (running !== undefined) return running;
    const lookup = this.#lookUp(id).finally(() => this.#lookups.delete(id));
    this.#lookups.set(id, lookup);
    return lookup;
  }

  prepareFor(values: Iterable<Uint8Array | null>): Promise<void> | undefined {
    const needed = new Set<number>();
    for (const value of values) {
      const id = value === null ? null : this.missing(value);
      if (id !== null) needed.add(id);
    }
    if (needed.size === 0) return undefined;
    return Promise.all([...needed].map((id) => this.prepare(id))).then(() => undefined);
  }

  #topic(topic: TopicName): Topic {
    const known = this.#topics.get(topic);
    if (known === undefined) {
      const exists = TOPIC_NAMES.includes(topic);
      throw new Error(
        exists ? `The schema of ${topic} was not registered` : `There is no topic ${topic}`,
      );
    }
    return known;
  }

  /** Writes into the scratch buffer. Negative: as many bytes are missing. */
  #write(type: Type, topic: TopicName, value: unknown): number {
    try {
      return type.encode(value, this.#scratch, HEADER_BYTES);
    } catch (cause) {
      const places: string[] = [];
      type.isValid(value, { errorHook: (path) => places.push(path.join('.') || 'the value') });
      const where = places.length > 0 ? places.join(', ') : text(cause);
      throw new ParityError(
        'EVENT_VALUE_INVALID',
        `A value for ${topic} does not fit its schema: ${where}`,
        { cause },
      );
    }
  }

  #newReading(name: SchemaTopic, id: number): Reading {
    const writer = this.#writers.get(id);
    if (writer === undefined) {
      if (!this.#isUnknown(id)) throw new SchemaNeeded(id);
      throw new ParityError(
        'SCHEMA_ID_UNKNOWN',
        `The registry has no Avro schema with id ${id} (value of ${name})`,
      );
    }
    const { type, readings } = this.#topic(name);
    if (writer.type.name !== type.name)
      throw new ParityError(
        'EVENT_UNDECODABLE',
        `The value of ${name} was written as ${writer.type.name ?? 'an unnamed type'}`,
      );
    try {
      const reading = { resolver: type.createResolver(writer.type), fits: writer.fits };
      readings.set(id, reading);
      return reading;
    } catch (cause) {
      throw new ParityError(
        'SCHEMA_NEWER_THAN_BUILD',
        `This build cannot read schema ${id} of ${name}: ${text(cause)}`,
        { cause },
      );
    }
  }

  async #lookUp(id: number): Promise<void> {
    const schema = await this.#schemas.schemaById(id);
    const writer = schema === null ? undefined : compiled(schema);
    if (writer === undefined) {
      if (this.#unknown.size >= UNKNOWN_AT_MOST) this.#unknown.clear();
      this.#unknown.set(id, this.#clock.monotonic() + UNKNOWN_FOR_MS);
      return;
    }
    this.#unknown.delete(id);
    this.#writers.set(id, writer);
  }

  #isUnknown(id: number): boolean {
    const until = this.#unknown.get(id);
    return until !== undefined && this.#clock.monotonic() < until;
  }
}

/** Undefined: the registry holds something under this id that is no Avro, so no value can be read with it. */
function compiled(schema: object): WriterSchema | undefined {
  try {
    return { type: avroType(schema), fits: boundsCheck(schema) };
  } catch {
    return undefined;
  }
}

/** Schema id of framed bytes; null: no frame. */
function schemaId(bytes: Uint8Array): number | null {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0) return null;
  return new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES).getUint32(1);
}

/** avsc reads Buffers; the bytes are shared, not copied. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, 300) : String(cause);
}
