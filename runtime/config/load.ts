import { readFile } from 'node:fs/promises';
import { ParityError } from '../../schemas/errors.ts';
import type { Configuration } from './settings.ts';
import { SETTINGS } from './settings.ts';

type Values = Readonly<Record<string, string | undefined>>;
type Field = keyof Configuration;

const ALL = Object.keys(SETTINGS) as Field[];
/** Variables of the tests, which a pipeline that they start inherits. */
const OF_THE_TESTS = ['PARITY_PYTHON', 'PARITY_OTA_XSD'];

/**
 * Configuration from the environment and, below it, a file of `NAME=value` lines named by PARITY_CONFIG. A command that needs
 * only some `fields` asks for those, and no other is missing.
 * @throws ParityError CONFIG_INVALID with every problem at once.
 */
export async function loadConfiguration<F extends Field = Field>(
  environment: Values,
  fields?: readonly F[],
): Promise<Pick<Configuration, F>> {
  const file = environment.PARITY_CONFIG;
  return parseConfiguration({ ...(file ? await readValues(file) : {}), ...environment }, fields);
}

/** @throws ParityError CONFIG_INVALID with every problem at once. */
export function parseConfiguration<F extends Field = Field>(
  values: Values,
  fields: readonly F[] = ALL as F[],
): Pick<Configuration, F> {
  const problems: string[] = [];
  const entries = fields.map((field) => {
    const { name, type, fallback } = SETTINGS[field];
    const text = values[name] ?? fallback;
    if (text === null) {
      problems.push(`${name} is missing`);
      return [field, undefined];
    }
    const result = type.safeParse(text);
    if (!result.success)
      problems.push(`${name} ${result.error.issues.map(({ message }) => message).join(', ')}`);
    return [field, result.success ? result.data : undefined];
  });
  const known = new Set([
    'PARITY_CONFIG',
    'PARITY_STACK',
    ...OF_THE_TESTS,
    ...Object.values(SETTINGS).map(({ name }) => name),
  ]);
  for (const name of Object.keys(values)) {
    if (name.startsWith('PARITY_') && !name.startsWith('PARITY_STACK') && !known.has(name))
      problems.push(`${name} is not a setting`);
  }
  if (problems.length > 0) throw new ParityError('CONFIG_INVALID', problems.join('; '));
  return Object.fromEntries(entries) as Pick<Configuration, F>;
}

async function readValues(file: string): Promise<Values> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ParityError('CONFIG_INVALID', `PARITY_CONFIG names ${file}, which cannot be read`, {
      cause,
    });
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return Object.fromEntries(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.indexOf('=');
        if (at < 1)
          throw new ParityError('CONFIG_INVALID', `${file}: "${line}" is no NAME=value line`);
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
  );
}
