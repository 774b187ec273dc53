import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Manifest } from '../contract.ts';

/** Nights that Google takes, counted from today. Source: developers.google.com/hotels, ARI guide ("330 days"). */
const HORIZON_DAYS = 330;

/** Most guests of a room, of a package and of a price. Source: feed status error 1012. */
export const MAX_GUESTS = 20;

/** Longest stay that Google shows. Source: as above. */
export const LONGEST_STAY_NIGHTS = 30;
/**
 * Every stay has one night and none has more than 30: these limit nothing, whatever Google makes of 0 or of a missing `Time`, which the
 * public pages do not say.
 */
export const NO_MIN_NIGHTS = 1;
export const NO_MAX_NIGHTS = LONGEST_STAY_NIGHTS;

/** More guests than Google has a number for are shown as its largest, in the room and in its prices. */
export function guestsAtGoogle(guests: number): number {
  return Math.min(MAX_GUESTS, guests);
}

const FIELDS: readonly FieldName[] = [
  'availability',
  'price',
  'min_stay_arrival',
  'min_stay_through',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

/**
 * What Google (vacation rentals, Hotel Center ARI) can say: units of the one room, prices and all restrictions per package (our rate plan).
 * The guest books on our own page, so nothing comes in.
 */
export const googleManifest: Manifest = {
  channel: 'google' as ChannelType,
  platformFamily: 'google',
  bookingSource: 'google',
  horizonDays: {
    availability: HORIZON_DAYS,
    price: HORIZON_DAYS,
    min_stay_arrival: HORIZON_DAYS,
    min_stay_through: HORIZON_DAYS,
    max_stay: HORIZON_DAYS,
    closed_to_arrival: HORIZON_DAYS,
    closed_to_departure: HORIZON_DAYS,
  },
  fields: FIELDS,
  // A message about a room or package that no property data has described is refused.
  content: 'first',
  pricesNameGuests: true,
  ratePlans: 'all',
  // Google shows no stored ARI: what was lost is set right by sending everything again (`overlay.ts`, or a full sync).
  readBackFields: [],
  // Nothing public says that an older TimeStamp is dropped, so messages of a property go one at a time, each after the answer of the last.
  concurrency: 1,
  // A message is applied wholly or not at all, but it is of one kind: a price (rate) and its opening (inventory count) never travel
  // together. So an opening waits until the restrictions and the price of its night are acknowledged.
  atomicRequests: false,
  limits: [
    // The spec's limit of a Google connection.
    { scope: 'connection', requests: 100, windowMs: 1_000 },
    // 400 messages per second of an account: the partner key. Source: Google's guide, as public connectors quote it.
    { scope: 'credential', requests: 400, windowMs: 1_000, means429: true },
  ],
  priceBounds: () => null,
  priceStep: () => 1,
  resetValues: {
    min_stay_arrival: NO_MIN_NIGHTS,
    min_stay_through: NO_MIN_NIGHTS,
    max_stay: NO_MAX_NIGHTS,
  },
  pulls: false,
  inbound: {
    pollSeconds: null,
    acknowledgeWithinSeconds: null,
    quietSecondsAfterAcknowledge: 0,
    listsReservations: false,
  },
  authentication: 'identity',
};
