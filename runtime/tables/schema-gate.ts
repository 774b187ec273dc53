import type { Serde } from '../../schemas/serde.ts';
import type { TableName } from '../../topology/types.ts';
import type { LogRecord } from '../event-log.ts';
import { EPOCH_KEY } from './epoch.ts';
import { decodeTableValue } from './table-set.ts';

/**
 * Sees to it that table values can be decoded before they become visible, since a view reads synchronously. The first
 * value of each schema is decoded as a trial, so that a stage that is too old for a table stops at once and not on touch.
 */
export class SchemaGate {
  readonly #serde: Serde;
  /** Schema ids of each table of which a value has been decoded. */
  readonly #tried = new Map<TableName, Set<number>>();

  constructor(serde: Serde) {
    this.#serde = serde;
  }

  /** Whether the values can be folded now. */
  isOpen(topic: TableName, records: readonly LogRecord[]): boolean {
    const tried = this.#tried.get(topic);
    return records.every((record) => {
      const value = avroOf(record);
      return (
        value === null ||
        tried?.has(schemaId(value)) === true ||
        this.#serde.missing(value) === null
      );
    });
  }

  /**
   * Undefined when the values can be folded now, else a promise to wait for.
   * @throws ParityError REGISTRY_UNAVAILABLE (from the promise): ask again later.
   */
  open(records: readonly LogRecord[]): Promise<void> | undefined {
    return this.#serde.prepareFor(records.map(avroOf));
  }

  /** @throws ParityError TABLE_UNDECODABLE or SCHEMA_NEWER_THAN_BUILD. */
  check(topic: TableName, record: LogRecord): void {
    const value = avroOf(record);
    if (value === null) return;
    const id = schemaId(value);
    const tried = this.#tried.get(topic);
    if (tried?.has(id)) return;
    decodeTableValue(this.#serde, topic, record.key ?? '', value);
    if (tried === undefined) this.#tried.set(topic, new Set([id]));
    else tried.add(id);
  }
}

function avroOf(record: LogRecord): Uint8Array | null {
  return record.key === EPOCH_KEY ? null : record.value;
}

/** The id in the Confluent header; -1 without one, which decodes to nothing. */
function schemaId(value: Uint8Array): number {
  if (value.length < 5 || value[0] !== 0) return -1;
  // By hand: this runs for every record of a restore, and a DataView costs more than the rest.
  const high = ((value[1] ?? 0) << 24) | ((value[2] ?? 0) << 16);
  return (high | ((value[3] ?? 0) << 8) | (value[4] ?? 0)) >>> 0;
}
