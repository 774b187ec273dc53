import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import { SCHEMAS } from '../../schemas/generated/schemas.ts';
import { avroType } from '../../schemas/logical-types.ts';
import { registerSchemas, type SchemaIds } from '../../schemas/registry/registration.ts';
import type { Topology } from '../../topology/types.ts';
import type { EventRecord } from '../stage.ts';
import {
  COPIES,
  DOCUMENTS,
  documentValue,
  endOf,
  FACTS,
  factValue,
  probeStage,
  registry,
  TOY_TOPOLOGY,
  World,
} from '../testing/toy-world.ts';
import { DEAD_LETTER_HEADERS } from './dead-letter.ts';

const P = { partition: 0 };
const DEAD = 'channel.dead-letters';

/** A stage that keeps what it was given. */
function collecting(seen: EventRecord[], more: object = {}) {
  return probeStage({ eventInputs: [FACTS], ...more }, () => ({
    events: async (_topic, records) => {
      seen.push(...records);
    },
  }));
}

const keys = (seen: readonly EventRecord[]) => seen.map(({ key }) => key);

/** A value of `channel.alerts` as a build writes it whose schema differs. */
async function writtenBy(schema: object, value: object) {
  const id = await registry.register(
    `other-${JSON.stringify(schema)}`,
    schema,
    'BACKWARD_TRANSITIVE',
  );
  return framed(id, avroType(schema).toBuffer(value));
}

function framed(id: number, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, body]);
}

interface RecordSchema {
  readonly fields: readonly { readonly name: string }[];
}

/** Another build's schema: one field more than this build knows; this build skips it. */
const wider = () => {
  const now = SCHEMAS[FACTS] as RecordSchema;
  return { ...now, fields: [...now.fields, { name: 'mood', type: 'string' }] };
};

/** A schema that this build cannot read: a field is gone that has no default. */
const newer = () => {
  const now = SCHEMAS[FACTS] as RecordSchema;
  return { ...now, fields: now.fields.filter(({ name }) => name !== 'message') };
};

