import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Manifest } from '../contract.ts';

/** "Up to two years into the future", not before yesterday. */
const HORIZON_DAYS = 730;

/**
 * Changed elements times nights that one message may hold. The developer portal says 5,000, older texts 3,000; over the limit a message is
 * refused whole (3107) and goes in halves.
 */
export const MAX_UPDATES_PER_REQUEST = 5_000;

/** Nothing sells for longer, so this maximum is none, and a minimum above it would close the night. */
export const LONGEST_STAY = 28;

/** A minimum of one night is none. */
export const NO_MIN_NIGHTS = 1;

/** PARR answers with no more nights when it is asked for several products. */
const READ_BACK_NIGHTS = 31;

/** All requests of a user, and so of an egress address, per second: 429 without a body above it. */
const REQUESTS_PER_SECOND = 50;
/** Of these, for retrieving and confirming bookings. */
const INBOUND_REQUESTS_PER_SECOND = 5;

/** The portal knows one kind of minimum stay: whether it counts by arrival or for every night of the stay is a setting of the hotel. */
const FIELDS: readonly FieldName[] = [
  'availability',
  'price',
  'min_stay_arrival',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

/**
 * What Expedia can say over EQC: rooms of a room type, and per rate plan a price per day with length-of-stay and arrival rules. Prices per
 * occupancy, per person and per length of stay are not supported: Expedia refuses a price per day there (3090, 3123, 3124).
 */
export const expediaManifest: Manifest = {
  channel: 'expedia' as ChannelType,
  platformFamily: 'expedia',
  bookingSource: 'expedia',
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
  ratePlans: 'all',
  readBackFields: FIELDS,
  readBackNights: READ_BACK_NIGHTS,
  // "Only one connection at a time per hotel", whatever its rooms; a second one is refused (3210).
  concurrency: 1,
  listingConcurrency: 1,
  // Warnings within success: the valid parts are stored, the named ones are not.
  atomicRequests: false,
  limits: [
    {
      scope: 'connection',
      requests: REQUESTS_PER_SECOND,
      windowMs: 1_000,
      inboundShare: INBOUND_REQUESTS_PER_SECOND,
    },
    // The only count that is known to end in 429, or in RATE_LIMIT_EXCEEDED inside a 200.
    { scope: 'credential', requests: REQUESTS_PER_SECOND, windowMs: 1_000, means429: true },
  ],
  // Thresholds exist per room type, but Expedia sets and moves them: a price beyond them comes back as a warning (7013).
  priceBounds: () => null,
  priceStep: () => 1,
  resetValues: { min_stay_arrival: NO_MIN_NIGHTS, max_stay: LONGEST_STAY },
  longestStayNights: LONGEST_STAY,
  pulls: false,
  inbound: {
    // Retrieval is allowed "as frequently as wanted"; until it comes, the nights of a booking are for sale elsewhere.
    pollSeconds: 20,
    // For an arrival on the same day; 60 minutes for the next day, 24 hours for later ones.
    acknowledgeWithinSeconds: 1_800,
    quietSecondsAfterAcknowledge: 0,
    listsReservations: false,
  },
  authentication: 'identity',
};
