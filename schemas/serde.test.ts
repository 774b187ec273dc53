import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from './errors.ts';
import { SCHEMAS } from './generated/schemas.ts';
import { avroType } from './logical-types.ts';
import { MemoryRegistry } from './registry/memory.ts';
import { registerSchemas, SCHEMA_TOPICS, type SchemaIds } from './registry/registration.ts';
import { createSerde, SchemaNeeded, type Serde } from './serde.ts';
import { anyValueOf } from './testing/arbitrary.ts';

/** avsc makes instances of classes of its own; compare what they hold. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, held) => (Object.is(held, -0) ? 0 : held));

class ManualClock {
  time = 0;
  monotonic(): number {
    return this.time;
  }
}

let registry: MemoryRegistry;
let ids: SchemaIds;
let serde: Serde;
const clock = new ManualClock();

beforeAll(async () => {
  registry = new MemoryRegistry();
  ids = await registerSchemas(registry);
  serde = createSerde(ids, clock);
});

/** A PMS event as another build's schema writes it. */
async function writtenBy(
  schema: object,
  value: object,
): Promise<{ bytes: Uint8Array; id: number }> {
  const id = await registry.register(
    `another build's ${(schema as { name: string }).name}`,
    schema,
    'BACKWARD_TRANSITIVE',
  );
  const body = avroType(schema).toBuffer(value);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return { bytes: Buffer.concat([head, body]), id };
}

const healthOf = (changes: object = {}): object => ({
  ...fc.sample(anyValueOf('channel.health'), { seed: 7, numRuns: 1 })[0],
  ...changes,
});

function thrownBy(task: () => unknown): unknown {
  try {
    task();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a value of any topic', () => {
  it.each(SCHEMA_TOPICS)('%s comes back as it was written', (topic) => {
    fc.assert(
      fc.property(anyValueOf(topic), (value) => {
        const bytes = serde.encode(topic, value);
        expect(bytes[0]).toBe(0);
        expect(plain(serde.decode(topic, bytes))).toEqual(plain(value));
      }),
      { numRuns: 60 },
    );
  });

  it('may be larger than the first scratch buffer', () => {
    const name = 'x'.repeat(300_000);
    const value = {
      ...fc.sample(anyValueOf('channel.documents'), 1)[0]!,
      documents: [{ name, content_type: '', body: name, updated_at: 0 }],
    };
    expect(
      plain(serde.decode('channel.documents', serde.encode('channel.documents', value))),
    ).toEqual(plain(value));
  });

  it('is refused with the place that does not fit', () => {
    const value = {
      ...fc.sample(anyValueOf('channel.health'), 1)[0]!,
      consecutive_failures: 1.5,
      incarnation: 2 ** 60,
    };
    const error = thrownBy(() => serde.encode('channel.health', value));
    expect(codeOf(error)).toBe('EVENT_VALUE_INVALID');
    expect(String(error)).toContain('consecutive_failures');
    expect(String(error)).toContain('incarnation');
  });

  it.each(['2024-02-30', '2024-2-3', 'tomorrow', ''])('does not take "%s" for a date', (date) => {
    const value = { ...fc.sample(anyValueOf('channel.webhooks'), 1)[0]! };
    const stay = fc.sample(
      anyValueOf('channel.webhooks').filter((v) => v.reservation.room_stays.length > 0),
      1,
    )[0]!.reservation.room_stays[0]!;
    const wrong = {
      ...value,
      reservation: { ...value.reservation, room_stays: [{ ...stay, check_in: date }] },
    };
    expect(codeOf(thrownBy(() => serde.encode('channel.webhooks', wrong as never)))).toBe(
      'EVENT_VALUE_INVALID',
    );
  });
});

