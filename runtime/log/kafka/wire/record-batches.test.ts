import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadInternal } from '../internals.ts';
import { decodeRecordBatches } from './record-batches.ts';

interface Encoded {
  readonly buffer: Buffer;
}
type Fields = Record<string, unknown>;

// kafkajs's own encoder, which brokers accept, is the oracle.
const encodeRecord = loadInternal('src/protocol/recordBatch/record/v0/index.js') as (
  record: Fields,
) => Encoded;
const { RecordBatch } = loadInternal('src/protocol/recordBatch/v0/index.js') as {
  RecordBatch(batch: Fields): Promise<Encoded>;
};
const Long = loadInternal('src/utils/long.js') as { fromValue(value: number | string): unknown };

interface Sample {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Record<string, string>;
  readonly timestampDelta: number;
}

const partition = { topic: 't', partition: 3 };
const CONTROL_BIT = 0x20;
const ATTRIBUTES_OFFSET = 21;

async function batch(
  baseOffset: number,
  samples: readonly Sample[],
  options: Fields = {},
): Promise<Buffer> {
  const records = samples.map(({ key, value, headers, timestampDelta }, offsetDelta) =>
    encodeRecord({
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers,
      timestampDelta,
      offsetDelta,
    }),
  );
  const encoded = await RecordBatch({
    firstOffset: Long.fromValue(baseOffset),
    firstTimestamp: 1_700_000_000_000,
    lastOffsetDelta: samples.length - 1,
    records,
    ...options,
  });
  return encoded.buffer;
}

function sample(value: string): Sample {
  return { key: 'k', value: Buffer.from(value), headers: {}, timestampDelta: 0 };
}

/** A control batch of one record whose key says version 0 and the type: 0 abort, 1 commit. */
async function control(baseOffset: number, type: 0 | 1, producerId: number): Promise<Buffer> {
  const key = Buffer.from([0, 0, 0, type]).toString('latin1');
  const bytes = await batch(baseOffset, [{ ...sample('marker'), key }], {
    producerId: Long.fromValue(producerId),
    transactional: true,
  });
  bytes.writeInt16BE(bytes.readInt16BE(ATTRIBUTES_OFFSET) | CONTROL_BIT, ATTRIBUTES_OFFSET);
  return bytes;
}

describe('decodeRecordBatches', () => {
  it('reads what kafkajs encodes', async () => {
    const records = fc.array(
      fc.record({
        key: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 }), { nil: null }),
        value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null }),
        headers: fc.dictionary(
          fc.string({ minLength: 1, maxLength: 8 }),
          fc.string({ unit: 'grapheme', maxLength: 80 }),
          { maxKeys: 4 },
        ),
        timestampDelta: fc.integer({ min: -1_000_000, max: 100_000_000_000 }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(records, fc.nat(2 ** 40), async (samples, base) => {
        const decoded = await decodeRecordBatches(await batch(base, samples), partition, 0, []);
        expect(decoded.nextOffset).toBe(base + samples.length);
        expect(decoded.records).toEqual(
          samples.map(({ key, value, headers, timestampDelta }, index) => ({
            ...partition,
            offset: base + index,
            timestamp: 1_700_000_000_000 + timestampDelta,
            key,
            value: value === null ? null : Buffer.from(value),
            headers: { ...headers },
          })),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('gives records from the wanted offset on, and the end of the last batch as the next one', async () => {
    const bytes = Buffer.concat([
      await batch(10, [sample('a'), sample('b'), sample('c')]),
      await batch(20, [sample('d')], { lastOffsetDelta: 6 }),
    ]);
    const decoded = await decodeRecordBatches(bytes, partition, 12, []);
    expect(decoded.records.map(({ offset }) => offset)).toEqual([12, 20]);
    expect(decoded.nextOffset).toBe(27);
  });

  it('passes a batch that compaction emptied', async () => {
    const decoded = await decodeRecordBatches(
      await batch(5, [], { lastOffsetDelta: 4 }),
      partition,
      7,
      [],
    );
    expect(decoded).toEqual({ records: [], nextOffset: 10 });
  });

  it('leaves a batch that was cut off for the next fetch', async () => {
    const whole = await batch(0, [sample('a')]);
    const cut = await batch(1, [sample('b'), sample('c')]);
    for (let length = 0; length < cut.length; length += 1) {
      const decoded = await decodeRecordBatches(
        Buffer.concat([whole, cut.subarray(0, length)]),
        partition,
        0,
        [],
      );
      expect(decoded.records).toHaveLength(1);
      expect(decoded.nextOffset).toBe(1);
    }
    expect(await decodeRecordBatches(Buffer.alloc(0), partition, 0, [])).toEqual({
      records: [],
      nextOffset: undefined,
    });
  });

  it('hides the records of an aborted transaction of that producer only, and all control records', async () => {
    const transactional = (producerId: number) => ({
      producerId: Long.fromValue(producerId),
      transactional: true,
    });
    const bytes = Buffer.concat([
      await batch(0, [sample('aborted')], transactional(7)),
      await batch(1, [sample('other')], transactional(8)),
      await batch(2, [sample('plain')], { producerId: Long.fromValue(7) }),
      await batch(3, [sample('aborted too')], transactional(7)),
      await control(4, 0, 7),
      await control(5, 1, 8),
      await batch(6, [sample('committed')], transactional(7)),
      await control(7, 1, 7),
    ]);
    const decoded = await decodeRecordBatches(bytes, partition, 0, [
      { producerId: 7, firstOffset: 0 },
    ]);
    expect(decoded.records.map(({ value }) => Buffer.from(value!).toString())).toEqual([
      'other',
      'plain',
      'committed',
    ]);
    expect(decoded.nextOffset).toBe(8);
  });

  it('refuses what is no record batch instead of guessing', async () => {
    const old = await batch(0, [sample('a')]);
    old[16] = 1;
    await expect(decodeRecordBatches(old, partition, 0, [])).rejects.toThrow('format 1');
    const broken = await batch(0, [sample('a')]);
    broken.writeInt32BE(9, 57);
    await expect(decodeRecordBatches(broken, partition, 0, [])).rejects.toThrow(RangeError);
  });
});
