import { ParityError } from '../../schemas/errors.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { DocumentCodec, DocumentKind, DocumentView, RenderedDocument } from '../documents.ts';
import { descendants } from '../notation/xml.ts';
import { availabilityDocument, readAvailability } from './availability.ts';
import { configurationDocument } from './configuration.ts';
import { CONFIGURATION, LISTING } from './content.ts';
import { contentIndex, type IndexShape } from './content-index.ts';
import { contentHint } from './hint.ts';
import { listingDocument } from './listing.ts';
import { ratesDocument, readRates } from './rates.ts';
import { readContent, XML_TYPE } from './wire.ts';

interface Kind extends DocumentKind {
  readonly index: IndexShape;
  render(connection: Connection, view: DocumentView): string | null;
  /** Absent: it shows no field. */
  read?(connection: Connection, body: string, currency?: string): ReturnType<DocumentCodec['read']>;
}

const KINDS: readonly Kind[] = [
  {
    name: 'rates',
    fields: ['price'],
    index: {
      root: 'advertiserLodgingRateContentIndex',
      entry: 'lodgingRateContentIndexEntry',
      url: 'lodgingRateContentUrl',
      ofUnits: true,
    },
    render: ratesDocument,
    read: readRates,
  },
  {
    name: 'availability',
    fields: [
      'availability',
      'min_stay_arrival',
      'max_stay',
      'closed_to_arrival',
      'closed_to_departure',
    ],
    index: {
      root: 'advertiserUnitAvailabilityContentIndex',
      entry: 'unitAvailabilityContentIndexEntry',
      url: 'unitAvailabilityContentUrl',
      ofUnits: true,
    },
    render: availabilityDocument,
    read: readAvailability,
  },
  {
    name: 'configuration',
    fields: [CONFIGURATION],
    isStatic: true,
    index: {
      root: 'advertiserLodgingConfigurationContentIndex',
      entry: 'lodgingConfigurationContentIndexEntry',
      url: 'lodgingConfigurationContentUrl',
      ofUnits: true,
    },
    render: (connection, view) => {
      const content = view.content(CONFIGURATION);
      if (content) return configurationDocument(connection, content);
      return lastOf(connection, view, 'configuration', 'cancellationPolicy');
    },
  },
  {
    name: 'listing',
    fields: [LISTING],
    isStatic: true,
    index: {
      root: 'advertiserListingContentIndex',
      entry: 'listingContentIndexEntry',
      url: 'listingUrl',
      ofUnits: false,
    },
    render: (connection, view) => {
      const content = view.content(LISTING);
      if (content) return listingDocument(connection, content);
      return lastOf(connection, view, 'listing', 'adContent');
    },
  },
];

/** The four feeds of the platform. */
export const vrboDocuments: DocumentCodec = {
  kinds: KINDS,
  render: (connection, view) =>
    KINDS.flatMap(({ name, render }): RenderedDocument[] => {
      const body = render(connection, view);
      return body === null ? [] : [{ name, contentType: XML_TYPE, body }];
    }),
  read: (connection, documents, currency) =>
    documents.flatMap(({ name, body }) => kindOf(name).read?.(connection, body, currency) ?? []),
  index: (kind, advertisers) => ({
    contentType: XML_TYPE,
    body: contentIndex(kindOf(kind).index, advertisers),
  }),
  hint: contentHint,
};

/** A static document as it was, if it is of this listing and whole: it has `essential`. */
function lastOf(
  connection: Connection,
  view: DocumentView,
  name: string,
  essential: string,
): string | null {
  const last = view.last(name);
  if (last === null) return null;
  const root = readContent(connection, last);
  return root && descendants(root, essential).length > 0 ? last : null;
}

function kindOf(name: string): Kind {
  const kind = KINDS.find((one) => one.name === name);
  if (!kind) throw new ParityError('CHANNEL_RESPONSE_MALFORMED', `there is no document "${name}"`);
  return kind;
}
