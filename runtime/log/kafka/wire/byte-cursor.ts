/** Reads Kafka's wire types from a buffer, forwards. Running over the end is a RangeError. */
export class ByteCursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** As a number: offsets and timestamps fit 53 bits. */
  int64(): number {
    const value =
      this.bytes.readInt32BE(this.at) * 0x1_0000_0000 + this.bytes.readUInt32BE(this.at + 4);
    this.at += 8;
    return value;
  }

  /** Zigzag variable-length integer of up to 53 bits. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw new RangeError('a varint runs over the end of the buffer');
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 128;
    }
  }

  text(length: number): string {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('a string runs over the end of the buffer');
    const value = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return value;
  }

  /** The bytes, copied. */
  copy(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('a field runs over the end of the buffer');
    const value = Buffer.allocUnsafe(length);
    this.bytes.copy(value, 0, this.at, end);
    this.at = end;
    return value;
  }
}