describe('bytes that are no value', () => {
  it('never hang, crash or pass: random changes of real messages', () => {
    fc.assert(
      fc.property(
        anyValueOf('pms.events'),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.nat(),
        (value, changes, cut) => {
          const bytes = Buffer.from(serde.encode('pms.events', value));
          for (const [at, byte] of changes) bytes[5 + (at % (bytes.length - 5))] = byte;
          const error = thrownBy(() =>
            serde.decode('pms.events', bytes.subarray(0, 5 + (cut % bytes.length))),
          );
          expect([undefined, 'EVENT_UNDECODABLE']).toContain(
            error === undefined ? undefined : codeOf(error),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it('never hang, crash or pass: random bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SCHEMA_TOPICS),
        fc.uint8Array({ maxLength: 300 }),
        (topic, body) => {
          const head = Buffer.from(
            serde.encode(topic, fc.sample(anyValueOf(topic), { seed: 1, numRuns: 1 })[0]! as never),
          ).subarray(0, 5);
          const error = thrownBy(() => serde.decode(topic, Buffer.concat([head, body])));
          expect([undefined, 'EVENT_UNDECODABLE']).toContain(
            error === undefined ? undefined : codeOf(error),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('an array of 2^50 items is refused at once', () => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(ids.ids.get('channel.alerts')!, 1);
    const revisions = Buffer.alloc(5);
    revisions.writeUInt32BE(ids.ids.get('channel.revisions')!, 1);
    const uuid = Buffer.from('\u0048d9428888-122b-11e1-b85c-61cd3cbb3210', 'latin1');
    const count = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04]);
    const bytes = Buffer.concat([revisions, uuid, Buffer.from([0]), count, Buffer.from([2])]);
    expect(codeOf(thrownBy(() => serde.decode('channel.revisions', bytes)))).toBe(
      'EVENT_UNDECODABLE',
    );
  });

  it.each([
    ['nothing', []],
    ['another magic byte', [1, 0, 0, 0, 1, 0]],
    ['a cut header', [0, 0, 0]],
  ])('%s is undecodable', (_, bytes) => {
    expect(codeOf(thrownBy(() => serde.decode('pms.events', Uint8Array.from(bytes))))).toBe(
      'EVENT_UNDECODABLE',
    );
  });

  it('a value of another topic is undecodable and says of which', () => {
    const bytes = serde.encode('channel.health', healthOf() as never);
    const error = thrownBy(() => serde.decode('pms.events', bytes));
    expect(codeOf(error)).toBe('EVENT_UNDECODABLE');
    expect(String(error)).toContain('parity.tables.ConnectionHealth');
  });
});

describe('schemas of other builds', () => {
  it('an older writer is read with the defaults of the new fields', async () => {
    const now = SCHEMAS['channel.health'] as { fields: { name: string }[] };
    const older = {
      ...now,
      fields: now.fields.filter(({ name }) => name !== 'applied_command_offset'),
    };
    const { bytes, id } = await writtenBy(older, healthOf());
    expect(serde.missing(bytes)).toBe(id);
    expect(thrownBy(() => serde.decode('channel.health', bytes))).toBeInstanceOf(SchemaNeeded);
    await serde.prepareFor([null, bytes, bytes]);
    expect(serde.missing(bytes)).toBeNull();
    expect(serde.prepareFor([bytes])).toBeUndefined();
    expect(serde.decode('channel.health', bytes).applied_command_offset).toBe(-1);
  });

  it('a newer writer with a field more is read without it', async () => {
    const now = SCHEMAS['channel.revisions'] as { fields: object[] };
    const newer = {
      ...now,
      fields: [...now.fields, { name: 'note', type: 'string', default: '' }],
    };
    const value = fc.sample(anyValueOf('channel.revisions'), 1)[0]!;
    const { bytes, id } = await writtenBy(newer, { ...value, note: 'new' });
    await serde.prepare(id);
    expect(plain(serde.decode('channel.revisions', bytes))).toEqual(plain(value));
  });

  it('a newer writer with a branch that this build lacks stops it', async () => {
    const now = SCHEMAS['pms.events'] as { fields: { name: string; type: unknown }[] };
    const branch = {
      type: 'record',
      name: 'MoodUpdated',
      namespace: 'parity.pms',
      fields: [{ name: 'mood', type: 'string' }],
    };
    const newer = {
      ...now,
      fields: now.fields.map((field) =>
        field.name === 'payload'
          ? { ...field, type: [...(field.type as object[]), branch] }
          : field,
      ),
    };
    const value = {
      ...fc.sample(anyValueOf('pms.events'), 1)[0]!,
      payload: { 'parity.pms.MoodUpdated': { mood: 'good' } },
    };
    const { bytes, id } = await writtenBy(newer, value);
    await serde.prepare(id);
    expect(codeOf(thrownBy(() => serde.decode('pms.events', bytes)))).toBe(
      'SCHEMA_NEWER_THAN_BUILD',
    );
  });
});

describe('ids that the registry does not know', () => {
  const unknown = Buffer.from([0, 0, 0, 255, 255, 0]);

  it('are asked for once, and again when the memory of it has ended', async () => {
    let asked = 0;
    const schemaById = async () => {
      asked++;
      return null;
    };
    const counting = createSerde({ ids: ids.ids, schemaById }, clock);
    await Promise.all([counting.prepareFor([unknown]), counting.prepareFor([unknown])]);
    expect(asked).toBe(1);
    expect(codeOf(thrownBy(() => counting.decode('pms.events', unknown)))).toBe(
      'SCHEMA_ID_UNKNOWN',
    );
    expect(counting.missing(unknown)).toBeNull();
    clock.time += 30_000;
    expect(counting.missing(unknown)).toBe(65_535);
    await counting.prepare(65_535);
    expect(asked).toBe(2);
  });

  it('stay wanted while the registry is away, and known ones go on', async () => {
    const away = createSerde(
      { ids: ids.ids, schemaById: () => Promise.reject(new Error('away')) },
      clock,
    );
    await expect(away.prepare(65_535)).rejects.toThrow('away');
    expect(away.missing(unknown)).toBe(65_535);
    expect(
      away.decode('channel.health', serde.encode('channel.health', healthOf() as never)),
    ).toBeDefined();
  });
});
