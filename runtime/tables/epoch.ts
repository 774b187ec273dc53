/**
 * Epochs: who may write a table partition. A new owner writes an epoch record (one higher than any seen) and puts epoch
 * and writer into the headers of every table record. Readers need nothing but the order of the log to agree on what counts.
 */

/** Key of the epoch record of a table partition; sorts before every id and is no value of the table. */
export const EPOCH_KEY = '\u0000epoch';

export const HEADERS = {
  epoch: 'epoch',
  writer: 'writer',
  originTs: 'origin-ts',
  tenantId: 'tenant-id',
  traceparent: 'traceparent',
} as const;

/** One owner's right to a table partition. */
export interface Claim {
  readonly epoch: number;
  /** Random id of the group member (or of the relay's process) that writes. */
  readonly writer: string;
}

/** `raised`: a new highest epoch; `current`: of the owner that counts now; `stale`: a zombie's, every reader ignores it. */
export type Standing = 'raised' | 'current' | 'stale';

export function sameClaim(a: Claim | null, b: Claim | null): boolean {
  return a !== null && b !== null && a.epoch === b.epoch && a.writer === b.writer;
}

/** Headers that a record of a table carries. */
export function claimHeaders({ epoch, writer }: Claim): Record<string, string> {
  return { [HEADERS.epoch]: String(epoch), [HEADERS.writer]: writer };
}

/** The claim in the headers of a table record. Without headers, or with broken ones, it is the lowest: epoch 0 of nobody. */
export function claimOf(headers: Readonly<Record<string, string>>): Claim {
  const epoch = Number(headers[HEADERS.epoch] ?? '0');
  const valid = Number.isSafeInteger(epoch) && epoch >= 0;
  return { epoch: valid ? epoch : 0, writer: headers[HEADERS.writer] ?? '' };
}

/** `claimOf` for a run of records, most of which are of one writer: what was parsed last is kept. */
export class ClaimReader {
  #epoch: string | undefined = undefined;
  #writer: string | undefined = undefined;
  #claim: Claim = claimOf({});

  read(headers: Readonly<Record<string, string>>): Claim {
    const epoch = headers[HEADERS.epoch];
    const writer = headers[HEADERS.writer];
    if (epoch !== this.#epoch || writer !== this.#writer) {
      this.#epoch = epoch;
      this.#writer = writer;
      this.#claim = claimOf(headers);
    }
    return this.#claim;
  }
}

/** Value of an epoch record: the claim as text, for people. The headers are what counts; a null would be a tombstone. */
export function epochRecordValue({ epoch, writer }: Claim): Uint8Array {
  return new TextEncoder().encode(`epoch ${epoch} of ${writer}`);
}

/**
 * Judges the records of one table partition in log order. The highest epoch so far counts; of two writers with the same
 * epoch the first in the log. Data records raise the epoch as epoch records do: compaction may have taken the latter.
 */
export class EpochGuard {
  #current: Claim | null = null;

  /** The claim that counts now; null: no record yet. */
  get current(): Claim | null {
    return this.#current;
  }

  judge(claim: Claim): Standing {
    const current = this.#current;
    if (claim === current) return 'current';
    if (current === null || claim.epoch > current.epoch) {
      this.#current = claim;
      return 'raised';
    }
    return sameClaim(claim, current) ? 'current' : 'stale';
  }
}