describe('an event that is wrong by itself', () => {
  it('is dead-lettered as it was, with the reason in its headers, and the partition moves on', async () => {
    const world = await World.open();
    const seen: EventRecord[] = [];
    const bytes = new TextEncoder().encode('no Avro at all');
    const headers = { traceparent: 'broken', 'x-own': 'kept' };
    await world.fact('first', 1, 'x', 0);
    const offset = await world.append(FACTS, 'bad', bytes, { ...P, headers });
    await world.fact('last', 1, 'x', 0);
    await world.start(world.process(), collecting(seen));
    await world.time.until(() => seen.length === 2);
    await world.time.advance(2_000);
    expect(keys(seen)).toEqual(['first', 'last']);
    const [letter, ...others] = world.dump(DEAD, 0);
    expect(others).toEqual([]);
    expect(letter?.key).toBe('bad');
    expect(Buffer.from(letter!.value!).equals(bytes)).toBe(true);
    expect(letter?.headers).toMatchObject({
      ...headers,
      [DEAD_LETTER_HEADERS.stage]: 'delivery',
      [DEAD_LETTER_HEADERS.code]: 'EVENT_UNDECODABLE',
      [DEAD_LETTER_HEADERS.attempts]: '1',
      [DEAD_LETTER_HEADERS.sourceTopic]: FACTS,
      [DEAD_LETTER_HEADERS.sourcePartition]: '0',
      [DEAD_LETTER_HEADERS.sourceOffset]: String(offset),
    });
    expect(Number(letter?.headers[DEAD_LETTER_HEADERS.lastAt])).toBeGreaterThan(world.time.start);
    expect(world.committed('delivery', FACTS, 0)).toBe(3);
  });

  it.each([
    ['without a value', null, 'EVENT_UNDECODABLE'],
    [
      'of a schema that the registry does not know',
      framed(9_999_999, new Uint8Array(3)),
      'SCHEMA_ID_UNKNOWN',
    ],
  ])('%s gets its own code', async (_what, value, code) => {
    const world = await World.open();
    await world.append(FACTS, 'bad', value, P);
    await world.start(world.process(), collecting([]));
    await world.time.until(() => world.dump(DEAD, 0).length === 1);
    expect(world.dump(DEAD, 0)[0]?.headers[DEAD_LETTER_HEADERS.code]).toBe(code);
  });

  it('over the size of its topic is kept whole if it fits, else its beginning and its size', async () => {
    const topology: Topology = {
      ...TOY_TOPOLOGY,
      topics: TOY_TOPOLOGY.topics.map((topic) =>
        topic.name === FACTS ? { ...topic, maxBytes: 1_000 } : topic,
      ),
    };
    const world = await World.open({ topology });
    await world.append(FACTS, 'big', factValue('big', 1, 'x'.repeat(2_000)), P);
    await world.append(FACTS, 'huge', factValue('huge', 1, 'x'.repeat(850_000)), P);
    await world.start(world.process(), collecting([]));
    await world.time.until(() => world.dump(DEAD, 0).length === 2);
    const [big, huge] = world.dump(DEAD, 0);
    expect(big?.headers[DEAD_LETTER_HEADERS.code]).toBe('EVENT_TOO_LARGE');
    expect(big?.value?.byteLength).toBeGreaterThan(2_000);
    expect(big?.headers[DEAD_LETTER_HEADERS.truncatedFrom]).toBeUndefined();
    expect(huge?.value?.byteLength).toBe(800_000);
    expect(Number(huge?.headers[DEAD_LETTER_HEADERS.truncatedFrom])).toBeGreaterThan(850_000);
  });

  it('by the judgement of the stage never reaches its worker', async () => {
    const world = await World.open();
    const seen: EventRecord[] = [];
    const validate = ({ key }: EventRecord) =>
      key === 'bad' ? new ParityError('EVENT_VALUE_INVALID', 'the price is negative') : null;
    for (const key of ['good', 'bad', 'fine']) await world.fact(key, 1, 'x', 0);
    await world.start(world.process(), collecting(seen, { validate }));
    await world.time.until(() => seen.length === 2);
    expect(keys(seen)).toEqual(['good', 'fine']);
    expect(world.dump(DEAD, 0)[0]?.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.code]: 'EVENT_VALUE_INVALID',
      [DEAD_LETTER_HEADERS.message]: 'the price is negative',
    });
  });

  it('is dead-lettered before what follows it is done: a crash in between repeats it, and loses nothing', async () => {
    const world = await World.open();
    const process = world.process();
    const never = new Promise<void>(() => undefined);
    const stage = probeStage({ eventInputs: [FACTS] }, () => ({ events: () => never }));
    await world.append(FACTS, 'bad', new Uint8Array(1), P);
    await world.fact('good', 1, 'x', 0);
    await world.start(process, stage);
    await world.time.until(() => world.dump(DEAD, 0).length === 1);
    await world.time.advance(2_000);
    process.kill();
    expect(world.committed('delivery', FACTS, 0)).toBe(0);
    const seen: EventRecord[] = [];
    await world.start(world.process(), collecting(seen));
    await world.time.until(() => seen.length === 1);
    expect(world.dump(DEAD, 0)).toHaveLength(2);
  });

  it('can be dead-lettered by the worker too, with the bytes that came', async () => {
    const world = await World.open();
    const offset = await world.fact('k', 1, 'x', 0);
    const error = new ParityError('COMMAND_INVALID', 'no such connection');
    const stage = probeStage({ eventInputs: [FACTS] }, ({ deadLetter }) => ({
      events: async (topic, records) =>
        deadLetter(
          records.map((record) => ({ topic, key: record.key, offset: record.offset, error })),
        ),
    }));
    await world.start(world.process(), stage);
    await world.time.until(() => world.dump(DEAD, 0).length === 1);
    const [letter] = world.dump(DEAD, 0);
    expect(letter?.value).toEqual(world.dump(FACTS, 0)[0]?.value);
    expect(letter?.headers[DEAD_LETTER_HEADERS.sourceOffset]).toBe(String(offset));
  });
});

