import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decompress as decompressZstd } from 'fzstd';
import { decompressBlock } from 'lz4js';
import { uncompress as uncompressSnappy } from 'snappyjs';
import { ParityError } from '../../../../schemas/errors.ts';

/** What a producer may have compressed a record batch with, by its code in the batch's attributes. Parity itself sends uncompressed. */
export const DECOMPRESSORS: Readonly<Record<number, (bytes: Buffer) => Promise<Buffer>>> = {
  1: promisify<Buffer, Buffer>(gunzip),
  2: async (bytes) => decompressSnappy(bytes),
  3: async (bytes) => decompressLz4(bytes),
  4: async (bytes) => view(decompressZstd(bytes)),
};

/** Magic of xerial's snappy stream: the Java client frames its blocks so; librdkafka sends one bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export function decompressSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC))
    return view(uncompressSnappy(bytes));
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    const length = bytes.readInt32BE(at);
    at += 4;
    blocks.push(uncompressSnappy(bytes.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(blocks);
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_BLOCK_BYTES: Readonly<Record<number, number>> = {
  4: 1 << 16,
  5: 1 << 18,
  6: 1 << 20,
  7: 1 << 22,
};
const LZ4_STORED = 0x80000000;

/**
 * One LZ4 frame. The blocks are lz4js's; its frame reader is not used, since it takes the checksum of a block to stand before the block.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function decompressLz4(frame: Buffer): Buffer {
  const flags = frame[4] ?? 0;
  const blockBytes = LZ4_BLOCK_BYTES[((frame[5] ?? 0) >> 4) & 0x07];
  if (frame.readUInt32LE(0) !== LZ4_MAGIC || blockBytes === undefined) {
    throw new ParityError('EVENT_UNDECODABLE', 'not an LZ4 frame');
  }
  const blocks: { from: number; length: number; stored: boolean }[] = [];
  const checksumBytes = (flags & 0x10) === 0 ? 0 : 4;
  for (let at = (flags & 0x08) === 0 ? 7 : 15; ; ) {
    const size = frame.readUInt32LE(at);
    if (size === 0) break;
    const stored = size >= LZ4_STORED;
    const length = stored ? size - LZ4_STORED : size;
    blocks.push({ from: at + 4, length, stored });
    at += 4 + length + checksumBytes;
  }
  const content = Buffer.alloc(
    blocks.reduce((sum, { stored, length }) => sum + (stored ? length : blockBytes), 0),
  );
  let written = 0;
  for (const { from, length, stored } of blocks) {
    if (stored) written += frame.copy(content, written, from, from + length);
    else written = decompressBlock(frame, content, from, length, written);
  }
  return content.subarray(0, written);
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
