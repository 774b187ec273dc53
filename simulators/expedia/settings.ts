import type { OwnReopening } from '../platform.ts';

interface WindowLimit {
  readonly limit: number;
  readonly windowMs: number;
}

export interface ExpediaSettings {
  /** Users of the interfaces: name → password. */
  readonly users: Readonly<Record<string, string>>;
  /** All calls of one user. */
  readonly userLimit: WindowLimit;
  /** How a call over the limit is answered: 429 without a body, or 200 with the refusal in the body. */
  readonly limitAnswer: 'status' | 'body';
  /** Whether warnings name room type, rate plan and date of the part that was not stored. */
  readonly culprits: 'named' | 'unnamed';
  readonly reopening: OwnReopening;
  /** Whether lengths of stay count by the day of arrival or for every night of the stay: one setting for all hotels here. */
  readonly lengthOfStay: 'arrival' | 'stay_through';
  /** Rate verification thresholds, minor units: prices beyond them are not stored. */
  readonly thresholds: { readonly min: number; readonly max: number };
  /** Longest minimum stay that a hotel may set by itself. */
  readonly longestMinLos: number;
  /** Changed elements times nights of one message. */
  readonly maxUpdates: number;
  /** Longest message in bytes. */
  readonly maxBytes: number;
  /** Where a virtual card comes: in the message, or as a payment instruction in a special request. */
  readonly virtualCard: 'card' | 'instruction' | 'none';
}

export const EXPEDIA_DEFAULTS: ExpediaSettings = {
  users: { 'parity-expedia-user': 'parity-expedia-password' },
  userLimit: { limit: 50, windowMs: 1_000 },
  limitAnswer: 'status',
  culprits: 'named',
  reopening: 'own',
  lengthOfStay: 'arrival',
  thresholds: { min: 100, max: 10_000_000 },
  longestMinLos: 28,
  maxUpdates: 5_000,
  maxBytes: 4 * 1_024 * 1_024,
  virtualCard: 'card',
};

/** The hotels' day. */
export const HOTEL_TIME_ZONE = 'Europe/Berlin';
export const DAYS_BACK = 1;
export const HORIZON_DAYS = 731;
/** Longest length of stay that a rule can name; as a maximum it is none. */
export const LONGEST_STAY = 28;
export const WARNINGS_PER_CODE = 20;
export const BOOKINGS_PER_RETRIEVAL = 125;
export const CONFIRMATIONS_PER_MESSAGE = 10;
export const READ_BACK_NIGHTS = 31;
/** A transaction goes to the hotel by fax or mail when it was not confirmed so long after it was made. */
export const EXPIRES_AFTER_MS = {
  sameDay: 30 * 60_000,
  nextDay: 60 * 60_000,
  later: 24 * 3_600_000,
} as const;
/** Confirmation numbers are taken until so long after the guest has left. */
export const CONFIRMED_UNTIL_DAYS = 8;

/** What a request can do wrong, with the code that answers it. The counters of all of them are 0 in a green run. */
export const EXPEDIA_RULES = [
  'booking_of_other_hotel',
  'booking_unknown',
  'cell_twice',
  'concurrent_update',
  'confirmed_before_retrieval',
  'confirmed_too_late',
  'confirmed_wrong_type',
  'content_type_invalid',
  'credentials_invalid',
  'currency_missing',
  'currency_wrong',
  'hotel_unknown',
  'length_of_stay_misused',
  'malformed_xml',
  'max_below_min',
  'message_too_large',
  'min_los_too_high',
  'namespace_outdated',
  'pricing_model',
  'rate_limit',
  'rate_plan_of_other_room',
  'rate_plan_unknown',
  'read_back_too_long',
  'room_type_unknown',
  'schema_invalid',
  'sets_nothing',
  'start_after_end',
  'start_before_yesterday',
  'threshold',
  'too_far_ahead',
  'too_many_confirmations',
  'too_many_updates',
  'unknown_path',
] as const;

export type ExpediaRule = (typeof EXPEDIA_RULES)[number];
