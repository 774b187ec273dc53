import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Serde } from '../../schemas/serde.ts';
import { SchemaNeeded } from '../../schemas/serde.ts';
import type { EventTopicName } from '../../topology/types.ts';
import type { LogRecord } from '../event-log.ts';
import type { Environment } from '../ports.ts';
import type { DeadLetter, EventRecord, StageDefinition } from '../stage.ts';
import { HEADERS } from '../tables/epoch.ts';
import { newTraceparent, validTraceparent } from '../trace.ts';
import { untilItWorks } from './retry.ts';

export interface IntakePorts {
  readonly serde: Serde;
  readonly environment: Environment;
  readonly stage: Pick<StageDefinition, 'validate'>;
  maxBytes(topic: EventTopicName): number | undefined;
}

/** A run of records from the head of the queue, sorted out. */
interface SortedEvents {
  readonly events: readonly EventRecord[];
  readonly letters: readonly DeadLetter[];
  /** How many records of the run this covers: all, or those before one that this build cannot read. */
  readonly count: number;
}

/** What `decode` says of bytes that no later attempt would read otherwise. */
const POISON = new Set(['EVENT_UNDECODABLE', 'SCHEMA_ID_UNKNOWN', 'SCHEMA_NEWER_THAN_BUILD']);

/**
 * Decodes and checks events. What is wrong by itself becomes a dead letter. An unreachable registry is waited for.
 * @throws ParityError SCHEMA_NEWER_THAN_BUILD when the first record is of a schema that this build cannot read: the stage
 * stops, since skipping it would lose it. The reason of the signal when it is aborted.
 */
export async function sortEvents(
  topic: EventTopicName,
  records: readonly LogRecord[],
  ports: IntakePorts,
  signal: AbortSignal,
): Promise<SortedEvents> {
  const sorted = { events: [] as EventRecord[], letters: [] as DeadLetter[], count: 0 };
  await prepare(records, ports, signal);
  for (const record of records) {
    let error = examine(topic, record, ports, sorted.events);
    while (error instanceof SchemaNeeded) {
      // The registry's "no" was forgotten between the look-up and here: ask again.
      await prepare([record], ports, signal);
      error = examine(topic, record, ports, sorted.events);
    }
    if (error?.code === 'SCHEMA_NEWER_THAN_BUILD') {
      if (sorted.count === 0) throw error;
      return sorted;
    }
    sorted.count += 1;
    if (error === null) continue;
    sorted.letters.push({ topic, key: record.key ?? '', offset: record.offset, error });
  }
  return sorted;
}

/** Adds the event to `events`, or says what is wrong with it. */
function examine(
  topic: EventTopicName,
  record: LogRecord,
  ports: IntakePorts,
  events: EventRecord[],
): ParityError | SchemaNeeded | null {
  const { value } = record;
  if (value === null) return new ParityError('EVENT_UNDECODABLE', 'an event without a value');
  const limit = ports.maxBytes(topic);
  if (limit !== undefined && value.byteLength > limit) {
    const message = `${value.byteLength} bytes, at most ${limit} in ${topic}`;
    return new ParityError('EVENT_TOO_LARGE', message);
  }
  try {
    const event = eventOf(topic, record, value, ports);
    const invalid = ports.stage.validate?.(event) ?? null;
    if (invalid === null) events.push(event);
    return invalid;
  } catch (error) {
    if (error instanceof SchemaNeeded || isPoison(error)) return error;
    throw error;
  }
}

function isPoison(error: unknown): error is ParityError {
  const code = codeOf(error);
  return code !== undefined && POISON.has(code);
}

function prepare(
  records: readonly LogRecord[],
  ports: IntakePorts,
  signal: AbortSignal,
): Promise<void> | undefined {
  const values = records.map(({ value }) => value);
  const first = ports.serde.prepareFor(values);
  if (first === undefined) return undefined;
  let attempt: Promise<void> | undefined = first;
  const task = async () => {
    const running = attempt ?? ports.serde.prepareFor(values);
    attempt = undefined;
    await running;
  };
  return untilItWorks(
    task,
    (error) => codeOf(error) === 'REGISTRY_UNAVAILABLE',
    ports.environment,
    signal,
    'looking up a schema',
  );
}

/** A change without a time of origin began, as far as anyone can tell, when its record was written. */
function eventOf(
  topic: EventTopicName,
  record: LogRecord,
  value: Uint8Array,
  { serde, environment }: IntakePorts,
): EventRecord {
  const { headers, offset, timestamp } = record;
  const traceparent = validTraceparent(headers[HEADERS.traceparent]);
  return {
    topic,
    offset,
    key: record.key ?? '',
    value: serde.decode(topic, value),
    originTs: originOf(headers) ?? timestamp,
    traceparent: traceparent ?? newTraceparent(environment.random),
    timestamp,
  } as EventRecord;
}

/** ms from the header `origin-ts`; null when it is absent or no number. */
export function originOf(headers: Readonly<Record<string, string>>): number | null {
  const text = headers[HEADERS.originTs];
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
