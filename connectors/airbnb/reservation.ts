import {
  addDays,
  daysBetween,
  type PlainDate,
  plainDate,
} from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import { MAX_NIGHTS } from '../../schemas/event-values.ts';
import type { Reservation, ReservationStatus, RoomStay } from '../../schemas/generated/types.ts';
import { hashed } from '../inbound/reservation-hash.ts';
import { parseAmount } from '../notation/amounts.ts';
import { parseInstant } from '../notation/instants.ts';
import { integerOf, isObject, type JsonObject, textOf } from '../notation/json.ts';
import { redactCardNumbers, redactJson } from '../redaction.ts';

const STATUS: Readonly<Record<string, ReservationStatus>> = {
  pending: 'request',
  checkpoint: 'request',
  denied: 'declined',
  not_possible: 'declined',
  declined: 'declined',
  expired: 'expired',
  timedout: 'expired',
  no_show: 'no_show',
};

/**
 * One reservation of `GET /v2/reservations…` in our terms. Airbnb collects the money. `total` is the base price with the
 * cleaning fee; `commission` what of it is not paid out. Prices per night are not told, so none are invented.
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED when id, status, listing, dates or times are missing or make no sense
 */
export function readAirbnbReservation(raw: JsonObject): Reservation {
  const id = required(textOf(raw.confirmation_code), 'confirmation_code');
  const revisedAt = required(
    parseInstant(textOf(raw.updated_at) ?? textOf(raw.booked_at) ?? textOf(raw.created_at)),
    'updated_at',
  );
  const status = statusOf(raw, revisedAt);
  const currency = required(currencyOf(raw), 'host_currency');
  const amount = (name: string) =>
    parseAmount(textOf(raw[name] ?? raw[`${name}_accurate`]), null, currency) ?? null;
  const base = amount('listing_base_price');
  const total = base === null ? null : base + (amount('listing_cleaning_fee') ?? 0);
  const payout = amount('expected_payout_amount');
  const content = {
    reservation_id: id,
    status,
    revised_at: revisedAt,
    guest: {
      channel_guest_id: textOf(raw.guest_id_str ?? raw.guest_id) ?? null,
      first_name: personal(raw.guest_first_name),
      last_name: personal(raw.guest_last_name),
      email: textOf(raw.guest_email) ?? null,
      phone: Array.isArray(raw.guest_phone_numbers)
        ? (textOf(raw.guest_phone_numbers[0]) ?? null)
        : null,
      country: null,
    },
    room_stays: [stayOf(raw, status, total)],
    currency,
    total,
    taxes: null,
    commission: total === null || payout === null || payout > total ? null : total - payout,
    payment_kind: 'channel_collect' as const,
    special_requests: personal(raw.special_requests ?? raw.guest_message),
  };
  return hashed(content, JSON.stringify(redactJson(raw)));
}

function statusOf(raw: JsonObject, revisedAt: number): ReservationStatus {
  const word = required(textOf(raw.status), 'status').toLowerCase();
  if (word === 'accepted') {
    const bookedAt = parseInstant(textOf(raw.booked_at) ?? textOf(raw.created_at));
    return bookedAt !== undefined && revisedAt > bookedAt ? 'modified' : 'new';
  }
  if (word.startsWith('cancel')) return 'cancelled';
  return required(STATUS[word], `status "${word}"`);
}

function stayOf(raw: JsonObject, status: ReservationStatus, total: number | null): RoomStay {
  const { check_in, check_out } = datesOf(raw);
  const details = isObject(raw.guest_details) ? raw.guest_details : {};
  const children =
    (integerOf(details.number_of_children) ?? 0) + (integerOf(details.number_of_infants) ?? 0);
  return {
    room_stay: '1',
    listing: required(textOf(raw.listing_id_str ?? raw.listing_id), 'listing_id'),
    room_id: null,
    rate_plan_id: null,
    connection_id: null,
    property_id: null,
    check_in,
    check_out,
    adults: integerOf(details.number_of_adults) ?? integerOf(raw.number_of_guests) ?? 0,
    children,
    status,
    nightly_prices: [],
    total,
  };
}

/** `nights` counts from the arrival and cannot be misread; `end_date` stands in where it is missing. */
function datesOf(raw: JsonObject): { check_in: PlainDate; check_out: PlainDate } {
  const check_in = dateOf(raw.start_date, 'start_date');
  const nights = integerOf(raw.nights);
  const check_out =
    nights === undefined ? dateOf(raw.end_date, 'end_date') : addDays(check_in, nights);
  const length = daysBetween(check_in, check_out);
  if (length < 1 || length > MAX_NIGHTS) throw malformed('the stay has no nights');
  return { check_in, check_out };
}

function dateOf(value: unknown, name: string): PlainDate {
  try {
    return plainDate(textOf(value) ?? '');
  } catch (cause) {
    throw new ParityError(
      'CHANNEL_RESPONSE_MALFORMED',
      `a reservation with an unreadable ${name}`,
      { cause },
    );
  }
}

function currencyOf(raw: JsonObject): string | undefined {
  const code = (
    textOf(raw.host_currency) ??
    textOf(raw.host_currency_accurate) ??
    ''
  ).toUpperCase();
  return /^[A-Z]{3}$/.test(code) ? code : undefined;
}

/** Text of a person, into which card numbers are sometimes written. */
function personal(value: unknown): string | null {
  const text = textOf(value);
  return text === undefined ? null : redactCardNumbers(text);
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw malformed(`without a readable ${name}`);
  return value;
}

function malformed(what: string): ParityError {
  return new ParityError('CHANNEL_RESPONSE_MALFORMED', `a reservation ${what}`);
}
