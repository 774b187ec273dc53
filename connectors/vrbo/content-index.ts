import type { Advertiser, IndexEntry } from '../documents.ts';
import { xml } from '../xml.ts';
import { DOCUMENT_VERSION, document, leaf, unitOf } from './wire.ts';

/** Names of the elements of one index. */
export interface IndexShape {
  readonly root: string;
  readonly entry: string;
  readonly url: string;
  /** Entries name the unit too; those of listings do not. */
  readonly ofUnits: boolean;
}

/**
 * An index: one `advertiser` with an entry for each document. A crawler follows an entry whose `lastUpdatedDate` (whole seconds, UTC) is newer
 * than the one it knows.
 */
export function contentIndex(shape: IndexShape, advertisers: readonly Advertiser[]): string {
  const content = advertisers.map(({ id, entries }) =>
    xml('advertiser', {}, [
      leaf('assignedId', id),
      ...entries.map((entry) => entryElement(shape, entry)),
    ]),
  );
  return document(xml(shape.root, {}, [leaf('documentVersion', DOCUMENT_VERSION), ...content]));
}

function entryElement(shape: IndexShape, { connection, url, updatedAt }: IndexEntry): string {
  return xml(shape.entry, {}, [
    leaf('listingExternalId', connection.listing),
    ...(shape.ofUnits ? [leaf('unitExternalId', unitOf(connection))] : []),
    leaf('lastUpdatedDate', instantOf(updatedAt)),
    leaf(shape.url, url),
  ]);
}

/** `2026-11-01T09:30:00Z` */
function instantOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
