import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsCheck } from './bounds.ts';

const SCHEMA = {
  type: 'record',
  name: 'Row',
  namespace: 'n',
  fields: [
    { name: 'words', type: { type: 'array', items: 'string' } },
    { name: 'counts', type: { type: 'map', values: 'long' } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['a', 'b'] } },
    { name: 'again', type: ['null', 'Kind'] },
    { name: 'flag', type: 'boolean' },
    { name: 'ratio', type: 'double' },
    { name: 'raw', type: 'bytes' },
  ],
};
const fits = boundsCheck(SCHEMA);
const type = avsc.Type.forSchema(SCHEMA as avsc.Schema);
const row = fc.record({
  words: fc.array(fc.string()),
  counts: fc.dictionary(fc.string(), fc.integer()),
  kind: fc.constantFrom('a', 'b'),
  again: fc.constantFrom(null, 'a', 'b'),
  flag: fc.boolean(),
  ratio: fc.double(),
  raw: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
});

describe('boundsCheck', () => {
  it('passes what avsc writes, and neither a byte less nor a byte more', () => {
    fc.assert(
      fc.property(row, (value) => {
        const bytes = type.toBuffer(value);
        expect(fits(bytes, 0)).toBe(true);
        expect(fits(bytes.subarray(0, -1), 0)).toBe(false);
        expect(fits(Buffer.concat([bytes, Buffer.alloc(1)]), 0)).toBe(false);
        expect(fits(Buffer.concat([Buffer.alloc(5), bytes]), 5)).toBe(true);
      }),
    );
  });

  it('whatever it passes, avsc reads to the last byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        if (fits(bytes, 0)) expect(type.decode(Buffer.from(bytes), 0).offset).toBe(bytes.length);
      }),
      { numRuns: 2_000 },
    );
  });

  const array = boundsCheck({ type: 'array', items: 'string' });
  it.each<[string, number[], boolean]>([
    ['blocks with their size, as some writers make them', [1, 4, 2, 97, 0], true],
    ['two blocks', [2, 2, 97, 2, 2, 98, 0], true],
    ['a block that never ends', [2, 2, 97], false],
    ['more items than bytes', [100, 0, 0], false],
    ['a length below 0', [2, 1, 0], false],
    ['a number of more than 10 bytes', Array(11).fill(0x80), false],
  ])('%s', (_, bytes, expected) => {
    expect(array(Uint8Array.from(bytes), 0)).toBe(expected);
  });

  it('refuses an index of enum or union that does not exist', () => {
    const choice = boundsCheck(['null', { type: 'enum', name: 'n.Kind', symbols: ['a'] }]);
    expect(choice(Uint8Array.from([0]), 0)).toBe(true);
    expect(choice(Uint8Array.from([2, 0]), 0)).toBe(true);
    expect(choice(Uint8Array.from([2, 2]), 0)).toBe(false);
    expect(choice(Uint8Array.from([4]), 0)).toBe(false);
    expect(choice(Uint8Array.from([1]), 0)).toBe(false);
  });

  it('says which name a schema does not define', () => {
    expect(() => boundsCheck({ type: 'array', items: 'n.Nowhere' })).toThrow('n.Nowhere');
  });
});
