import type { ContentCodec } from '../../../connectors/content.ts';
import type { Change, Connector, Manifest, Outcome, Plan } from '../../../connectors/contract.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';
import { ParityError } from '../../../schemas/errors.ts';
import type { FieldName } from '../../../schemas/generated/types.ts';

/** What of the model channel's manifest and codec a test sets; the rest is as plain as can be. */
export interface ModelOptions {
  readonly atomic?: boolean;
  readonly concurrency?: number;
  readonly perSecond?: number;
  readonly byTier?: boolean;
  /** Days; default 500. */
  readonly horizon?: number;
  readonly priceHorizon?: number;
  /** Most changes of one request; default: no maximum. */
  readonly most?: number;
  /** The order in which changes are packed into requests. */
  readonly order?: (a: Change, b: Change) => number;
  /** Changes that the codec knows to be impossible. */
  readonly unsendable?: (change: Change) => boolean;
  /** It takes content, in one part whose version is the number of guests; a property without a name is not taken. */
  readonly content?: 'first' | 'beside';
  /** Prices are for a number of guests. */
  readonly pricesNameGuests?: boolean;
}

export const CONTENT_PART = 'content/model';

const FIELDS: readonly FieldName[] = ['availability', 'price', 'min_stay_arrival', 'max_stay'];

/** The codec of the model channel: each request carries all changes given, or `most` of them. */
export function modelConnector(options: ModelOptions = {}): Connector {
  return {
    manifest: manifestOf(options),
    plan: (_connection, changes) => planOf(options, changes),
    interpret: (_request, response) => JSON.parse(response.body) as Outcome,
    ...(options.content ? { content: CONTENT } : {}),
    readBack: none,
    parseReadBack: none,
    inbound: {
      verify: () => 'invalid',
      parseWebhook: none,
      feeds: [],
      poll: none,
      parsePoll: none,
      fetchReservation: () => null,
      parseReservation: none,
      listReservations: () => null,
      parseList: none,
      acknowledge: () => null,
      isRateLimited: none,
      interpretAcknowledgement: none,
    },
  };
}

const CONTENT: ContentCodec = {
  parts: (_connection, { property }) => [
    {
      field: CONTENT_PART,
      version: property.max_guests,
      missing: property.name === '' ? ['a name'] : [],
    },
  ],
  messages: {
    plan: (_connection, { property }) => ({
      endpoint: 'content',
      method: 'POST',
      host: 'api',
      path: '/content',
      headers: {},
      body: property.name,
    }),
    interpret: (response) => JSON.parse(response.body) as Outcome,
  },
};

function planOf({ most, order, unsendable }: ModelOptions, changes: readonly Change[]): Plan {
  const impossible = changes.filter((change) => unsendable?.(change));
  const sendable = changes.filter((change) => !impossible.includes(change));
  const sorted = order ? [...sendable].sort(order) : sendable;
  const size = most ?? Math.max(1, sorted.length);
  const requests = Array.from({ length: Math.ceil(sorted.length / size) }, (_, at) => ({
    endpoint: 'calendar',
    method: 'POST' as const,
    host: 'api',
    path: '/',
    headers: {},
    body: null,
    changes: sorted.slice(at * size, (at + 1) * size),
  }));
  const code = 'CHANNEL_VALUE_REFUSED';
  return { requests, refused: impossible.map((change) => ({ change, code, advice: 'never' })) };
}

function manifestOf(options: ModelOptions): Manifest {
  const horizon = options.horizon ?? 500;
  return {
    channel: 'model' as ChannelType,
    platformFamily: 'model',
    bookingSource: 'other',
    horizonDays: {
      availability: horizon,
      price: options.priceHorizon ?? horizon,
      min_stay_arrival: horizon,
      min_stay_through: horizon,
      max_stay: horizon,
      closed_to_arrival: horizon,
      closed_to_departure: horizon,
    },
    fields: FIELDS,
    ratePlans: 'all',
    ...(options.content ? { content: options.content } : {}),
    ...(options.pricesNameGuests ? { pricesNameGuests: true } : {}),
    readBackFields: [],
    concurrency: options.concurrency ?? 1,
    atomicRequests: options.atomic ?? true,
    limits: [
      {
        scope: 'connection',
        requests: options.perSecond ?? 10,
        windowMs: 1_000,
        byTier: options.byTier ?? false,
      },
    ],
    priceBounds: () => null,
    priceStep: () => 1,
    resetValues: {},
    pulls: false,
    inbound: {
      pollSeconds: null,
      acknowledgeWithinSeconds: null,
      quietSecondsAfterAcknowledge: 0,
      listsReservations: false,
    },
    authentication: 'oauth_refresh',
  };
}

function none(): never {
  throw new ParityError('CONNECTION_UNSUPPORTED', 'the model channel takes no bookings');
}
