/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const STEP_BYTES = 8;

/** Table `slice` at `256 * slice`: what a byte contributes when so many more bytes follow in the same step. */
const TABLES = tables();

function tables(): Int32Array {
  const all = new Int32Array(256 * STEP_BYTES);
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
 * CRC-32C of a part of a buffer, as Kafka's record batches carry it. Eight bytes a step ("slicing by 8"), some three times as fast as byte by byte.
 * @see https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const steps = end - STEP_BYTES;
  let crc = -1;
  let at = start;
  for (; at <= steps; at += STEP_BYTES) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      (TABLES[1792 + (low & 0xff)] ?? 0) ^
      (TABLES[1536 + ((low >>> 8) & 0xff)] ?? 0) ^
      (TABLES[1280 + ((low >>> 16) & 0xff)] ?? 0) ^
      (TABLES[1024 + (low >>> 24)] ?? 0) ^
      (TABLES[768 + (high & 0xff)] ?? 0) ^
      (TABLES[512 + ((high >>> 8) & 0xff)] ?? 0) ^
      (TABLES[256 + ((high >>> 16) & 0xff)] ?? 0) ^
      (TABLES[high >>> 24] ?? 0);
  }
  for (; at < end; at += 1) crc = (TABLES[(crc ^ view.getUint8(at)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
