/** The subset of Avro's JSON notation that the contract uses. Named types always carry their namespace. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | AvroRecord
  | AvroEnum
  | AvroArray
  | AvroMap
  | AvroPrimitive;

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly doc?: string;
  readonly default?: unknown;
}

export interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly namespace: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
  readonly default?: string;
}

interface AvroArray {
  readonly type: 'array';
  readonly items: AvroSchema;
}

interface AvroMap {
  readonly type: 'map';
  readonly values: AvroSchema;
}

/** A primitive written as an object, usually to carry a logical type. */
interface AvroPrimitive {
  readonly type: 'string' | 'long' | 'int' | 'double' | 'float' | 'boolean' | 'bytes' | 'null';
  readonly logicalType?: 'uuid' | 'date' | 'timestamp-millis';
}

export type AvroNamed = AvroRecord | AvroEnum;

export const PRIMITIVES: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

export function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

export function isNamed(schema: AvroSchema): schema is AvroNamed {
  return (
    typeof schema === 'object' &&
    !isUnion(schema) &&
    (schema.type === 'record' || schema.type === 'enum')
  );
}

/** `parity.pms.PmsEvent`. */
export function fullName(schema: AvroNamed): string {
  return `${schema.namespace}.${schema.name}`;
}
