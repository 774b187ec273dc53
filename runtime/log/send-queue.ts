import { codeOf, ParityError } from '../../schemas/errors.ts';
import { type ProduceRecord, partitionKey } from '../event-log.ts';

/** Writes one request and resolves with the offsets in order. It retries by itself; a rejection is final. */
type SendRequest = (records: readonly ProduceRecord[]) => Promise<number[]>;

export interface SendLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Bytes of one partition in one request: Kafka stores them as one record batch, bounded by `max.message.bytes`. */
  readonly maxPartitionBytes: number;
}

const DEFAULT_SEND_LIMITS: SendLimits = {
  maxRecords: 10_000,
  maxBytes: 8_000_000,
  maxPartitionBytes: 900_000,
};

/** What a record costs beside key, value and headers, generously. */
const RECORD_OVERHEAD_BYTES = 70;
const HEADER_OVERHEAD_BYTES = 10;

interface Call {
  readonly offsets: number[];
  missing: number;
  failed: boolean;
  resolve(offsets: number[]): void;
  reject(error: unknown): void;
}

interface Entry {
  readonly record: ProduceRecord;
  readonly bytes: number;
  readonly call: Call;
  readonly index: number;
}

/**
 * Group commit: one request is out at a time, and all calls that come meanwhile form the next one. So the order of the
 * calls is the order in each partition, and batches grow with the load by themselves.
 *
 * When a request fails, calls that wait behind it and share a partition with it (directly or through another one) fail
 * too: their callers assumed that the earlier records come first. A call made after the failure was reported goes out.
 */
export class SendQueue {
  readonly #send: SendRequest;
  readonly #limits: SendLimits;
  #waiting: Entry[] = [];
  #sending = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(send: SendRequest, limits: SendLimits = DEFAULT_SEND_LIMITS) {
    this.#send = send;
    this.#limits = limits;
  }

  /** @throws EVENT_TOO_LARGE for a record over the limit of one batch; LOG_UNAVAILABLE when its fate is unknown. */
  produce(records: readonly ProduceRecord[]): Promise<number[]> {
    if (this.#closed)
      return Promise.reject(new ParityError('LOG_UNAVAILABLE', 'the event log is closed'));
    if (records.length === 0) return Promise.resolve([]);
    const sizes = records.map(recordBytes);
    const tooLarge = sizes.findIndex((size) => size > this.#limits.maxPartitionBytes);
    const guilty = records[tooLarge];
    if (guilty !== undefined) {
      const detail = `${sizes[tooLarge]} bytes for ${partitionKey(guilty)}, at most ${this.#limits.maxPartitionBytes}`;
      return Promise.reject(new ParityError('EVENT_TOO_LARGE', `a record is too large: ${detail}`));
    }
    return new Promise((resolve, reject) => {
      const call: Call = {
        offsets: new Array(records.length),
        missing: records.length,
        failed: false,
        resolve,
        reject,
      };
      records.forEach((record, index) => {
        this.#waiting.push({ record, bytes: sizes[index] ?? 0, call, index });
      });
      void this.#run();
    });
  }

  /** Takes no more calls and resolves when those that wait are settled. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#sending) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #run(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    // Calls of the same turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#request(this.#take());
    this.#sending = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #request(request: readonly Entry[]): Promise<void> {
    try {
      const offsets = await this.#send(request.map((entry) => entry.record));
      request.forEach((entry, position) => {
        settle(entry, offsets[position] ?? -1);
      });
    } catch (error) {
      if (codeOf(error) !== 'EVENT_TOO_LARGE' || request.length === 1) {
        this.#fail(request, error);
        return;
      }
      // One record was refused: halve until it is alone, so that the others do not pay for it. What the broker did take is written twice.
      const middle = request.length >>> 1;
      this.#waiting.unshift(...request.slice(middle));
      await this.#request(request.slice(0, middle));
    }
  }

  #take(): Entry[] {
    const perPartition = new Map<string, number>();
    let bytes = 0;
    let count = 0;
    for (const entry of this.#waiting) {
      const key = partitionKey(entry.record);
      const ofPartition = (perPartition.get(key) ?? 0) + entry.bytes;
      const full =
        count >= this.#limits.maxRecords ||
        bytes + entry.bytes > this.#limits.maxBytes ||
        ofPartition > this.#limits.maxPartitionBytes;
      if (full && count > 0) break;
      perPartition.set(key, ofPartition);
      bytes += entry.bytes;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #fail(request: readonly Entry[], error: unknown): void {
    // A refused record is not in doubt: only its own call fails.
    const doubtful = codeOf(error) === 'EVENT_TOO_LARGE' ? [] : request;
    const tainted = new Set(doubtful.map((entry) => partitionKey(entry.record)));
    const failed = new Set(request.map((entry) => entry.call));
    // Calls wait as contiguous runs of entries, so one pass in order finds all that hang on the failed ones.
    for (const entries of runs(this.#waiting)) {
      const call = entries[0]?.call;
      const keys = entries.map((entry) => partitionKey(entry.record));
      if (call === undefined || !(failed.has(call) || keys.some((key) => tainted.has(key))))
        continue;
      failed.add(call);
      for (const key of keys) tainted.add(key);
    }
    this.#waiting = this.#waiting.filter((entry) => !failed.has(entry.call));
    for (const call of failed) {
      if (!call.failed) call.reject(error);
      call.failed = true;
    }
  }
}

function* runs(entries: readonly Entry[]): Generator<Entry[]> {
  let run: Entry[] = [];
  for (const entry of entries) {
    if (run.length > 0 && run[0]?.call !== entry.call) {
      yield run;
      run = [];
    }
    run.push(entry);
  }
  if (run.length > 0) yield run;
}

function settle({ call, index }: Entry, offset: number): void {
  call.offsets[index] = offset;
  call.missing -= 1;
  if (call.missing === 0) call.resolve(call.offsets);
}

/** Bytes that a record takes in a request, estimated from above. */
export function recordBytes({ key, value, headers }: ProduceRecord): number {
  let bytes =
    RECORD_OVERHEAD_BYTES + (key === null ? 0 : Buffer.byteLength(key)) + (value?.byteLength ?? 0);
  for (const name in headers) {
    bytes +=
      HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '');
  }
  return bytes;
}
