/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** Table `slice` at `256 * slice`: what a byte contributes when so many more bytes follow in the same step. */
const TABLES = tables();

function tables(): Int32Array {
  const all = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at += 1) {
    const before = all[at - 256] ?? 0;
    all[at] = (before >>> 8) ^ (all[before & 0xff] ?? 0);
  }
  return all;
}

/**
 * CRC-32C of a part of a buffer, as Kafka's record batches carry it. Eight bytes a step ("slicing by 8"), some four times as fast as byte by byte.
 * @see https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const byte = (at: number) => bytes[at] ?? 0;
  const table = (at: number) => TABLES[at] ?? 0;
  let crc = -1;
  let at = start;
  for (; at + SLICES <= end; at += SLICES) {
    const low =
      crc ^ (byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24));
    crc =
      table(1792 + (low & 0xff)) ^
      table(1536 + ((low >>> 8) & 0xff)) ^
      table(1280 + ((low >>> 16) & 0xff)) ^
      table(1024 + (low >>> 24)) ^
      table(768 + byte(at + 4)) ^
      table(512 + byte(at + 5)) ^
      table(256 + byte(at + 6)) ^
      table(byte(at + 7));
  }
  for (; at < end; at += 1) crc = table((crc ^ byte(at)) & 0xff) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
