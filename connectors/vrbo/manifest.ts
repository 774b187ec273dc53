import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Manifest } from '../contract.ts';

/** Days that the calendar of a unit may span (document version 4.2.1, `dateRange`). */
export const RANGE_DAYS_MAX = 1_096;
/** How far ahead nights are sold: two years, as far as mapping keeps pages. */
export const HORIZON_DAYS = 730;
/** The platform offers no longer stay, as channel managers report it. */
export const LONGEST_STAY_NIGHTS = 90;
/** Highest `availableUnitCount`. */
export const UNITS_MAX = 999;

/** Shortest time between two push hints of an account, from answer to the next, ms. */
export const HINT_INTERVAL_MS = 30_000;

const FIELDS: readonly FieldName[] = [
  'availability',
  'price',
  'min_stay_arrival',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

/**
 * What the documents can say: units, one price a night, stay rules by day of arrival. Both channel types are one platform with one account and
 * feed. Sources: Streamline Partner X, "Unit Availability Content", "Lodging Rate Content" (version 4.2.1); OwnerRez, "API for channel
 * integration"; how sure each is stands in `README.md`.
 */
export function vrboManifest(channel: 'vrbo' | 'fewo_direkt'): Manifest {
  return {
    channel: channel as ChannelType,
    platformFamily: 'vrbo',
    bookingSource: channel,
    horizonDays: {
      availability: HORIZON_DAYS,
      price: HORIZON_DAYS,
      min_stay_arrival: HORIZON_DAYS,
      min_stay_through: 0,
      max_stay: HORIZON_DAYS,
      closed_to_arrival: HORIZON_DAYS,
      closed_to_departure: HORIZON_DAYS,
    },
    fields: FIELDS,
    content: 'beside',
    ratePlans: 'first',
    // Our own documents are all that can be read.
    readBackFields: [],
    concurrency: 1,
    // Availability and rates are documents of their own: a night opens after its price was fetched.
    atomicRequests: false,
    // Calls of ours about a connection (a push hint, say); documents are fetched and count for nobody.
    limits: [
      { scope: 'connection', requests: 30, windowMs: 1_000 },
      // How often an account may be told that its documents changed is not public: a guess [I] well below "within minutes".
      { scope: 'account', endpoint: 'push_hint', requests: 1, windowMs: HINT_INTERVAL_MS },
    ],
    priceBounds: () => null,
    priceStep: () => 1,
    resetValues: { min_stay_arrival: 0, max_stay: LONGEST_STAY_NIGHTS },
    longestStayNights: LONGEST_STAY_NIGHTS,
    pulls: true,
    inbound: {
      // Bookings come as synchronous calls; nothing is polled.
      pollSeconds: null,
      acknowledgeWithinSeconds: null,
      quietSecondsAfterAcknowledge: 0,
      listsReservations: false,
    },
    authentication: 'identity',
  };
}
