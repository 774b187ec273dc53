import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadInternal } from '../internals.ts';
import { byTopic, encodeFetchRequest, type FetchRequestFields } from './fetch-request.ts';

// kafkajs's own encoder, which brokers accept, is the oracle.
const kafkajsRequest = loadInternal('src/protocol/requests/fetch/v11/request.js') as (
  request: FetchRequestFields & { readonly replicaId: number },
) => { encode(): Promise<{ readonly buffer: Buffer }> };

const partition = fc.record({
  partition: fc.nat(1_000),
  fetchOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  maxBytes: fc.nat(10_000_000),
});

const request: fc.Arbitrary<FetchRequestFields> = fc.record({
  maxWaitTime: fc.nat(60_000),
  minBytes: fc.nat(1_000),
  maxBytes: fc.nat(100_000_000),
  isolationLevel: fc.constantFrom(0, 1),
  rackId: fc.string({ unit: 'grapheme' }),
  topics: fc.array(
    fc.record({ topic: fc.string(), partitions: fc.array(partition, { maxLength: 20 }) }),
    { maxLength: 5 },
  ),
});

it('is byte for byte that of kafkajs', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const expected = (await kafkajsRequest({ replicaId: -1, ...given }).encode()).buffer;
      expect(encodeFetchRequest(given)).toEqual(expected);
    }),
  );
});

it('names each topic once, its partitions in their order', () => {
  const entry = (topic: string, ...partitions: number[]) => ({
    topic,
    partitions: partitions.map((number) => ({ partition: number, fetchOffset: '7', maxBytes: 1 })),
  });
  const [given] = fc.sample(request, 1);
  const shuffled = {
    ...given!,
    topics: [entry('b', 2), entry('a', 1), entry('b', 0, 1), entry('a', 0)],
  };
  expect(byTopic(shuffled)).toEqual({ ...given, topics: [entry('b', 2, 0, 1), entry('a', 1, 0)] });
});
