import type { ProduceRecord } from '../../event-log.ts';

interface StoredRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  /** When a compaction first saw this tombstone as the newest of its key, ms. */
  tombstoneSince?: number;
}

interface LogSlice {
  readonly records: readonly StoredRecord[];
  readonly nextOffset: number;
}

/** Kafka's defaults, in ms: what holds where the topic says nothing. */
const DELETE_RETENTION_MS = 86_400_000;
const RETENTION_MS = 7 * 86_400_000;

/** One partition: an append-only run of records whose offsets never change; compaction leaves gaps, retention moves the start. */
export class PartitionLog {
  #records: StoredRecord[] = [];
  #start = 0;
  #end = 0;

  /** Offset of the first record that may still be there. */
  get start(): number {
    return this.#start;
  }

  /** Offset of the next append. */
  get end(): number {
    return this.#end;
  }

  append(record: ProduceRecord, timestamp: number): number {
    const offset = this.#end;
    const { key, value, headers } = record;
    this.#records.push({ offset, timestamp, key, value, headers: headers ?? {} });
    this.#end += 1;
    return offset;
  }

  /** At most `limit` records from `offset` on. Where the records end, the next offset is the end, over any gap. */
  read(offset: number, limit: number): LogSlice {
    const first = this.#indexOf(offset);
    const records = this.#records.slice(first, first + limit);
    const last = records.at(-1);
    const complete = first + records.length >= this.#records.length;
    return { records, nextOffset: complete || last === undefined ? this.#end : last.offset + 1 };
  }

  /**
   * Log compaction as Kafka's cleaner does it: within the cleanable part (older than `min.compaction.lag.ms`, the newest
   * record, which lies in the active segment, never) only the newest record of each key stays; tombstones stay for
   * `delete.retention.ms` more. Records behind the cleanable part shadow nothing.
   * @returns how many records went.
   */
  compact(now: number, config: Readonly<Record<string, string>>): number {
    const lag = numberOf(config, 'min.compaction.lag.ms', 0);
    const tombstoneLife = numberOf(config, 'delete.retention.ms', DELETE_RETENTION_MS);
    const firstYoung = this.#records.findIndex((record) => now - record.timestamp < lag);
    const cleanable = Math.min(
      firstYoung === -1 ? this.#records.length : firstYoung,
      this.#records.length - 1,
    );
    const newest = new Map<string | null, StoredRecord>();
    for (const record of this.#records.slice(0, Math.max(0, cleanable)))
      newest.set(record.key, record);
    const before = this.#records.length;
    this.#records = this.#records.filter((record, index) => {
      if (index >= cleanable) return true;
      if (newest.get(record.key) !== record) return false;
      if (record.value !== null) return true;
      record.tombstoneSince ??= now;
      return now - record.tombstoneSince < tombstoneLife;
    });
    return before - this.#records.length;
  }

  /** Deletes from the front what is older than `retention.ms`. @returns how many records went. */
  applyRetention(now: number, config: Readonly<Record<string, string>>): number {
    const retention = numberOf(config, 'retention.ms', RETENTION_MS);
    if (retention < 0) return 0;
    const firstKept = this.#records.findIndex((record) => now - record.timestamp <= retention);
    const gone = firstKept === -1 ? this.#records.length : firstKept;
    if (gone > 0) this.truncateBefore(this.#records[gone]?.offset ?? this.#end);
    return gone;
  }

  /** Moves the start of the log: what lies before `offset` is deleted. */
  truncateBefore(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.#end));
    this.#records = this.#records.slice(this.#indexOf(this.#start));
  }

  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function numberOf(
  config: Readonly<Record<string, string>>,
  name: string,
  otherwise: number,
): number {
  const value = config[name];
  return value === undefined ? otherwise : Number(value);
}
