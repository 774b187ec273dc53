import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, generate } from './generation.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'schemas-'));
  cpSync(join(PROJECT, 'schemas/avro'), join(root, 'schemas/avro'), { recursive: true });
  generate({ root });
});

afterEach(() => rmSync(root, { recursive: true }));

interface Fields {
  fields: { name: string; type?: unknown; default?: unknown; doc?: string }[];
}

/** Edits one file of the copied contract. */
function edit(file: string, change: (schema: Fields) => void): void {
  const path = join(root, 'schemas/avro', file);
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Fields;
  change(schema);
  writeFileSync(path, JSON.stringify(schema));
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the committed files', () => {
  it('are what the contract generates, and compatible with the history', () => {
    expect(check({ root: PROJECT })).toEqual([]);
  });
});

describe('generation', () => {
  it('is repeatable: a second run writes nothing', () => {
    expect(generate({ root })).toEqual([]);
    expect(check({ root })).toEqual([]);
  });

  it('appends a version of a changed schema, and of every topic that shares the changed type', () => {
    edit('shared/guest.avsc', ({ fields }) =>
      fields.push({ name: 'language', type: ['null', 'string'], default: null }),
    );
    expect(check({ root })).toEqual([
      'The schema of channel.bookings is not in its history as version 2: run `npm run schemas` and commit what it writes.',
      'The schema of channel.webhooks is not in its history as version 2: run `npm run schemas` and commit what it writes.',
      'schemas/generated/types.ts is stale: run `npm run schemas` and commit what it writes.',
      'schemas/generated/schemas.ts is stale: run `npm run schemas` and commit what it writes.',
    ]);
    expect(generate({ root })).toEqual([
      'schemas/generated/types.ts',
      'schemas/generated/schemas.ts',
      'schemas/history/channel.bookings/2.avsc',
      'schemas/history/channel.webhooks/2.avsc',
    ]);
    expect(check({ root })).toEqual([]);
  });

  it('refuses a table that older builds cannot read, writes nothing, and says which field', () => {
    edit('channel.health.avsc', ({ fields }) =>
      fields.splice(
        fields.findIndex(({ name }) => name === 'retry_attempt'),
        1,
      ),
    );
    const before = read('schemas/generated/types.ts');
    expect(() => generate({ root })).toThrow(
      'channel.health: version 1 cannot read the new schema: retry_attempt is not written and has no default',
    );
    expect(read('schemas/generated/types.ts')).toBe(before);
    expect(check({ root })[0]).toContain('retry_attempt');
  });

  it('lets an event lose a field, since consumers go first', () => {
    edit('channel.alerts.avsc', ({ fields }) =>
      fields.splice(
        fields.findIndex(({ name }) => name === 'context'),
        1,
      ),
    );
    expect(generate({ root })).toContain('schemas/history/channel.alerts/2.avsc');
  });

  it('replaces a version that was never released', () => {
    edit('channel.health.avsc', ({ fields }) => fields.push({ name: 'must', type: 'int' }));
    expect(generate({ root, unreleased: true })).toContain('schemas/history/channel.health/1.avsc');
    expect(check({ root })).toEqual([]);
  });

  it.each<[string, (schema: Fields) => void, string]>([
    [
      'a reference to nothing',
      ({ fields }) => fields.push({ name: 'x', type: 'parity.types.Nowhere' }),
      'parity.types.Nowhere, which no file defines',
    ],
    [
      'a name that exists',
      ({ fields }) =>
        fields.push({
          name: 'x',
          type: { type: 'record', name: 'Guest', namespace: 'parity.other', fields: [] },
        }),
      'would have the same name in TypeScript',
    ],
  ])('says what is wrong with %s', (_, change, message) => {
    edit('channel.alerts.avsc', change);
    expect(() => generate({ root })).toThrow(message);
  });

  it('says that a file names no topic', () => {
    writeFileSync(
      join(root, 'schemas/avro/channel.moods.avsc'),
      JSON.stringify({ type: 'record', name: 'Mood', namespace: 'n', fields: [] }),
    );
    expect(() => generate({ root })).toThrow('channel.moods.avsc names no topic of the topology');
  });
});

describe('generated types', () => {
  it('carry ids, dates, documentation and wrapped unions', () => {
    const types = read('schemas/generated/types.ts');
    expect(types).toContain('readonly connection_id: ConnectionId | null;');
    expect(types).toContain('readonly check_in: PlainDate;');
    expect(types).toContain('readonly channel: ChannelSide | null;');
    expect(types).toContain("\n    | { readonly 'parity.pms.BookingConfirmed': BookingConfirmed }");
    expect(types).toContain(
      '/** Closes the nights on every other channel. */\nexport interface BookingConfirmed',
    );
    expect(types).toContain('readonly values: readonly (number | null)[];');
  });
});
