import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from './placement.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('murmur2', () => {
  // From UtilsTest.testMurmur2 of apache/kafka.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(bytes(text))).toBe(hash);
  });

  it('hashes a view into a larger buffer by its own bytes alone', () => {
    const outer = bytes('xxfoobaryy');
    expect(murmur2(outer.subarray(2, 8))).toBe(-790332482);
  });
});

describe('partitionOf', () => {
  it("agrees with kafkajs's Java-compatible partitioner on any key and count", () => {
    const partitioner = Partitioners.JavaCompatiblePartitioner();
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 64 }),
        (id, partitions) => {
          const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
            partitionId,
            leader: 1,
            partitionErrorCode: 0,
            replicas: [],
            isr: [],
          }));
          const theirs = partitioner({
            topic: 't',
            partitionMetadata,
            message: { key: id, value: null },
          });
          expect(partitionOf(id, partitions)).toBe(theirs);
        },
      ),
    );
  });

  it('spreads random ids over all partitions', () => {
    const seen = new Set(Array.from({ length: 500 }, (_, i) => partitionOf(`property-${i}`, 12)));
    expect(seen.size).toBe(12);
  });
});
