import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';

/** Versions of OpenTravel's schemas that are at hand. */
export type OtaVersion = '2017B' | '2011B';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Folder with OpenTravel's schemas: `PARITY_OTA_XSD`, else beside the project. They are not ours to ship. */
const FOLDER = process.env.PARITY_OTA_XSD || join(PROJECT, '..', 'shared', 'xsd');

/** Whether the schemas are at hand. Tests that need them are skipped with `NO_SCHEMAS` where not. */
export const HAS_OTA_SCHEMAS = existsSync(join(FOLDER, 'OTA_HotelAvailNotifRQ.xsd'));

export const NO_SCHEMAS = `skipped: no OTA schemas in ${FOLDER} (PARITY_OTA_XSD)`;

const validators = new Map<string, XsdValidator>();

/**
 * What an OTA message has wrong by the schema of its root, as sentences with line numbers; empty: it is valid. Nothing is fetched from the
 * network: the schemas include one another as files.
 * @throws XmlParseError for what is no XML, Error for a root without a schema
 */
export function otaProblems(message: string, version: OtaVersion): readonly string[] {
  const document = XmlDocument.fromString(message);
  try {
    validatorOf(document.root.name, version).validate(document);
    return [];
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error;
    return error.details.map(({ line, message: text }) => `line ${line}: ${text.trim()}`);
  } finally {
    document.dispose();
  }
}

/** Compiled once: a schema with its includes has some 30,000 lines. */
function validatorOf(root: string, version: OtaVersion): XsdValidator {
  const key = `${version} ${root}`;
  const known = validators.get(key);
  if (known) return known;
  xmlRegisterFsInputProviders();
  const path = join(FOLDER, ...(version === '2017B' ? [] : [version]), `${root}.xsd`);
  const schema = XmlDocument.fromBuffer(readFileSync(path), { url: path });
  try {
    const validator = XsdValidator.fromDoc(schema);
    validators.set(key, validator);
    return validator;
  } finally {
    schema.dispose();
  }
}
