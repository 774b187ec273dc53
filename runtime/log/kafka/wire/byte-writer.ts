/** Longest text whose length, as a zigzag varint, takes one byte. */
const SHORT_TEXT = 63;

/** Writes Kafka's wire types into a buffer that is surely large enough, forwards. */
export class ByteWriter {
  readonly bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  int8(value: number): void {
    this.bytes[this.at] = value;
    this.at += 1;
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  int64(value: bigint): void {
    this.at = this.bytes.writeBigInt64BE(value, this.at);
  }

  /** Zigzag variable-length integer of up to 52 bits. */
  varint(value: number): void {
    let rest = zigzag(value);
    while (rest >= 0x80) {
      this.int8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.int8(rest);
  }

  /** Length as a varint, then UTF-8. */
  text(text: string): void {
    if (text.length <= SHORT_TEXT && this.#ascii(text)) return;
    this.varint(Buffer.byteLength(text));
    this.at += this.bytes.write(text, this.at);
  }

  /** Length as a varint, then the bytes. */
  data(data: Uint8Array): void {
    this.varint(data.byteLength);
    this.bytes.set(data, this.at);
    this.at += data.byteLength;
  }

  /** Length in 16 bits, then UTF-8; null has length -1. */
  string(text: string | null): void {
    if (text === null) {
      this.int16(-1);
      return;
    }
    this.int16(Buffer.byteLength(text));
    this.at += this.bytes.write(text, this.at);
  }

  /** Most texts are short and ASCII: writing them here is cheaper than a call into the runtime. */
  #ascii(text: string): boolean {
    const begin = this.at + 1;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.bytes[begin + index] = code;
    }
    this.bytes[this.at] = 2 * text.length;
    this.at = begin + text.length;
    return true;
  }
}

/** Bytes that an integer takes as a varint. */
export function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
