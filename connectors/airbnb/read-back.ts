import { addDays, type PlainDate, plainDate } from '../../schemas/domain/plain-date.ts';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Connection, FieldName } from '../../schemas/generated/types.ts';
import type { ChannelRequest, ChannelResponse, Observation } from '../contract.ts';
import { parseAmount } from '../notation/amounts.ts';
import { integerOf, isObject, type JsonObject, parseJsonObject, textOf } from '../notation/json.ts';
import { NO_MAX_NIGHTS, NO_MIN_NIGHTS } from './manifest.ts';
import { API_HEADERS } from './wire.ts';

/** `GET /v2/calendars/{listing}/{start}/{end}`, the last night inclusive. */
export function readBackAirbnb(
  connection: Connection,
  nights: { readonly start: PlainDate; readonly end: PlainDate },
): ChannelRequest {
  const last = addDays(nights.end, -1);
  return {
    endpoint: 'calendars',
    method: 'GET',
    host: 'api',
    path: `/v2/calendars/${encodeURIComponent(connection.listing)}/${nights.start}/${last}`,
    headers: API_HEADERS,
    body: null,
  };
}

/**
 * The calendar in our terms: a night with a reservation is closed; no rule is 0. Prices are read in `connection.currency` (the
 * answer names none) and are null where that is null.
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED
 */
export function parseReadBackAirbnb(
  connection: Connection,
  response: ChannelResponse,
): readonly Observation[] {
  const body = parseJsonObject(response.body, 'CHANNEL_RESPONSE_MALFORMED');
  const days = isObject(body.calendar) ? body.calendar.days : undefined;
  if (!Array.isArray(days))
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'the answer has no calendar days');
  return days.flatMap((day: unknown) => observe(connection, day));
}

function observe(connection: Connection, day: unknown): Observation[] {
  if (!isObject(day))
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'a calendar day is no object');
  const night = dateOf(day.date);
  const ratePlanId = connection.rate_plans[0]?.rate_plan_id ?? null;
  const of = (field: FieldName, value: number | null): Observation => ({
    night,
    field,
    ratePlanId,
    value,
  });
  const minimum = integerOf(day.min_nights);
  const maximum = integerOf(day.max_nights);
  return [
    { night, field: 'availability', ratePlanId: null, value: availabilityOf(day) },
    of('price', priceOf(day.daily_price, connection.currency)),
    of('min_stay_arrival', minimum === undefined ? null : minimum <= NO_MIN_NIGHTS ? 0 : minimum),
    of('max_stay', maximum === undefined ? null : maximum >= NO_MAX_NIGHTS ? 0 : maximum),
    of('closed_to_arrival', flagOf(day.closed_to_arrival)),
    of('closed_to_departure', flagOf(day.closed_to_departure)),
  ];
}

function availabilityOf(day: JsonObject): number | null {
  if (isObject(day.reservation)) return 0;
  if (typeof day.available === 'boolean') return day.available ? 1 : 0;
  if (day.availability === 'available') return 1;
  return day.availability === 'unavailable' ? 0 : null;
}

function priceOf(value: unknown, currency: string | null): number | null {
  return currency === null ? null : (parseAmount(textOf(value), null, currency) ?? null);
}

function flagOf(value: unknown): number | null {
  return typeof value === 'boolean' ? Number(value) : null;
}

function dateOf(value: unknown): PlainDate {
  try {
    return plainDate(textOf(value) ?? '');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'a calendar day has no date', {
      cause: error,
    });
  }
}
