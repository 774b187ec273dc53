import type { ChannelType } from '../../schemas/domain/ids.ts';
import { exponentOf } from '../../schemas/domain/money.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Manifest } from '../contract.ts';

/** Hosts open their calendars two years ahead at most. */
const HORIZON_DAYS = 730;

/** Dates that one call of `calendar_operations` may name in sum. */
export const MAX_DATES_PER_CALL = 731;
/** `min_nights` 1 is no minimum; 1125, the longest stay, is no maximum. */
export const NO_MIN_NIGHTS = 1;
export const NO_MAX_NIGHTS = 1_125;

/** A nightly price must be worth this much in US dollars. */
const PRICE_USD = { min: 25, max: 25_000 } as const;

/**
 * Rough worth of one unit in US dollars (2026), good enough to spare Airbnb prices that it can only refuse. A currency that is
 * not listed has no bounds here: Airbnb judges. Near a bound its own rate decides too.
 */
const USD_PER_UNIT: Readonly<Record<string, number>> = {
  USD: 1,
  EUR: 1.1,
  GBP: 1.3,
  CHF: 1.15,
  DKK: 0.15,
  SEK: 0.095,
  NOK: 0.095,
  PLN: 0.26,
  CZK: 0.044,
  HUF: 0.0028,
  CAD: 0.73,
  AUD: 0.66,
  NZD: 0.6,
  JPY: 0.0065,
  CNY: 0.14,
  HKD: 0.128,
  SGD: 0.75,
  THB: 0.028,
  KWD: 3.25,
  AED: 0.272,
  TRY: 0.03,
  BRL: 0.18,
  MXN: 0.055,
  ZAR: 0.055,
  INR: 0.012,
};

const FIELDS: readonly FieldName[] = [
  'availability',
  'price',
  'min_stay_arrival',
  'max_stay',
  'closed_to_arrival',
  'closed_to_departure',
];

/** What Airbnb can say: one unit, one rate plan, stay rules by day of arrival. */
export const airbnbManifest: Manifest = {
  channel: 'airbnb' as ChannelType,
  platformFamily: 'airbnb',
  bookingSource: 'airbnb',
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
  ratePlans: 'first',
  readBackFields: FIELDS,
  // Two writes of one listing at once meet ConcurrencyLimitError.
  concurrency: 1,
  // Validation fails the whole call.
  atomicRequests: true,
  limits: [
    // A reservation that is fetched counts for its listing, whichever stage fetches it.
    { scope: 'connection', requests: 10, windowMs: 1_000, inboundShare: 2 },
    // All calls from one address, whatever they are; going over blocks the address.
    { scope: 'address', requests: 2_000, windowMs: 10_000, means429: true },
    { scope: 'address', requests: 20_000, windowMs: 300_000 },
    { scope: 'address', requests: 200_000, windowMs: 3_600_000 },
    { scope: 'address', endpoint: 'authorizations', requests: 1_000, windowMs: 3_600_000 },
  ],
  priceBounds(currency) {
    const rate = USD_PER_UNIT[currency];
    if (rate === undefined) return null;
    const unit = 10 ** exponentOf(currency);
    return {
      min: Math.ceil((PRICE_USD.min / rate) * unit),
      max: Math.floor((PRICE_USD.max / rate) * unit),
    };
  },
  priceStep: () => 1,
  resetValues: { min_stay_arrival: NO_MIN_NIGHTS, max_stay: NO_MAX_NIGHTS },
  pulls: false,
  inbound: {
    // Webhooks come first; the list is the safety net under them, at the pace that the connections ask for.
    pollSeconds: null,
    acknowledgeWithinSeconds: null,
    quietSecondsAfterAcknowledge: 0,
    listsReservations: true,
  },
  authentication: 'oauth_refresh',
};
