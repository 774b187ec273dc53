import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadInternal } from '../internals.ts';
import { crc32c } from './crc32c.ts';
import {
  encodeProduceRequest,
  isPlain,
  type ProducedMessage,
  type ProduceRequest,
} from './produce-request.ts';

// kafkajs's own encoders, which brokers accept, are the oracles.
const kafkajsRequest = loadInternal('src/protocol/requests/produce/v7/request.js') as (
  request: ProduceRequest,
) => { encode(): Promise<{ readonly buffer: Buffer }> };
const kafkajsChecksum = loadInternal('src/protocol/recordBatch/crc32C/crc32C.js') as (
  bytes: Uint8Array,
) => number;
const Long = loadInternal('src/utils/long.js') as {
  fromValue(value: string): { toString(): string };
};

const message: fc.Arbitrary<ProducedMessage> = fc.record({
  key: fc.option(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 100 }))),
  value: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
  timestamp: fc.integer({ min: 1_000_000_000_000, max: 2_000_000_000_000 }).map(String),
  headers: fc.dictionary(fc.string(), fc.string({ unit: 'grapheme', maxLength: 90 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
});

const partition = fc.record({
  partition: fc.nat(100),
  firstSequence: fc.nat(2 ** 31 - 1),
  messages: fc.array(message, { minLength: 1, maxLength: 5 }),
});

const request: fc.Arbitrary<ProduceRequest> = fc.record({
  acks: fc.constant(-1),
  timeout: fc.nat(60_000),
  producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map((id) => Long.fromValue(String(id))),
  producerEpoch: fc.nat(2 ** 15 - 1),
  topicData: fc.array(
    fc.record({ topic: fc.string(), partitions: fc.array(partition, { maxLength: 3 }) }),
    { maxLength: 3 },
  ),
});

async function expected(of: ProduceRequest): Promise<Buffer> {
  return (await kafkajsRequest(of).encode()).buffer;
}

function single(...messages: ProducedMessage[]): ProduceRequest {
  return {
    acks: -1,
    timeout: 1_000,
    producerId: Long.fromValue('7'),
    producerEpoch: 0,
    topicData: [{ topic: 't', partitions: [{ partition: 0, firstSequence: 0, messages }] }],
  };
}

function ofSize(bytes: number): ProducedMessage {
  return { key: null, value: Buffer.alloc(bytes, 7), timestamp: '1700000000000', headers: {} };
}

describe('a Produce request', () => {
  it('is byte for byte that of kafkajs', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (given) => {
        expect(encodeProduceRequest(given)).toEqual(await expected(given));
      }),
    );
  });

  it.each([0, 50, 60, 63, 64, 8_170, 8_190, 8_200, 200_000, 1_100_000])(
    'holds a record of %i bytes, whatever its length takes',
    async (bytes) => {
      const given = single(ofSize(bytes), ofSize(3), ofSize(bytes));
      expect(encodeProduceRequest(given).equals(await expected(given))).toBe(true);
    },
  );

  it('holds texts of all lengths and letters', async () => {
    const texts = [
      '',
      'a',
      'x'.repeat(63),
      'x'.repeat(64),
      'ü',
      `${'x'.repeat(62)}ü`,
      '宿'.repeat(63),
    ];
    const given = single(
      ...texts.map((text) => ({ ...ofSize(1), key: text, headers: { [`h${text}`]: text } })),
    );
    expect(encodeProduceRequest(given)).toEqual(await expected(given));
  });

  it('is left to kafkajs with a transaction or compression', () => {
    expect(isPlain(single())).toBe(true);
    expect(isPlain({ ...single(), compression: 1 })).toBe(false);
    expect(isPlain({ ...single(), transactionalId: 'id' })).toBe(false);
  });
});

describe('crc32c', () => {
  it('is the checksum of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(0))).toBe(0);
  });

  it('agrees with kafkajs on any part of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), fc.nat(200), (bytes, from, to) => {
        const start = Math.min(from, bytes.length);
        const end = Math.max(start, Math.min(to, bytes.length));
        expect(crc32c(bytes, start, end)).toBe(kafkajsChecksum(bytes.subarray(start, end)));
      }),
    );
  });
});
