const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;
const utf8 = new TextEncoder();

/**
 * 32-bit murmur2 as Kafka's Java client computes it over the bytes of a key.
 * @returns a signed 32-bit integer.
 * @see https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
 */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const words = data.length & ~3;
  let hash = SEED ^ data.length;
  for (let at = 0; at < words; at += 4) {
    let word = Math.imul(view.getInt32(at, true), M);
    word = Math.imul(word ^ (word >>> R), M);
    hash = Math.imul(hash, M) ^ word;
  }
  if (words < data.length) {
    for (let at = data.length - 1; at >= words; at--)
      hash ^= view.getUint8(at) << ((at - words) * 8);
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/**
 * Partition of an id (a property_id or an account_id, placed as UTF-8) among `partitions`: that of Kafka's Java producer, of kafkajs and
 * of librdkafka with `partitioner=murmur2_random`. An id has one spelling, so UUIDs are lower case wherever they decide placement.
 */
export function partitionOf(id: string, partitions: number): number {
  return (murmur2(utf8.encode(id)) & 0x7fffffff) % partitions;
}
