import type { EventTopicName } from '../../topology/types.ts';
import type { LogBatch, LogRecord, TopicPartition } from '../event-log.ts';

/** Memory that a waiting record costs beside its value, bytes. */
const RECORD_OVERHEAD_BYTES = 200;

/** Events of one partition that wait for their worker, in offset order. They stay until they are done. */
export class EventQueue implements TopicPartition {
  readonly topic: EventTopicName;
  readonly partition: number;
  #records: LogRecord[] = [];
  #bytes = 0;
  /** Offset of the next record to fetch; null: nothing fetched yet. */
  #next: number | null = null;
  /** Next offset to do: everything before it is done; null: not known yet. */
  #done: number | null = null;

  constructor(topic: EventTopicName, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get length(): number {
    return this.#records.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest waiting event was written, ms; null: none waits. */
  get oldestAt(): number | null {
    return this.#records[0]?.timestamp ?? null;
  }

  /** Offset that may be committed; null: not known, nothing was read yet. */
  get done(): number | null {
    return this.#done;
  }

  /** Where the reading goes on after a rejoin. */
  get next(): number | null {
    return this.#next;
  }

  /** Takes what is new in a batch: after a rewind, older records come again and are dropped. */
  accept(batch: LogBatch): void {
    const next = this.#next ?? batch.records[0]?.offset ?? batch.nextOffset;
    for (const record of batch.records) {
      if (record.offset < next) continue;
      this.#records.push(record);
      this.#bytes += sizeOf(record);
    }
    this.#next = Math.max(next, batch.nextOffset);
    if (this.#records.length === 0) this.#done = this.#next;
    else this.#done ??= this.#records[0]?.offset ?? this.#next;
  }

  /** The oldest records, at least one if there is any, within the limits. They stay in the queue until `finish`. */
  peek(limits: { readonly batchRecords: number; readonly batchBytes: number }): LogRecord[] {
    const batch: LogRecord[] = [];
    let bytes = 0;
    for (const record of this.#records) {
      bytes += sizeOf(record);
      if (batch.length > 0 && (batch.length >= limits.batchRecords || bytes > limits.batchBytes)) {
        break;
      }
      batch.push(record);
    }
    return batch;
  }

  /** The first `count` records are done. */
  finish(count: number): void {
    for (const record of this.#records.splice(0, count)) this.#bytes -= sizeOf(record);
    this.#done = this.#records[0]?.offset ?? this.#next;
  }

  /** Records were deleted before they were read: what waits is still good, the reading goes on at `offset`. */
  jump(offset: number): void {
    this.#next = offset;
    this.#done = this.#records[0]?.offset ?? offset;
  }

  /** Forgets everything and goes on from `offset` (null: the beginning of the log). */
  restart(offset: number | null): void {
    this.#records = [];
    this.#bytes = 0;
    this.#next = offset;
    this.#done = offset;
  }
}

function sizeOf(record: LogRecord): number {
  return (record.value?.byteLength ?? 0) + RECORD_OVERHEAD_BYTES;
}
