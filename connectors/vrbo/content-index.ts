import type { Advertiser, IndexEntry } from '../documents.ts';
import { xml } from '../notation/xml.ts';
import { DOCUMENT_VERSION, document, leaf, unitOf } from './wire.ts';

/** Names of the elements of one index. */
export interface IndexShape {
  readonly root: string;
  readonly entry: string;
  readonly url: string;
  /** Entries name the unit too; those of listings do not, and of a listing there is one, whatever the number of its units. */
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
      ...(shape.ofUnits ? entries : oneOfEachListing(entries)).map((entry) =>
        entryElement(shape, entry),
      ),
    ]),
  );
  return document(xml(shape.root, {}, [leaf('documentVersion', DOCUMENT_VERSION), ...content]));
}

/** The first of each: an index that names a listing twice is refused whole. */
function oneOfEachListing(entries: readonly IndexEntry[]): readonly IndexEntry[] {
  const first = new Map<string, IndexEntry>();
  for (const entry of entries)
    if (!first.has(entry.connection.listing)) first.set(entry.connection.listing, entry);
  return [...first.values()];
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
