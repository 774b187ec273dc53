import fc from 'fast-check';
import { fromEpochDay } from '../domain/plain-date.ts';
import { SCHEMAS } from '../generated/schemas.ts';
import { type AvroSchema, fullName, isNamed, isUnion } from '../generator/avro.ts';
import type { SchemaTopic, TopicValues } from '../values.ts';

/** Any value that the schema of a topic allows, as the generated types describe it. For property tests. */
export function anyValueOf<T extends SchemaTopic>(topic: T): fc.Arbitrary<TopicValues[T]> {
  return arbitrary(SCHEMAS[topic] as AvroSchema, new Map()) as fc.Arbitrary<TopicValues[T]>;
}

const PRIMITIVE: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.integer({ min: 1 - 2 ** 52, max: 2 ** 53 - 2 }),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  string: fc.string({ unit: 'binary' }),
  bytes: fc.uint8Array(),
};

const LOGICAL: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  uuid: fc.uuid(),
  date: fc.integer({ min: -100_000, max: 100_000 }).map(fromEpochDay),
};

type Named = Map<string, fc.Arbitrary<unknown>>;

function arbitrary(schema: AvroSchema, named: Named): fc.Arbitrary<unknown> {
  if (typeof schema === 'string') return known(schema, named);
  if (isUnion(schema)) return union(schema, named);
  if (schema.type === 'array') return fc.array(arbitrary(schema.items, named), { maxLength: 4 });
  if (schema.type === 'map')
    return fc.dictionary(fc.string(), arbitrary(schema.values, named), { maxKeys: 4 });
  if (!isNamed(schema)) return LOGICAL[schema.logicalType ?? ''] ?? known(schema.type, named);
  const made =
    schema.type === 'enum'
      ? fc.constantFrom(...schema.symbols)
      : fc.record(
          Object.fromEntries(
            schema.fields.map((field) => [field.name, arbitrary(field.type, named)]),
          ),
          {
            noNullPrototype: true,
          },
        );
  named.set(fullName(schema), made);
  return made;
}

function known(name: string, named: Named): fc.Arbitrary<unknown> {
  const found = PRIMITIVE[name] ?? named.get(name);
  if (found === undefined) throw new Error(`No arbitrary for ${name}`);
  return found;
}

function union(branches: readonly AvroSchema[], named: Named): fc.Arbitrary<unknown> {
  const wrapped =
    branches.filter((branch) => isNamed(branch) && branch.type === 'record').length > 1;
  return fc.oneof(
    ...branches.map((branch) => {
      const made = arbitrary(branch, named);
      return wrapped && typeof branch !== 'string' && !isUnion(branch) && isNamed(branch)
        ? made.map((value) => ({ [fullName(branch)]: value }))
        : made;
    }),
  );
}
