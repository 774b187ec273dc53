import type { LogRecord, ProduceRecord } from '../event-log.ts';
import type { DeadLetter } from '../stage.ts';

/** Bytes of a value that the dead-letter topic takes: below the broker's `message.max.bytes` with room for headers. */
const MAX_DEAD_LETTER_BYTES = 800_000;
const MAX_MESSAGE_CHARS = 500;

/** Headers of a record in `channel.dead-letters`, beside those that the record had. */
export const DEAD_LETTER_HEADERS = {
  stage: 'stage',
  code: 'error-code',
  message: 'error-message',
  attempts: 'attempts',
  /** Decimal ms since the epoch. */
  firstAt: 'first-at',
  lastAt: 'last-at',
  sourceTopic: 'source-topic',
  sourcePartition: 'source-partition',
  sourceOffset: 'source-offset',
  /** Size of the value before it was cut, bytes. Absent: it is whole. */
  truncatedFrom: 'truncated-from',
} as const;

/** The record as it was, as far as it is still at hand. */
export type DeadRecord = Pick<LogRecord, 'key' | 'value' | 'headers'>;

/** The record for `channel.dead-letters`; it lies in the partition of its source. */
export function deadLetterRecord(
  letter: DeadLetter,
  record: DeadRecord,
  at: { readonly stage: string; readonly partition: number; readonly now: number },
): ProduceRecord {
  const { value } = record;
  const size = value?.byteLength ?? 0;
  const cut = size > MAX_DEAD_LETTER_BYTES;
  return {
    topic: 'channel.dead-letters',
    partition: at.partition,
    key: record.key,
    value: cut && value !== null ? value.subarray(0, MAX_DEAD_LETTER_BYTES) : value,
    headers: {
      ...record.headers,
      [DEAD_LETTER_HEADERS.stage]: at.stage,
      [DEAD_LETTER_HEADERS.code]: letter.error.code,
      [DEAD_LETTER_HEADERS.message]: letter.error.message.slice(0, MAX_MESSAGE_CHARS),
      [DEAD_LETTER_HEADERS.attempts]: String(letter.attempts ?? 1),
      [DEAD_LETTER_HEADERS.firstAt]: String(letter.firstAt ?? at.now),
      [DEAD_LETTER_HEADERS.lastAt]: String(at.now),
      [DEAD_LETTER_HEADERS.sourceTopic]: letter.topic,
      [DEAD_LETTER_HEADERS.sourcePartition]: String(at.partition),
      [DEAD_LETTER_HEADERS.sourceOffset]: String(letter.offset),
      ...(cut ? { [DEAD_LETTER_HEADERS.truncatedFrom]: String(size) } : {}),
    },
  };
}
