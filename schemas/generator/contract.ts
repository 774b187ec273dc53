import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOPIC_NAMES, type TopicName } from '../../topology/types.ts';
import { type AvroNamed, type AvroSchema, fullName, isNamed, isUnion, PRIMITIVES } from './avro.ts';

/** The whole contract as read from `schemas/avro`. */
export interface Contract {
  /** Every named type by full name, in order of file name and position. */
  readonly types: ReadonlyMap<string, AvroNamed>;
  /** The value type of each topic, references not yet resolved. */
  readonly topics: ReadonlyMap<TopicName, AvroNamed>;
}

/**
 * Reads every `.avsc` below `folder`. `<topic>.avsc` holds the value of a topic; files below `shared/` hold types that several use.
 * @throws Error one sentence for a file that is no named type, names no topic, or defines a name twice.
 */
export function readContract(folder: string): Contract {
  const types = new Map<string, AvroNamed>();
  const topics = new Map<TopicName, AvroNamed>();
  for (const file of avscFiles(folder)) {
    const schema = JSON.parse(readFileSync(join(folder, file), 'utf8')) as AvroSchema;
    if (!isNamed(schema)) throw new Error(`${file} does not hold a record or an enum`);
    define(types, schema, file);
    if (file.startsWith('shared/')) continue;
    const topic = file.replace(/\.avsc$/, '') as TopicName;
    if (!TOPIC_NAMES.includes(topic)) throw new Error(`${file} names no topic of the topology`);
    topics.set(topic, schema);
  }
  refuseSharedShortNames(types);
  return { types, topics };
}

function avscFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.avsc'))
    .sort();
}

function define(types: Map<string, AvroNamed>, schema: AvroSchema, file: string): void {
  if (typeof schema === 'string') return;
  if (isUnion(schema)) {
    for (const branch of schema) define(types, branch, file);
    return;
  }
  if (schema.type === 'array') define(types, schema.items, file);
  else if (schema.type === 'map') define(types, schema.values, file);
  else if (isNamed(schema)) {
    const name = fullName(schema);
    if (types.has(name)) throw new Error(`${file} defines ${name}, which is defined already`);
    types.set(name, schema);
    if (schema.type === 'record')
      for (const field of schema.fields) define(types, field.type, file);
  }
}

function refuseSharedShortNames(types: ReadonlyMap<string, AvroNamed>): void {
  const seen = new Map<string, string>();
  for (const [full, { name }] of types) {
    const other = seen.get(name);
    if (other !== undefined)
      throw new Error(`${full} and ${other} would have the same name in TypeScript`);
    seen.set(name, full);
  }
}

/**
 * The schema of one topic that stands by itself: a named type is written out where it occurs first, and named after that.
 * @throws Error when a name is defined nowhere.
 */
export function standalone(contract: Contract, root: AvroNamed): AvroNamed {
  const written = new Set<string>();
  const resolve = (schema: AvroSchema): AvroSchema => {
    if (typeof schema === 'string') {
      if (PRIMITIVES.has(schema) || written.has(schema)) return schema;
      const named = contract.types.get(schema);
      if (named === undefined)
        throw new Error(`${fullName(root)} refers to ${schema}, which no file defines`);
      return resolve(named);
    }
    if (isUnion(schema)) return schema.map(resolve);
    if (schema.type === 'array') return { ...schema, items: resolve(schema.items) };
    if (schema.type === 'map') return { ...schema, values: resolve(schema.values) };
    if (!isNamed(schema)) return schema;
    const name = fullName(schema);
    if (written.has(name)) return name;
    written.add(name);
    if (schema.type === 'enum') return schema;
    return {
      ...schema,
      fields: schema.fields.map((field) => ({ ...field, type: resolve(field.type) })),
    };
  };
  return resolve(root) as AvroNamed;
}