describe('a schema of another build', () => {
  it('is looked up and read where it fits', async () => {
    const world = await World.open();
    const seen: EventRecord[] = [];
    const value = { ...factValue('k', 1, 'x'), mood: 'good' };
    await world.append(FACTS, 'k', await writtenBy(wider(), value), P);
    await world.start(world.process(), collecting(seen));
    await world.time.until(() => seen.length === 1);
    expect(seen[0]?.value).toMatchObject({ code: 'k', message: 'x' });
  });

  it('that is newer than this build stops the stage after what comes before it; nothing is skipped', async () => {
    const world = await World.open();
    const seen: EventRecord[] = [];
    await world.fact('before', 1, 'x', 0);
    const { message: _gone, ...rest } = factValue('k', 1, 'x');
    await world.append(FACTS, 'k', await writtenBy(newer(), rest), P);
    await world.fact('after', 1, 'x', 0);
    const end = endOf(await world.start(world.process(), collecting(seen)));
    await world.time.until(() => end.over);
    expect(codeOf(end.error)).toBe('SCHEMA_NEWER_THAN_BUILD');
    expect(keys(seen)).toEqual(['before']);
    expect(world.dump(DEAD)).toEqual([]);
  });
});

describe('an unreachable registry', () => {
  let ids: SchemaIds;
  let away = true;
  beforeAll(async () => {
    const known = await registerSchemas(registry);
    ids = {
      ids: known.ids,
      schemaById: async (id) => {
        if (away) throw new ParityError('REGISTRY_UNAVAILABLE', 'no answer');
        return known.schemaById(id);
      },
    };
  });

  it('is waited for with back-pressure; nothing is dead-lettered', async () => {
    away = true;
    const world = await World.open({ schemas: ids });
    const seen: EventRecord[] = [];
    const process = world.process();
    const value = { ...factValue('k', 1, 'x'), mood: 'good' };
    await world.append(FACTS, 'k', await writtenBy(wider(), value), P);
    for (let count = 0; count < 50; count += 1) await world.fact(`l${count}`, 1, 'x', 0);
    const runner = await world.start(process, collecting(seen), { queueRecords: 10 });
    await world.time.advance(60_000);
    expect(seen).toEqual([]);
    expect(runner.status.state).toBe('running');
    away = false;
    await world.time.until(() => seen.length === 51);
    expect(world.dump(DEAD)).toEqual([]);
  });

  it('holds a table back too, and the restore with it', async () => {
    away = true;
    const world = await World.open({ schemas: ids });
    const schema = SCHEMAS[DOCUMENTS] as RecordSchema;
    const other = { ...schema, fields: [...schema.fields, { name: 'mood', type: 'string' }] };
    const value = { ...documentValue('k', 1, 'x'), mood: 'good' };
    await world.append(DOCUMENTS, 'k', await writtenBy(other, value), P);
    await world.append(DOCUMENTS, 'k2', documentValue('k2', 1, 'x'), P);
    const keysSeen: string[] = [];
    const stage = probeStage({ tableInputs: [DOCUMENTS] }, ({ tables, partition }) => ({
      restored: async () => {
        if (partition === 0) keysSeen.push(...tables.keys(DOCUMENTS));
      },
    }));
    const runner = await world.start(world.process(), stage);
    await world.time.advance(60_000);
    expect(runner.status).toMatchObject({ assigned: 3, live: 2 });
    away = false;
    await world.time.until(() => runner.status.live === 3);
    expect(keysSeen).toEqual(['k', 'k2']);
  });
});

describe('a table record that cannot be read', () => {
  it('stops the stage: skipping it would be forgetting', async () => {
    const world = await World.open();
    await world.append(DOCUMENTS, 'k', new TextEncoder().encode('garbage'), P);
    const stage = probeStage({ tableInputs: [DOCUMENTS], ownTables: [COPIES] }, () => ({}));
    const process = world.process();
    const runner = await world.start(process, stage);
    const end = endOf(runner);
    await world.time.until(() => end.over);
    expect(codeOf(end.error)).toBe('TABLE_UNDECODABLE');
    expect(runner.status.state).toBe('failed');
    expect(world.broker.group('delivery').memberCount).toBe(0);
    expect(process.metrics.countOf('parity_stage_failures_total')).toBe(1);
  });
});
