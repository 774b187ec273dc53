import type { OwnReopening } from '../platform.ts';

export interface WindowLimit {
  readonly limit: number;
  readonly windowMs: number;
}

export interface AirbnbSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Per listing, or per host where a call names no listing. */
  readonly listingLimit: WindowLimit;
  /** Per sending address, all calls; each holds. */
  readonly addressLimits: readonly WindowLimit[];
  readonly tokenLimit: WindowLimit;
  readonly tokenLifeMs: number;
  /** Whether webhooks name the listing beside the confirmation code. */
  readonly webhookNamesListing: boolean;
  /** What becomes of the nights of a cancelled stay. */
  readonly reopening: OwnReopening;
  /** Ms until an accepted asynchronous write shows. */
  readonly asyncDelay: number;
  /** Whether a refusal says which date it means. */
  readonly culprits: 'named' | 'unnamed';
  /** Worth of one unit of a currency in USD, for the bounds of 25 and 25,000 USD. */
  readonly usdPer: Readonly<Record<string, number>>;
  /** Refuse prices that are no whole units. */
  readonly wholePrices: boolean;
}

export const AIRBNB_DEFAULTS: AirbnbSettings = {
  clientId: 'parity-airbnb-client',
  clientSecret: 'parity-airbnb-client-secret',
  listingLimit: { limit: 10, windowMs: 1_000 },
  addressLimits: [
    { limit: 2_000, windowMs: 10_000 },
    { limit: 20_000, windowMs: 300_000 },
    { limit: 200_000, windowMs: 3_600_000 },
  ],
  tokenLimit: { limit: 1_000, windowMs: 3_600_000 },
  tokenLifeMs: 86_400_000,
  webhookNamesListing: false,
  reopening: 'own',
  asyncDelay: 2_000,
  culprits: 'named',
  usdPer: {
    USD: 1,
    EUR: 1.1,
    GBP: 1.3,
    CHF: 1.15,
    JPY: 0.0065,
    DKK: 0.15,
    NOK: 0.095,
    SEK: 0.095,
    PLN: 0.26,
    CZK: 0.044,
    HUF: 0.0028,
    CAD: 0.73,
    AUD: 0.66,
    KWD: 3.25,
  },
  wholePrices: false,
};

/** Days ahead of today that the calendar takes, and days back (another time zone may still be in yesterday). */
export const HORIZON_DAYS = 733;
export const DAYS_BACK = 1;
export const MAX_DATES = 731;
export const PRICE_USD = { min: 25, max: 25_000 } as const;
/** Longest stay; also the value that means "no maximum". */
export const MAX_NIGHTS = 1_125;
export const OLDEST_VERSION = '2024.06.30';

/** What a request can do wrong. The counters of all of them are 0 in a green run. */
export const AIRBNB_RULES = [
  'address_limit',
  'api_key_invalid',
  'api_version_invalid',
  'availability_invalid',
  'available_count_invalid',
  'busy_subtype_required',
  'busy_subtype_unexpected',
  'concurrent_write',
  'daily_price_invalid',
  'daily_price_out_of_bounds',
  'date_out_of_range',
  'dates_invalid',
  'dates_overlap',
  'flag_invalid',
  'grant_invalid',
  'listing_id_missing',
  'malformed_json',
  'max_nights_invalid',
  'min_nights_invalid',
  'no_access',
  'nothing_set',
  'operations_missing',
  'rate_limit',
  'record_not_found',
  'token_limit',
  'too_many_dates',
  'unauthorized',
  'unknown_field',
  'unknown_path',
] as const;

export type AirbnbRule = (typeof AIRBNB_RULES)[number];
