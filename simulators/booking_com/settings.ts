import type { OwnReopening } from '../platform.ts';

export interface WindowLimit {
  readonly limit: number;
  readonly windowMs: number;
}

export interface BookingComSettings {
  /** Machine accounts: client id → client secret. */
  readonly accounts: Readonly<Record<string, string>>;
  /** Calls about one hotel. */
  readonly hotelLimit: WindowLimit;
  /** Availability calls of one machine account, whatever the hotel. */
  readonly endpointLimit: WindowLimit;
  /** Reservation calls of one machine account. */
  readonly accountLimit: WindowLimit;
  /** All calls of one machine account but those for tokens. */
  readonly machineLimit: WindowLimit;
  /** Tokens of one machine account. */
  readonly tokenLimit: WindowLimit;
  readonly tokenLifeMs: number;
  /** What `to` of a date range means; not settled publicly. */
  readonly rangeEnd: 'inclusive' | 'exclusive';
  /** Whether messages name room, rate and date of the update that they refuse. */
  readonly culprits: 'named' | 'unnamed';
  readonly reopening: OwnReopening;
  /** Amounts of reservations: `32550` or `325.50`, both with DecimalPlaces="2". */
  readonly amounts: 'integer' | 'decimal';
  /** Ms until an accepted acknowledgement takes the message out of the queue. */
  readonly acknowledgementLag: number;
  /** The recovery API: missed-reservations answers, `last_change` is refused, the mail waits 24 h. */
  readonly recovery: boolean;
  /** Cancellations without room stays. */
  readonly bareCancellations: boolean;
  /** Lowest and highest price, minor units. */
  readonly priceBounds: { readonly min: number; readonly max: number };
}

export const BOOKING_COM_DEFAULTS: BookingComSettings = {
  accounts: { 'parity-booking-client': 'parity-booking-client-secret' },
  hotelLimit: { limit: 10, windowMs: 1_000 },
  endpointLimit: { limit: 700, windowMs: 60_000 },
  accountLimit: { limit: 700, windowMs: 60_000 },
  machineLimit: { limit: 10_000, windowMs: 60_000 },
  tokenLimit: { limit: 30, windowMs: 3_600_000 },
  tokenLifeMs: 3_600_000,
  rangeEnd: 'inclusive',
  culprits: 'named',
  reopening: 'own',
  amounts: 'integer',
  acknowledgementLag: 2_000,
  recovery: true,
  bareCancellations: false,
  priceBounds: { min: 100, max: 10_000_000 },
};

/** The platform's day. */
export const PLATFORM_TIME_ZONE = 'Europe/Amsterdam';
export const DAYS_BACK = 1;
export const HORIZON_DAYS = 1_100;
export const MAX_UPDATES = 1_000;
export const ACKNOWLEDGE_WITHIN_MS = 30 * 60_000;
export const MAIL_WITH_RECOVERY_MS = 24 * 3_600_000;
/** Arrivals nearer than this are mailed without waiting for the recovery. */
export const NEAR_ARRIVAL_MS = 48 * 3_600_000;

/** What a request can do wrong. The counters of all of them are 0 in a green run. */
export const BOOKING_COM_RULES = [
  'accept_version_invalid',
  'ack_before_retrieval',
  'ack_unknown_reservation',
  'ack_wrong_path',
  'credentials_invalid',
  'duplicate_dates',
  'endpoint_limit',
  'forbidden',
  'from_after_to',
  'last_change_with_recovery',
  'machine_limit',
  'malformed_xml',
  'mixed_hotels',
  'not_a_valid_date',
  'price_invalid',
  'rate_id_invalid',
  'rate_id_missing',
  'rate_limit',
  'room_element_required',
  'room_id_invalid',
  'room_id_missing',
  'schema_invalid',
  'sets_nothing',
  'token_limit',
  'too_many_updates',
  'unauthorized',
  'unknown_path',
] as const;

export type BookingComRule = (typeof BOOKING_COM_RULES)[number];
