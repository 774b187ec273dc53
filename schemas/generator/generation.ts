import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TopicName } from '../../topology/types.ts';
import { compatibilityOf, violations } from '../compatibility.ts';
import type { AvroNamed } from './avro.ts';
import { type Contract, readContract, standalone } from './contract.ts';
import { readHistory, writeVersion } from './history.ts';
import { renderSchemas, renderTypes } from './typescript.ts';

export interface GenerationOptions {
  /** Folder of the project. */
  readonly root: string;
  /** The newest history version was never released: a changed schema replaces it. */
  readonly unreleased?: boolean;
}

/** What a schema has become against its newest history version. */
interface Change {
  readonly topic: TopicName;
  readonly schema: AvroNamed;
  /** Version that the schema gets in the history. */
  readonly version: number;
}

/**
 * Writes `schemas/generated` and a new history version of each changed schema.
 * @returns The files that were written, relative to the root.
 * @throws Error whose message has a sentence per incompatible schema; nothing is written then.
 */
export function generate(options: GenerationOptions): string[] {
  const { schemas, files } = derive(options.root);
  const changes = changesOf(options, schemas);
  const refused = incompatible(options, schemas);
  if (refused.length > 0) throw new Error(refused.join('\n'));
  const written = [...files]
    .filter(([file, text]) => writeIfChanged(join(options.root, file), text))
    .map(([file]) => file);
  for (const { topic, version, schema } of changes) {
    writeVersion(historyOf(options.root), topic, version, schema);
    written.push(`schemas/history/${topic}/${version}.avsc`);
  }
  return written;
}

/** A sentence for each generated file that is stale, each schema that is not in the history, and each incompatibility; empty: all is well. */
export function check(options: GenerationOptions): string[] {
  const { schemas, files } = derive(options.root);
  const stale = [...files]
    .filter(([file, text]) => !same(join(options.root, file), text))
    .map(([file]) => `${file} is stale: run \`npm run schemas\` and commit what it writes.`);
  const unrecorded = changesOf(options, schemas).map(
    ({ topic, version }) =>
      `The schema of ${topic} is not in its history as version ${version}: run \`npm run schemas\` and commit what it writes.`,
  );
  return [...incompatible(options, schemas), ...unrecorded, ...stale];
}

function derive(root: string): { schemas: Map<TopicName, AvroNamed>; files: Map<string, string> } {
  const contract: Contract = readContract(join(root, 'schemas/avro'));
  const schemas = new Map(
    [...contract.topics].map(([topic, schema]) => [topic, standalone(contract, schema)]),
  );
  const files = new Map([
    ['schemas/generated/types.ts', renderTypes(contract)],
    ['schemas/generated/schemas.ts', renderSchemas(schemas)],
  ]);
  return { schemas, files };
}

function historyOf(root: string): string {
  return join(root, 'schemas/history');
}

function changesOf(
  { root, unreleased }: GenerationOptions,
  schemas: ReadonlyMap<TopicName, AvroNamed>,
): Change[] {
  return [...schemas].flatMap(([topic, schema]) => {
    const newest = readHistory(historyOf(root), topic).at(-1);
    if (newest === undefined) return [{ topic, schema, version: 1 }];
    if (JSON.stringify(newest.schema) === JSON.stringify(schema)) return [];
    return [{ topic, schema, version: unreleased ? newest.version : newest.version + 1 }];
  });
}

function incompatible(
  { root, unreleased }: GenerationOptions,
  schemas: ReadonlyMap<TopicName, AvroNamed>,
): string[] {
  return [...schemas].flatMap(([topic, schema]) => {
    const history = readHistory(historyOf(root), topic);
    const released = unreleased ? history.slice(0, -1) : history;
    return violations(topic, schema, released, compatibilityOf(topic));
  });
}

function same(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8') === text;
}

function writeIfChanged(file: string, text: string): boolean {
  if (same(file, text)) return false;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return true;
}
