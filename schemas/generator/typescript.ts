import type { TopicName } from '../../topology/types.ts';
import {
  type AvroEnum,
  type AvroField,
  type AvroNamed,
  type AvroRecord,
  type AvroSchema,
  fullName,
  isNamed,
  isUnion,
} from './avro.ts';
import type { Contract } from './contract.ts';

const BANNER = '// Generated from schemas/avro by `npm run schemas`. Do not edit.\n';

/** Fields whose name says which id it is: string in Avro, branded in TypeScript. */
const BRANDS: Readonly<Record<string, { readonly type: string; readonly from: string }>> = {
  tenant_id: { type: 'TenantId', from: '../domain/ids.ts' },
  property_id: { type: 'PropertyId', from: '../domain/ids.ts' },
  connection_id: { type: 'ConnectionId', from: '../domain/ids.ts' },
  account_id: { type: 'AccountId', from: '../domain/ids.ts' },
  booking_id: { type: 'BookingId', from: '../domain/ids.ts' },
  rate_plan_id: { type: 'RatePlanId', from: '../domain/ids.ts' },
  channel: { type: 'ChannelType', from: '../domain/ids.ts' },
  month: { type: 'PlainMonth', from: '../domain/plain-date.ts' },
};
const PLAIN_DATE = { type: 'PlainDate', from: '../domain/plain-date.ts' };

const PRIMITIVE_TYPES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Uint8Array',
  string: 'string',
};

/** `generated/types.ts`: an interface or string union per named type, and the value type of each topic. */
export function renderTypes(contract: Contract): string {
  const printer = new Printer(contract);
  const declarations = [...contract.types.values()].map((type) => printer.declaration(type));
  const values = [...contract.topics].map(
    ([topic, type]) => `  readonly '${topic}': ${type.name};`,
  );
  const map = `/** Value type of each topic that has a schema. */\nexport interface SchemaValues {\n${values.join('\n')}\n}\n`;
  return [BANNER, printer.imports(), '\n', declarations.join('\n'), '\n', map].join('');
}

/** `generated/schemas.ts`: the standalone schema of each topic, as JSON. */
export function renderSchemas(schemas: ReadonlyMap<TopicName, AvroNamed>): string {
  const entries = [...schemas].map(
    ([topic, schema]) =>
      `  '${topic}': ${JSON.stringify(schema, null, 2).replaceAll('\n', '\n  ')},`,
  );
  return [
    BANNER,
    "import type { SchemaValues } from './types.ts';\n\n",
    '/** Standalone Avro schema of each topic that has one. */\n',
    `export const SCHEMAS: { readonly [Topic in keyof SchemaValues]: object } = {\n${entries.join('\n')}\n};\n`,
  ].join('');
}

class Printer {
  readonly #contract: Contract;
  readonly #used = new Map<string, Set<string>>();

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  declaration(type: AvroNamed): string {
    return type.type === 'enum' ? this.#enum(type) : this.#record(type);
  }

  imports(): string {
    return [...this.#used]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, names]) => `import type { ${[...names].sort().join(', ')} } from '${from}';\n`)
      .join('');
  }

  #enum(type: AvroEnum): string {
    return `${comment(type.doc, '')}export type ${type.name} = ${type.symbols.map((symbol) => `'${symbol}'`).join(' | ')};\n`;
  }

  #record(type: AvroRecord): string {
    if (type.fields.length === 0)
      return `${comment(type.doc, '')}export type ${type.name} = Readonly<Record<string, never>>;\n`;
    const fields = type.fields.map((field) => this.#field(field));
    return `${comment(type.doc, '')}export interface ${type.name} {\n${fields.join('')}}\n`;
  }

  #field(field: AvroField): string {
    return `${comment(field.doc, '  ')}  readonly ${field.name}:${spaced(this.#type(field.type, field.name))};\n`;
  }

  #type(schema: AvroSchema, field: string): string {
    if (typeof schema === 'string') return this.#reference(schema, field);
    if (isUnion(schema)) return this.#union(schema, field);
    if (isNamed(schema)) return schema.name;
    if (schema.type === 'array')
      return `readonly ${parenthesised(this.#type(schema.items, field))}[]`;
    if (schema.type === 'map')
      return `Readonly<Record<string, ${this.#type(schema.values, field)}>>`;
    if (schema.logicalType === 'date') return this.#imported(PLAIN_DATE);
    return this.#reference(schema.type, field);
  }

  #reference(name: string, field: string): string {
    const primitive = PRIMITIVE_TYPES[name];
    if (primitive === undefined) {
      const named = this.#contract.types.get(name);
      if (named === undefined)
        throw new Error(`The field ${field} refers to ${name}, which no file defines`);
      return named.name;
    }
    const branded = name === 'string' ? BRANDS[field] : undefined;
    return branded === undefined ? primitive : this.#imported(branded);
  }

  /** avsc wraps the branches of a union of several records in `{ 'full.Name': value }`, and no others (`wrapUnions: 'auto'`). */
  #union(branches: readonly AvroSchema[], field: string): string {
    const records = branches.flatMap((branch) => this.#recordOf(branch) ?? []);
    if (records.length <= 1)
      return branches
        .map((branch) => this.#type(branch, field))
        .sort(nullLast)
        .join(' | ');
    if (records.length !== branches.length)
      throw new Error(`The union of ${field} mixes several records with other types`);
    return records
      .map((record) => `\n    | { readonly '${fullName(record)}': ${record.name} }`)
      .join('');
  }

  #recordOf(branch: AvroSchema): AvroRecord | undefined {
    const named = typeof branch === 'string' ? this.#contract.types.get(branch) : branch;
    return named !== undefined && isNamed(named) && named.type === 'record' ? named : undefined;
  }

  #imported({ type, from }: { readonly type: string; readonly from: string }): string {
    const names = this.#used.get(from) ?? new Set();
    this.#used.set(from, names.add(type));
    return type;
  }
}

function comment(doc: string | undefined, indent: string): string {
  return doc === undefined || doc === '' ? '' : `${indent}/** ${doc.replaceAll('*/', '* /')} */\n`;
}

function parenthesised(type: string): string {
  return type.includes('|') ? `(${type})` : type;
}

function nullLast(a: string, b: string): number {
  return Number(a === 'null') - Number(b === 'null');
}

/** A type that begins on the next line follows its colon directly. */
function spaced(type: string): string {
  return type.startsWith('\n') ? type : ` ${type}`;
}
