import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { plainDate } from '../../schemas/domain/plain-date.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import { child, parseXml, type XmlElement, xml } from '../notation/xml.ts';

export const XML_TYPE = 'application/xml; charset=utf-8';
/** Version of the documents; indexes name it. */
export const DOCUMENT_VERSION = '4.2.1';

export function document(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}

export function leaf(name: string, text: string): string {
  return xml(name, {}, text);
}

/** The unit of a listing; a listing with one unit may do without an id for it. */
export function unitOf({ listing, room_id }: Pick<Connection, 'listing' | 'room_id'>): string {
  return room_id ?? listing;
}

/** Whose content a unit document is: it begins every one of them. */
export function unitIds(connection: Pick<Connection, 'listing' | 'room_id'>): string[] {
  return [
    leaf('listingExternalId', connection.listing),
    leaf('unitExternalId', unitOf(connection)),
  ];
}

/** The root of a document of ours, if it is of this connection's unit. @throws ParityError CHANNEL_RESPONSE_MALFORMED */
export function readUnitDocument(
  connection: Connection,
  body: string,
  name: string,
): XmlElement | null {
  const root = parseXml(body, 'CHANNEL_RESPONSE_MALFORMED');
  if (root.name !== name) throw malformed(`<${root.name}> instead of <${name}>`);
  const isOurs =
    child(root, 'listingExternalId')?.text === connection.listing &&
    child(root, 'unitExternalId')?.text === unitOf(connection);
  return isOurs ? root : null;
}

/** The root of a static document of ours, if it is of this listing. @throws ParityError CHANNEL_RESPONSE_MALFORMED */
export function readContent(connection: Connection, body: string): XmlElement | null {
  const root = parseXml(body, 'CHANNEL_RESPONSE_MALFORMED');
  const id = child(root, root.name === 'listing' ? 'externalId' : 'listingExternalId')?.text;
  const unit = child(root, 'unitExternalId')?.text ?? unitOf(connection);
  return id === connection.listing && unit === unitOf(connection) ? root : null;
}

/** @throws ParityError CHANNEL_RESPONSE_MALFORMED */
export function dateOf(element: XmlElement | undefined, name: string): PlainDate {
  try {
    return plainDate(child(element, name)?.text ?? '');
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', `${name} is no date`, { cause });
  }
}

export function malformed(what: string): ParityError {
  return new ParityError('CHANNEL_RESPONSE_MALFORMED', what);
}
