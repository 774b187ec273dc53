import { describe, expect, it } from 'vitest';
import { compatibilityOf, violations } from './compatibility.ts';
import { SCHEMAS } from './generated/schemas.ts';
import type { Compatibility } from './registry/port.ts';
import { SCHEMA_TOPICS } from './registry/registration.ts';

const record = (fields: object[], name = 'Row') => ({
  type: 'record',
  name,
  namespace: 'n',
  fields,
});
const id = { name: 'id', type: 'string' };
const kind = (symbols: string[], more: object = {}) => ({
  name: 'kind',
  type: { type: 'enum', name: 'Kind', namespace: 'n', symbols, ...more },
});

function found(now: object, older: object[], compatibility: Compatibility): string[] {
  return violations(
    'some.topic',
    now,
    older.map((schema, at) => ({ version: at + 1, schema })),
    compatibility,
  );
}

describe('BACKWARD_TRANSITIVE', () => {
  it('lets a field leave, one with a default come, and a branch come', () => {
    const older = record([id, { name: 'gone', type: 'int' }]);
    const now = record([id, { name: 'note', type: ['null', 'string'], default: null }]);
    expect(found(now, [older], 'BACKWARD_TRANSITIVE')).toEqual([]);
    const a = record([id], 'A');
    const b = record([id], 'B');
    const one = record([{ name: 'payload', type: [a] }]);
    const two = record([{ name: 'payload', type: [a, b] }]);
    expect(found(two, [one], 'BACKWARD_TRANSITIVE')).toEqual([]);
  });

  it('names topic, version and field of what the new schema cannot read', () => {
    const inner = (fields: object[]) =>
      record([id, { name: 'rows', type: { type: 'array', items: record(fields, 'Inner') } }]);
    const now = inner([
      { name: 'amount', type: 'long' },
      { name: 'currency', type: 'string' },
    ]);
    expect(found(now, [inner([{ name: 'amount', type: 'long' }])], 'BACKWARD_TRANSITIVE')).toEqual([
      'some.topic: the new schema cannot read version 1: rows[].currency is not written and has no default',
    ]);
    expect(
      found(record([{ name: 'id', type: 'int' }]), [record([id])], 'BACKWARD_TRANSITIVE'),
    ).toEqual([
      'some.topic: the new schema cannot read version 1: id is string there and int here',
    ]);
    expect(
      found(record([kind(['a'])]), [record([kind(['a', 'b'])])], 'BACKWARD_TRANSITIVE'),
    ).toEqual([
      'some.topic: the new schema cannot read version 1: kind may be b, which the reader does not know',
    ]);
    const branches = (names: string[]) =>
      record([{ name: 'payload', type: names.map((name) => record([id], name)) }]);
    expect(found(branches(['A']), [branches(['A', 'B'])], 'BACKWARD_TRANSITIVE')).toEqual([
      'some.topic: the new schema cannot read version 1: payload may be n.B, which the reader does not know',
    ]);
    const optional = (type: string) =>
      record([{ name: 'note', type: ['null', type], default: null }]);
    expect(found(optional('int'), [optional('string')], 'BACKWARD_TRANSITIVE')).toEqual([
      'some.topic: the new schema cannot read version 1: note may be string, which the reader does not know',
    ]);
  });

  it('looks at all versions, not at the newest alone', () => {
    const versions = [record([id, { name: 'n', type: 'string' }]), record([id])];
    const now = record([id, { name: 'n', type: 'int', default: 0 }]);
    expect(found(now, versions, 'BACKWARD_TRANSITIVE')).toEqual([
      'some.topic: the new schema cannot read version 1: n is string there and int here',
    ]);
  });

  it('does not take a date for a plain text, though both could be read', () => {
    const dated = record([{ name: 'night', type: { type: 'int', logicalType: 'date' } }]);
    const text = record([{ name: 'night', type: 'string' }]);
    expect(found(dated, [text], 'BACKWARD_TRANSITIVE')).toHaveLength(1);
  });
});

describe('FULL_TRANSITIVE', () => {
  it('also refuses what older schemas cannot read', () => {
    const older = record([id, { name: 'gone', type: 'int' }]);
    expect(found(record([id]), [older], 'FULL_TRANSITIVE')).toEqual([
      'some.topic: version 1 cannot read the new schema: gone is not written and has no default',
    ]);
    expect(
      found(record([kind(['a', 'b'])]), [record([kind(['a'])])], 'FULL_TRANSITIVE'),
    ).toHaveLength(1);
    const tolerant = { default: 'a' };
    expect(
      found(
        record([kind(['a', 'b'], tolerant)]),
        [record([kind(['a'], tolerant)])],
        'FULL_TRANSITIVE',
      ),
    ).toEqual([]);
  });
});

describe('the contract', () => {
  it('holds tables in both directions and events in one', () => {
    expect(compatibilityOf('channel.desired')).toBe('FULL_TRANSITIVE');
    expect(compatibilityOf('pms.events')).toBe('BACKWARD_TRANSITIVE');
  });

  it.each(SCHEMA_TOPICS)('%s is compatible with itself', (topic) => {
    expect(
      violations(
        topic,
        SCHEMAS[topic],
        [{ version: 1, schema: SCHEMAS[topic] }],
        'FULL_TRANSITIVE',
      ),
    ).toEqual([]);
  });
});
