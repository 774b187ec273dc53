import { ParityError } from '../../schemas/errors.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { DocumentCodec, DocumentKind, DocumentView, RenderedDocument } from '../documents.ts';
import { availabilityDocument, readAvailability } from './availability.ts';
import { configurationDocument, listingDocument } from './content.ts';
import { contentIndex, type IndexShape } from './content-index.ts';
import { contentHint } from './hint.ts';
import { ratesDocument, readRates } from './rates.ts';
import { XML_TYPE } from './wire.ts';

interface Kind extends DocumentKind {
  readonly index: IndexShape;
  render(connection: Connection, view: DocumentView): string | null;
  /** Absent: it shows no field. */
  read?(connection: Connection, body: string): ReturnType<DocumentCodec['read']>;
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
    fields: [],
    index: {
      root: 'advertiserLodgingConfigurationContentIndex',
      entry: 'lodgingConfigurationContentIndexEntry',
      url: 'lodgingConfigurationContentUrl',
      ofUnits: true,
    },
    render: configurationDocument,
  },
  {
    name: 'listing',
    fields: [],
    index: {
      root: 'advertiserListingContentIndex',
      entry: 'listingContentIndexEntry',
      url: 'listingUrl',
      ofUnits: false,
    },
    render: (connection, { currency }) => listingDocument(connection, currency),
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
  read: (connection, documents) =>
    documents.flatMap(({ name, body }) => kindOf(name).read?.(connection, body) ?? []),
  index: (kind, advertisers) => ({
    contentType: XML_TYPE,
    body: contentIndex(kindOf(kind).index, advertisers),
  }),
  hint: contentHint,
};

function kindOf(name: string): Kind {
  const kind = KINDS.find((one) => one.name === name);
  if (!kind) throw new ParityError('CHANNEL_RESPONSE_MALFORMED', `there is no document "${name}"`);
  return kind;
}
