import type { Type, types } from 'avsc';
import avsc from 'avsc';
import { isTableName, type TopicName } from '../topology/types.ts';
import { avroType } from './logical-types.ts';
import type { Compatibility } from './registry/port.ts';

/**
 * Tables: old pages stay for years and rolling updates mix versions, so both directions. Events: consumers are upgraded
 * first, so new readers must read all that was ever written.
 */
export function compatibilityOf(topic: TopicName): Compatibility {
  return isTableName(topic) ? 'FULL_TRANSITIVE' : 'BACKWARD_TRANSITIVE';
}

/** A schema version of a topic that the new schema must live with. */
export interface SchemaVersion {
  readonly version: number;
  readonly schema: object;
}

/**
 * One sentence per older version that breaks the compatibility of a subject; empty: none does.
 * `BACKWARD_TRANSITIVE`: the new schema reads all that older ones wrote; `FULL_TRANSITIVE`: the older ones read what it writes, too.
 * Whether one schema reads another is what the serde itself would find (avsc's resolver).
 */
export function violations(
  topic: string,
  schema: object,
  history: readonly SchemaVersion[],
  compatibility: Compatibility,
): string[] {
  const present = avroType(schema);
  return history.flatMap(({ version, schema: older }) => {
    const past = avroType(older);
    const found: string[] = [];
    const backward = obstacle(present, past);
    if (backward !== undefined)
      found.push(`${topic}: the new schema cannot read version ${version}: ${backward}`);
    const forward = compatibility === 'FULL_TRANSITIVE' ? obstacle(past, present) : undefined;
    if (forward !== undefined)
      found.push(`${topic}: version ${version} cannot read the new schema: ${forward}`);
    return found;
  });
}

/** Why `reader` cannot read what `writer` wrote, with the path of the field; undefined: it can. */
function obstacle(reader: Type, writer: Type, path = ''): string | undefined {
  if (resolves(reader, writer)) return undefined;
  return (
    deeper(reader, writer, path) ??
    `${path || 'the value'} is ${describe(writer)} there and ${describe(reader)} here`
  );
}

function resolves(reader: Type, writer: Type): boolean {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
}

/** The obstacle inside two types of the same kind; undefined: they differ as a whole. */
function deeper(reader: Type, writer: Type, path: string): string | undefined {
  if (isRecord(reader) && isRecord(writer)) return inRecord(reader, writer, path);
  if (isArray(reader) && isArray(writer))
    return obstacle(reader.itemsType, writer.itemsType, `${path}[]`);
  if (isEnum(reader) && isEnum(writer)) {
    const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
    return `${path} may be ${unknown.join(', ')}, which the reader does not know`;
  }
  if (isUnion(reader) || isUnion(writer))
    return inUnion(branchesOf(reader), branchesOf(writer), path);
  return undefined;
}

function inRecord(
  reader: types.RecordType,
  writer: types.RecordType,
  path: string,
): string | undefined {
  if (reader.name !== writer.name) return undefined;
  for (const field of reader.fields) {
    const place = path === '' ? field.name : `${path}.${field.name}`;
    const written = writer.fields.find(({ name }) => name === field.name);
    if (written === undefined) {
      if (field.defaultValue() === undefined) return `${place} is not written and has no default`;
      continue;
    }
    const found = obstacle(field.type, written.type, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inUnion(
  readers: readonly Type[],
  writers: readonly Type[],
  path: string,
): string | undefined {
  for (const writer of writers) {
    if (readers.some((reader) => resolves(reader, writer))) continue;
    const namesake = readers.find(
      (reader) => reader.name !== undefined && reader.name === writer.name,
    );
    if (namesake !== undefined) return obstacle(namesake, writer, path);
    return `${path} may be ${describe(writer)}, which the reader does not know`;
  }
  return undefined;
}

function branchesOf(type: Type): readonly Type[] {
  return isUnion(type) ? type.types : [type];
}

function describe(type: Type): string {
  return (
    type.name ??
    (isUnion(type)
      ? `a union of ${type.types.map(describe).join(', ')}`
      : type.typeName.replace('logical:', ''))
  );
}

function isRecord(type: Type): type is types.RecordType {
  return avsc.Type.isType(type, 'record');
}

function isArray(type: Type): type is types.ArrayType & { readonly itemsType: Type } {
  return avsc.Type.isType(type, 'array');
}

function isEnum(type: Type): type is types.EnumType {
  return avsc.Type.isType(type, 'enum');
}

function isUnion(
  type: Type,
): type is types.UnwrappedUnionType & { readonly types: readonly Type[] } {
  return avsc.Type.isType(type, 'union');
}
