import { decompress as decompressZstd } from 'fzstd';
import kafkajs from 'kafkajs';
import { decompressBlock } from 'lz4js';
import { uncompress as uncompressSnappy } from 'snappyjs';
import { ParityError } from '../../../schemas/errors.ts';

/** A codec as kafkajs wants it; it brings gzip itself and fails on *reading* anything else. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** Registers what kafkajs lacks: producers of others may compress. Parity itself sends uncompressed. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4;
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd;
}

/** Magic of xerial's snappy stream: the Java client frames its blocks so; librdkafka sends one bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export const snappy: Codec = {
  compress: refuse,
  async decompress(buffer) {
    if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC))
      return view(uncompressSnappy(buffer));
    const blocks: Uint8Array[] = [];
    for (let at = XERIAL_HEADER_BYTES; at < buffer.length; ) {
      const length = buffer.readInt32BE(at);
      at += 4;
      blocks.push(uncompressSnappy(buffer.subarray(at, at + length)));
      at += length;
    }
    return Buffer.concat(blocks);
  },
};

const LZ4_MAGIC = 0x184d2204;
const LZ4_BLOCK_BYTES: Readonly<Record<number, number>> = {
  4: 1 << 16,
  5: 1 << 18,
  6: 1 << 20,
  7: 1 << 22,
};
const LZ4_UNCOMPRESSED = 0x80000000;

export const lz4: Codec = {
  compress: refuse,
  decompress: async (buffer) => readLz4Frame(buffer),
};

/**
 * One LZ4 frame. The blocks are lz4js's; its frame reader is not used, since it takes the checksum of a block to stand before the block.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
function readLz4Frame(frame: Buffer): Buffer {
  const flags = frame[4] ?? 0;
  const blockBytes = LZ4_BLOCK_BYTES[((frame[5] ?? 0) >> 4) & 0x07];
  if (frame.readUInt32LE(0) !== LZ4_MAGIC || blockBytes === undefined) {
    throw new ParityError('EVENT_UNDECODABLE', 'not an LZ4 frame');
  }
  const checksumBytes = (flags & 0x10) === 0 ? 0 : 4;
  const contentSizeBytes = (flags & 0x08) === 0 ? 0 : 8;
  const firstBlock = 7 + contentSizeBytes;
  const sizes: number[] = [];
  for (let at = firstBlock; ; ) {
    const size = frame.readUInt32LE(at);
    if (size === 0) break;
    sizes.push(size);
    at += 4 + (size & ~LZ4_UNCOMPRESSED) + checksumBytes;
  }
  const bound = sizes.reduce(
    (sum, size) => sum + (size >= LZ4_UNCOMPRESSED ? size - LZ4_UNCOMPRESSED : blockBytes),
    0,
  );
  const content = Buffer.alloc(bound);
  let written = 0;
  let at = firstBlock;
  for (const size of sizes) {
    const length = size & ~LZ4_UNCOMPRESSED;
    if (size >= LZ4_UNCOMPRESSED) written += frame.copy(content, written, at + 4, at + 4 + length);
    else written = decompressBlock(frame, content, at + 4, length, written);
    at += 4 + length + checksumBytes;
  }
  return content.subarray(0, written);
}

export const zstd: Codec = {
  compress: refuse,
  decompress: async (buffer) => view(decompressZstd(buffer)),
};

async function refuse(): Promise<never> {
  throw new ParityError('CONFIG_INVALID', 'this codec can be read only');
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
