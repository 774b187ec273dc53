import { compress as compressLz4 } from 'lz4js';
import { compress as compressSnappy } from 'snappyjs';
import { expect, it } from 'vitest';
import { decompressLz4, decompressSnappy } from './codecs.ts';

const text = Buffer.from(
  `${'closed to arrival '.repeat(20_000)}${Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 9973)}`,
);

it('snappy comes as one bare block from librdkafka', () => {
  expect(decompressSnappy(Buffer.from(compressSnappy(text))).equals(text)).toBe(true);
});

it('snappy comes in xerial blocks from the Java client', () => {
  const half = text.length >> 1;
  const blocks = [text.subarray(0, half), text.subarray(half)].map((part) =>
    Buffer.from(compressSnappy(part)),
  );
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const framed = Buffer.concat([
    header,
    ...blocks.flatMap((block) => [int32(block.length), block]),
  ]);
  expect(decompressSnappy(framed).equals(text)).toBe(true);
});

it('lz4 frames may store blocks, carry checksums behind them and name their content size', () => {
  const plain = Buffer.from(compressLz4(text));
  expect(decompressLz4(plain).equals(text)).toBe(true);

  const stored = Buffer.from('a block that did not compress');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(0x8000_0000 + stored.length);
  // Version 1, block checksums, content size; blocks of up to 64 KB.
  const head = Buffer.from([
    0x04,
    0x22,
    0x4d,
    0x18,
    0x58,
    0x40,
    stored.length,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
  const frame = Buffer.concat([head, size, stored, Buffer.from([1, 2, 3, 4]), Buffer.alloc(4)]);
  expect(decompressLz4(frame).toString()).toBe(stored.toString());
  expect(() => decompressLz4(Buffer.from('not a frame'))).toThrow('not an LZ4 frame');
});

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
