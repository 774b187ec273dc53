import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopicName } from '../../topology/types.ts';
import type { SchemaVersion } from '../compatibility.ts';

/** Every schema version that was ever released, `<folder>/<topic>/<n>.avsc`, oldest first. */
export function readHistory(folder: string, topic: TopicName): SchemaVersion[] {
  const home = join(folder, topic);
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .map((file) => Number(/^(\d+)\.avsc$/.exec(file)?.[1]))
    .filter((version) => version > 0)
    .sort((a, b) => a - b)
    .map((version) => ({
      version,
      schema: JSON.parse(readFileSync(join(home, `${version}.avsc`), 'utf8')) as object,
    }));
}

/** Writes one version. @returns the path of its file. */
export function writeVersion(
  folder: string,
  topic: TopicName,
  version: number,
  schema: object,
): string {
  const file = join(folder, topic, `${version}.avsc`);
  mkdirSync(join(folder, topic), { recursive: true });
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
  return file;
}
