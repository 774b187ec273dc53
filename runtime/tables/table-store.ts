import { ParityError } from '../../schemas/errors.ts';
import { type LogRecord, partitionKey, type TopicPartition } from '../event-log.ts';
import { type Claim, ClaimReader, EPOCH_KEY, EpochGuard, HEADERS, sameClaim } from './epoch.ts';
import { KeyIndex } from './key-index.ts';

/** The newest value of a key, as it lies in the log. Replaced as a whole, never changed but for `offset` and `decoded`. */
export interface TableEntry {
  readonly value: Uint8Array;
  readonly tenantId: string | null;
  /** null: an own write that is not durable yet. */
  offset: number | null;
  /** Filled and emptied by the cache of decoded values. */
  decoded: object | undefined;
}

/** An own write on its way to the log. */
export interface PendingWrite {
  readonly key: string;
  /** null: a tombstone. */
  readonly entry: TableEntry | null;
}

/**
 * What a record was to the table: `changed` (its key has a new value or none), `epoch` (an owner's record, no value),
 * `own` (written by this owner, visible since then), `stale` (a zombie's, ignored), `old` (from before the position, dropped)
 * or `fenced` (somebody else owns the partition: nothing in this store counts any more).
 */
type Folded = 'changed' | 'epoch' | 'own' | 'stale' | 'old' | 'fenced';

/**
 * One partition of one table, folded from its log in offset order. The same class serves the owner (which sets `claim`
 * before it writes), the readers of input tables and views outside any group, so that all agree on what a zombie is.
 */
export class TableStore {
  readonly #at: TopicPartition;
  readonly #entries = new Map<string, TableEntry>();
  readonly #index = new KeyIndex();
  readonly #guard = new EpochGuard();
  readonly #claims = new ClaimReader();
  /** Keys whose newest record in the log is a zombie's. */
  #stale = new Set<string>();
  #position = 0;
  #bytes = 0;
  #claim: Claim | null = null;
  #held = false;

  constructor(at: TopicPartition) {
    this.#at = at;
  }

  /** Offset of the next record to fold. */
  get position(): number {
    return this.#position;
  }

  /** Highest epoch in the log so far; 0: none. */
  get highestEpoch(): number {
    return this.#guard.current?.epoch ?? 0;
  }

  /** Number of keys. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes of the values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True once the own epoch record has been met in the log and was the one that counts. */
  get held(): boolean {
    return this.#held;
  }

  get claim(): Claim | null {
    return this.#claim;
  }

  /** The owner is about to write its epoch record, or has given a claim up that did not win. */
  setClaim(claim: Claim | null): void {
    this.#claim = claim;
    this.#held = false;
  }

  /** @throws ParityError TABLE_UNDECODABLE for a record without key. */
  fold(record: LogRecord): Folded {
    if (record.offset < this.#position) return 'old';
    this.#position = record.offset + 1;
    const { key } = record;
    if (key === null) {
      const place = `${partitionKey(this.#at)} at ${record.offset}`;
      throw new ParityError('TABLE_UNDECODABLE', `a table record without key in ${place}`);
    }
    const claim = this.#claims.read(record.headers);
    const standing = this.#guard.judge(claim);
    if (sameClaim(claim, this.#claim)) return this.#foldOwn(key, standing === 'stale');
    if (standing === 'stale') {
      this.#stale.add(key);
      return 'stale';
    }
    if (this.#held) return 'fenced';
    if (this.#stale.size > 0) this.#stale.delete(key);
    if (key === EPOCH_KEY) return 'epoch';
    const tenantId = record.headers[HEADERS.tenantId] ?? null;
    this.#replace(key, entryOf(record.value, tenantId, record.offset));
    return 'changed';
  }

  /** Records before `offset` are gone (compaction, end of the log). */
  advance(offset: number): void {
    this.#position = Math.max(this.#position, offset);
  }

  entry(key: string): TableEntry | undefined {
    return this.#entries.get(key);
  }

  /** Keys that begin with `prefix`, ascending. */
  keys(prefix = ''): string[] {
    return this.#index.withPrefix(prefix);
  }

  /** Makes an own write visible at once. `settle` follows when it is durable; if it fails, the store is to be dropped. */
  put(key: string, value: Uint8Array | null, tenantId: string | null): PendingWrite {
    const entry = entryOf(value, tenantId, null);
    this.#replace(key, entry);
    return { key, entry };
  }

  settle({ key, entry }: PendingWrite, offset: number): void {
    if (entry !== null && this.#entries.get(key) === entry) entry.offset = offset;
  }

  /** Keys whose newest record is a zombie's and that have no value here: compaction may have taken the right one. */
  doubtful(): string[] {
    return [...this.#stale].filter((key) => key !== EPOCH_KEY && !this.#entries.has(key));
  }

  /** Keys (the epoch's included) whose newest record is a zombie's, to be written again by the owner; forgets them. */
  takeStale(which: 'all' | 'known' = 'all'): string[] {
    if (this.#stale.size === 0) return [];
    const taken = [...this.#stale].filter(
      (key) => which === 'all' || key === EPOCH_KEY || this.#entries.has(key),
    );
    for (const key of taken) this.#stale.delete(key);
    return taken;
  }

  get hasStale(): boolean {
    return this.#stale.size > 0;
  }

  #foldOwn(key: string, lost: boolean): Folded {
    if (lost) return 'fenced';
    this.#held = true;
    this.#stale.delete(key);
    return 'own';
  }

  #replace(key: string, entry: TableEntry | null): void {
    const before = this.#entries.get(key);
    this.#bytes += (entry?.value.byteLength ?? 0) - (before?.value.byteLength ?? 0);
    if (entry === null) {
      if (this.#entries.delete(key)) this.#index.remove(key);
      return;
    }
    this.#entries.set(key, entry);
    if (before === undefined) this.#index.add(key);
  }
}

function entryOf(
  value: Uint8Array | null,
  tenantId: string | null,
  offset: number | null,
): TableEntry | null {
  return value === null ? null : { value: detached(value), tenantId, offset, decoded: undefined };
}

/** A slice of a fetch response would keep the whole response in memory. */
function detached(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer.byteLength ? value : value.slice();
}
