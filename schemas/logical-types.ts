import avsc from 'avsc';
import { fromEpochDay, type PlainDate, plainDate, toEpochDay } from './domain/plain-date.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The years 100 to 9999 have the form of a PlainDate. */
const FIRST_DAY = toEpochDay('0100-01-01' as PlainDate);
const LAST_DAY = toEpochDay('9999-12-31' as PlainDate);
/** Calendars repeat a few years of dates: both directions are remembered, and forgotten at this many. */
const REMEMBERED = 20_000;
const dates = new Map<number, PlainDate>();
const days = new Map<string, number>();

/** Avro `date` (int, days since 1970-01-01) ↔ PlainDate. */
class DateType extends avsc.types.LogicalType {
  override _fromValue(day: number): PlainDate {
    const known = dates.get(day);
    if (known !== undefined) return known;
    if (day < FIRST_DAY || day > LAST_DAY)
      throw new RangeError(`day ${day} is outside the years 100 to 9999`);
    const date = fromEpochDay(day);
    remember(dates, day, date);
    return date;
  }

  override _toValue(date: unknown): number | undefined {
    if (typeof date !== 'string') return undefined;
    const known = days.get(date);
    if (known !== undefined) return known;
    const day = toEpochDay(plainDate(date));
    remember(days, date, day);
    return day;
  }

  override _resolve(writer: avsc.Type): ((value: unknown) => PlainDate) | undefined {
    if (writer instanceof DateType) return (value) => value as PlainDate;
    return avsc.Type.isType(writer, 'int')
      ? (value) => this._fromValue(value as number)
      : undefined;
  }
}

/** Avro `uuid` (string) ↔ the lower-case string; anything else is refused in both directions. */
class UuidType extends avsc.types.LogicalType {
  override _fromValue(text: string): string {
    if (UUID.test(text)) return text;
    const lower = text.toLowerCase();
    if (!UUID.test(lower)) throw new TypeError(`"${text.slice(0, 50)}" is not a UUID`);
    return lower;
  }

  override _toValue(text: unknown): string | undefined {
    return typeof text === 'string' && UUID.test(text) ? text : undefined;
  }

  override _resolve(writer: avsc.Type): ((value: unknown) => string) | undefined {
    if (writer instanceof UuidType) return (value) => value as string;
    return avsc.Type.isType(writer, 'string')
      ? (value) => this._fromValue(value as string)
      : undefined;
  }
}

/** What avsc hands from type to type while it reads and writes. */
interface Tap {
  readLong(): number;
  writeLong(value: number): void;
}

/** Least and greatest long that avsc's floating zigzag keeps exact; below the least it silently returns another number. */
const LEAST_LONG = -(2 ** 52);
const GREATEST_LONG = 2 ** 53 - 2;

/** Avro `long` as an integer that is surely exact; others are refused in both directions. */
class ExactLongType extends avsc.types.LongType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if (value <= LEAST_LONG || value > GREATEST_LONG) throw new RangeError('a long is beyond 2^52');
    return value;
  }

  _write(tap: Tap, value: unknown): void {
    if (!isExact(value)) throw new RangeError(`${String(value)} is no integer that fits a long`);
    tap.writeLong(value);
  }

  _check(
    value: unknown,
    _flags: unknown,
    hook?: (value: unknown, type: avsc.Type) => void,
  ): boolean {
    const exact = isExact(value);
    if (!exact) hook?.(value, this);
    return exact;
  }
}

function isExact(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value > LEAST_LONG &&
    value <= GREATEST_LONG
  );
}

const LONG = new ExactLongType();

function remember<K, V>(memory: Map<K, V>, key: K, value: V): void {
  if (memory.size >= REMEMBERED) memory.clear();
  memory.set(key, value);
}

/**
 * The avsc type of a schema, as everything in Parity reads and writes it: `date` as PlainDate, `uuid` as a checked
 * string, `timestamp-millis` and `long` as safe integers, unions of several records wrapped as the generated types say.
 * @throws Error for JSON that is no Avro schema.
 */
export function avroType(schema: object): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, {
    logicalTypes: { date: DateType, uuid: UuidType },
    omitRecordMethods: true,
    typeHook: (part) => (isLong(part) ? LONG : undefined),
    wrapUnions: 'auto',
  });
}

function isLong(schema: avsc.Schema): boolean {
  return (
    schema === 'long' || (typeof schema === 'object' && 'type' in schema && schema.type === 'long')
  );
}
