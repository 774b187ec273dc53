import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PartitionLog } from './partition-log.ts';

const LAG_MS = 100;
const config = {
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': `${LAG_MS}`,
  'delete.retention.ms': '50',
};

function log(
  records: readonly (readonly [key: string, value: string | null])[],
  at = 0,
): PartitionLog {
  const partition = new PartitionLog();
  for (const [key, value] of records) {
    partition.append(
      { topic: 't', partition: 0, key, value: value === null ? null : Buffer.from(value) },
      at,
    );
  }
  return partition;
}

function content(partition: PartitionLog): string[] {
  return partition
    .read(0, 1_000)
    .records.map(
      ({ offset, key, value }) => `${offset} ${key}=${value === null ? '-' : Buffer.from(value)}`,
    );
}

describe('compaction', () => {
  it('keeps the newest of each key and the last record, and never moves an offset', () => {
    const partition = log([
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
      ['c', '1'],
      ['c', '2'],
    ]);
    expect(partition.compact(LAG_MS, config)).toBe(1);
    // c=1 stays: the last record is in the active segment and shadows nothing.
    expect(content(partition)).toEqual(['1 b=1', '2 a=2', '3 c=1', '4 c=2']);
    expect(partition.end).toBe(5);
    expect(partition.start).toBe(0);
  });

  it('leaves what is younger than the lag, which shadows nothing either', () => {
    const partition = log([['a', '1']], 0);
    partition.append({ topic: 't', partition: 0, key: 'a', value: Buffer.from('2') }, 50);
    partition.append({ topic: 't', partition: 0, key: 'z', value: Buffer.from('9') }, 50);
    expect(partition.compact(LAG_MS, config)).toBe(0);
    expect(partition.compact(LAG_MS + 50, config)).toBe(1);
    expect(content(partition)).toEqual(['1 a=2', '2 z=9']);
  });

  it('drops a tombstone only after its retention, in a later run', () => {
    const partition = log([
      ['a', '1'],
      ['a', null],
      ['z', '9'],
    ]);
    partition.compact(LAG_MS, config);
    expect(content(partition)).toEqual(['1 a=-', '2 z=9']);
    partition.compact(LAG_MS + 49, config);
    expect(content(partition)).toEqual(['1 a=-', '2 z=9']);
    partition.compact(LAG_MS + 50, config);
    expect(content(partition)).toEqual(['2 z=9']);
  });

  it('changes what a reader of the whole log ends up with in no case', () => {
    const record = fc.tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.option(fc.constantFrom('1', '2'), { nil: null }),
    );
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 30 }),
        fc.array(fc.nat(300), { maxLength: 4 }),
        (records, runs) => {
          const partition = log(records);
          const state = (of: PartitionLog) => {
            const table = new Map<string | null, string>();
            for (const { key, value } of of.read(0, 1_000).records) {
              if (value === null) table.delete(key);
              else table.set(key, Buffer.from(value).toString());
            }
            return [...table].sort();
          };
          const before = state(partition);
          for (const at of runs) partition.compact(at, config);
          expect(state(partition)).toEqual(before);
          expect(partition.end).toBe(records.length);
        },
      ),
    );
  });
});

describe('reading', () => {
  it('from within a gap goes on behind it; where records end, the next offset is the end', () => {
    const partition = log([
      ['a', '1'],
      ['a', '2'],
      ['a', '3'],
      ['b', '1'],
      ['z', '9'],
    ]);
    partition.compact(LAG_MS, config);
    expect(partition.read(1, 1)).toMatchObject({ records: [{ offset: 2 }], nextOffset: 3 });
    expect(partition.read(4, 10)).toMatchObject({ records: [{ offset: 4 }], nextOffset: 5 });
    expect(partition.read(5, 10)).toEqual({ records: [], nextOffset: 5 });
  });

  it('begins behind what retention deleted', () => {
    const partition = log(
      [
        ['a', '1'],
        ['b', '2'],
      ],
      0,
    );
    partition.append({ topic: 't', partition: 0, key: 'c', value: Buffer.from('3') }, 1_000);
    expect(partition.applyRetention(1_500, { 'retention.ms': '1000' })).toBe(2);
    expect(partition.start).toBe(2);
    expect(content(partition)).toEqual(['2 c=3']);
    expect(partition.applyRetention(1_500, { 'retention.ms': '-1' })).toBe(0);
    expect(partition.applyRetention(5_000, { 'retention.ms': '1000' })).toBe(1);
    expect([partition.start, partition.end]).toEqual([3, 3]);
  });
});
