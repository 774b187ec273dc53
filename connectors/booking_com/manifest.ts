import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Manifest } from '../contract.ts';

/** More than the twelve months that must be loaded. */
const HORIZON_DAYS = 500;

/** Updates (`<date>` elements) that one request may hold. */
export const MAX_UPDATES_PER_REQUEST = 1_000;

/** Counted together for one machine account. */
const RESERVATION_CALLS = [
  'OTA_HotelResNotif_poll',
  'OTA_HotelResNotif_acknowledge',
  'OTA_HotelResModifyNotif_poll',
  'OTA_HotelResModifyNotif_acknowledge',
] as const;

const FIELDS: readonly FieldName[] = [
  'availability',
  'price',
  'min_stay_arrival',
  'min_stay_through',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

/** What Booking.com can say: rooms to sell per room, prices and all restrictions per rate plan. */
export const bookingManifest: Manifest = {
  channel: 'booking_com' as ChannelType,
  platformFamily: 'booking_com',
  bookingSource: 'booking_com',
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
  // `roomrateavailability` shows neither prices nor restrictions.
  readBackFields: ['availability'],
  concurrency: 4,
  // HTTP 200 with errors inside.
  atomicRequests: false,
  limits: [
    { scope: 'connection', requests: 10, windowMs: 1_000, byTier: true },
    // The platform counts for the hotel, of which each connection is one room.
    { scope: 'listing', requests: 10, windowMs: 1_000, byTier: true },
    { scope: 'credential', requests: 10_000, windowMs: 60_000 },
    { scope: 'credential', endpoint: 'availability', requests: 700, windowMs: 60_000 },
    { scope: 'credential', endpoint: RESERVATION_CALLS, requests: 700, windowMs: 60_000 },
    { scope: 'credential', endpoint: 'token_exchange', requests: 30, windowMs: 3_600_000 },
  ],
  priceBounds: () => null,
  priceStep: () => 1,
  resetValues: { min_stay_arrival: 0, min_stay_through: 0, max_stay: 0 },
  pulls: false,
  inbound: {
    pollSeconds: 20,
    acknowledgeWithinSeconds: 1_800,
    quietSecondsAfterAcknowledge: 5,
    listsReservations: false,
  },
  authentication: 'token_exchange',
};
