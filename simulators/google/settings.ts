interface WindowLimit {
  readonly limit: number;
  readonly windowMs: number;
}

export interface GoogleSettings {
  /** Partner keys. A property belongs to one of them. */
  readonly partners: readonly string[];
  /** Addresses that are listed; all others get 403. A request without an address comes from the first. */
  readonly addresses: readonly string[];
  /** Messages about one property. */
  readonly propertyLimit: WindowLimit;
  /** Messages of one partner key. */
  readonly accountLimit: WindowLimit;
  /** Whether errors name package, date and restriction. */
  readonly culprits: 'named' | 'unnamed';
  /** Bytes of the largest OTA message. */
  readonly largestMessage: number;
  /** What an overlay of rates replaces: the dates that it names, or all of its packages. Not settled publicly. */
  readonly overlayScope: 'dates' | 'packages';
  /** What happens to a message whose TimeStamp is older than one that the property had before: not settled publicly. */
  readonly lateMessages: 'applied' | 'dropped';
}

export const GOOGLE_DEFAULTS: GoogleSettings = {
  partners: ['parity-partner-key'],
  addresses: ['127.0.0.1', '::1', '::ffff:127.0.0.1'],
  propertyLimit: { limit: 100, windowMs: 1_000 },
  accountLimit: { limit: 400, windowMs: 1_000 },
  culprits: 'named',
  largestMessage: 5_000_000,
  overlayScope: 'dates',
  lateMessages: 'dropped',
};

/** Nights ahead that are taken. */
export const HORIZON_DAYS = 330;
/** Rooms, and packages, of a property. */
export const MAX_ENTRIES = 3_000;
export const MAX_GUESTS = 20;
/** A TimeStamp may be this far ahead of the platform's clock, and this old. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;
export const OLDEST_MESSAGE_MS = 24 * 3_600_000;

/** What a request can do wrong. The counters of all of them are 0 in a green run. */
export const GOOGLE_RULES = [
  'account_limit',
  'address_unlisted',
  'content_type_invalid',
  'count_invalid',
  'currency_mismatch',
  'date_invalid',
  'date_past',
  'dates_overlap',
  'dates_reversed',
  'echo_token_invalid',
  'guests_invalid',
  'horizon_exceeded',
  'length_of_stay_invalid',
  'malformed_xml',
  'namespace_invalid',
  'notif_type_invalid',
  'package_unknown',
  'partner_unknown',
  'price_invalid',
  'property_data_invalid',
  'property_foreign',
  'property_unknown',
  'rate_limit',
  'restriction_invalid',
  'restrictions_mixed',
  'room_is_not_property',
  'room_unknown',
  'sets_nothing',
  'timestamp_invalid',
  'timestamp_late',
  'too_large',
  'too_many_entries',
  'unknown_path',
  'version_invalid',
  'wrong_message',
] as const;

export type GoogleRule = (typeof GOOGLE_RULES)[number];
