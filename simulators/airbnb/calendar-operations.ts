import {
  dateAt,
  daysFrom,
  minorOf,
  type Night,
  nightsBetween,
  plusDays,
  readDate,
} from '../dates.ts';
import type { ErrorDetail } from './answers.ts';
import {
  type AirbnbRule,
  type AirbnbSettings,
  DAYS_BACK,
  HORIZON_DAYS,
  MAX_DATES,
  MAX_NIGHTS,
  PRICE_USD,
} from './settings.ts';

/** What one operation sets; a missing field keeps its value. Prices in minor units. */
export interface NightValues {
  readonly available?: boolean;
  readonly busySubtype?: string | null;
  readonly price?: number;
  readonly minNights?: number;
  readonly maxNights?: number;
  readonly closedToArrival?: boolean;
  readonly closedToDeparture?: boolean;
  readonly notes?: string;
}

export interface CalendarOperation {
  readonly nights: readonly Night[];
  readonly values: NightValues;
}

interface ListingTerms {
  readonly currency: string;
  readonly timeZone: string;
}

export interface Problem extends ErrorDetail {
  readonly rule: AirbnbRule;
}

const FIELDS = new Set([
  'dates',
  'daily_price',
  'availability',
  'available_count',
  'busy_subtype',
  'platform',
  'other_platform_name',
  'min_nights',
  'max_nights',
  'closed_to_arrival',
  'closed_to_departure',
  'notes',
]);
const PLATFORMS = new Set(['VRBO', 'BOOKING_COM', 'OTHER']);

/**
 * Reads and judges the operations of one call, as the versions from 2024.06.30 on do: overlapping dates are refused, a blocked
 * date says why it is. Any problem refuses the whole call.
 * @param now ms, for today in the listing's time zone
 */
export function readOperations(
  raw: unknown,
  terms: ListingTerms,
  settings: AirbnbSettings,
  now: number,
): { readonly operations: readonly CalendarOperation[]; readonly problems: readonly Problem[] } {
  if (!Array.isArray(raw) || raw.length === 0) {
    return {
      operations: [],
      problems: [problem('operations_missing', 'operations must be a list with entries')],
    };
  }
  const problems: Problem[] = [];
  const operations: CalendarOperation[] = [];
  const today = dateAt(terms.timeZone, now);
  const seen = new Set<Night>();
  let total = 0;
  for (const entry of raw) {
    if (typeof entry !== 'object' || entry === null) {
      problems.push(problem('operations_missing', 'an operation must be an object'));
      continue;
    }
    const fields = entry as Record<string, unknown>;
    const nights = readNights(fields.dates, today, settings, problems);
    total += nights.length;
    for (const night of nights) {
      if (seen.has(night))
        problems.push(problem('dates_overlap', `Dates overlap${named(settings, night)}`));
      seen.add(night);
    }
    operations.push({ nights, values: readValues(fields, terms, settings, problems) });
  }
  if (total > MAX_DATES)
    problems.push(problem('too_many_dates', `${total} dates, at most ${MAX_DATES}`));
  return { operations, problems };
}

function readNights(
  raw: unknown,
  today: Night,
  settings: AirbnbSettings,
  problems: Problem[],
): readonly Night[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    problems.push(problem('dates_invalid', 'dates must be a list with entries'));
    return [];
  }
  const nights: Night[] = [];
  for (const item of raw) {
    const [start, end] = rangeOf(item);
    if (start === undefined || end === undefined || end < start || daysFrom(start, end) > 4_000) {
      problems.push(
        problem('dates_invalid', `${JSON.stringify(item)} is no date and no start:end`),
      );
      continue;
    }
    if (start < plusDays(today, -DAYS_BACK) || end > plusDays(today, HORIZON_DAYS)) {
      problems.push(problem('date_out_of_range', `Date out of range${named(settings, start)}`));
    }
    nights.push(...nightsBetween(start, plusDays(end, 1)));
  }
  return nights;
}

function rangeOf(item: unknown): readonly [Night | undefined, Night | undefined] {
  if (typeof item !== 'string') return [undefined, undefined];
  const [start, end = start, rest] = item.split(':');
  return rest === undefined ? [readDate(start), readDate(end)] : [undefined, undefined];
}

function readValues(
  fields: Record<string, unknown>,
  terms: ListingTerms,
  settings: AirbnbSettings,
  problems: Problem[],
): NightValues {
  const at = named(settings, Array.isArray(fields.dates) ? fields.dates.join(',') : undefined);
  const report = (rule: AirbnbRule, message: string) =>
    problems.push(problem(rule, `${message}${at}`));
  for (const field of Object.keys(fields))
    if (!FIELDS.has(field)) report('unknown_field', `Unknown field ${field}`);
  if (!Object.keys(fields).some((field) => field !== 'dates'))
    report('nothing_set', 'The operation sets nothing');
  if (fields.available_count !== undefined)
    report('available_count_invalid', 'available_count needs a room-type listing');
  return {
    ...readAvailability(fields, report),
    ...optional('price', readPrice(fields.daily_price, terms, settings, report)),
    ...optional(
      'minNights',
      readNumber(fields.min_nights, 1, MAX_NIGHTS, () =>
        report('min_nights_invalid', 'min_nights out of range'),
      ),
    ),
    ...optional(
      'maxNights',
      readNumber(fields.max_nights, 1, MAX_NIGHTS, () =>
        report('max_nights_invalid', 'max_nights out of range'),
      ),
    ),
    ...optional('closedToArrival', readFlag(fields.closed_to_arrival, report)),
    ...optional('closedToDeparture', readFlag(fields.closed_to_departure, report)),
    ...(typeof fields.notes === 'string' ? { notes: fields.notes } : {}),
  };
}

function readAvailability(
  fields: Record<string, unknown>,
  report: (rule: AirbnbRule, message: string) => void,
): Pick<NightValues, 'available' | 'busySubtype'> {
  const { availability, busy_subtype: subtype } = fields;
  if (availability === undefined) {
    if (subtype !== undefined)
      report('busy_subtype_unexpected', 'busy_subtype without availability');
    return {};
  }
  if (availability === 'available' || availability === 'default') {
    if (subtype !== undefined)
      report('busy_subtype_unexpected', 'busy_subtype on an available date');
    return { available: true, busySubtype: null };
  }
  if (availability !== 'unavailable') {
    report('availability_invalid', 'availability must be available, unavailable or default');
    return {};
  }
  const reserved = subtype === 'OUTSIDE_RESERVATION';
  if (subtype !== 'BLOCKED_BY_HOST' && !reserved)
    report('busy_subtype_required', 'A blocked date needs busy_subtype');
  if (reserved && !PLATFORMS.has(String(fields.platform)))
    report('busy_subtype_required', 'OUTSIDE_RESERVATION needs platform');
  return { available: false, busySubtype: String(subtype) };
}

function readPrice(
  value: unknown,
  terms: ListingTerms,
  settings: AirbnbSettings,
  report: (rule: AirbnbRule, message: string) => void,
): number | undefined {
  if (value === undefined) return undefined;
  const minor =
    typeof value === 'number' && Number.isFinite(value)
      ? minorOf(String(value), terms.currency)
      : undefined;
  if (
    typeof value !== 'number' ||
    minor === undefined ||
    (settings.wholePrices && !Number.isInteger(value))
  ) {
    report('daily_price_invalid', 'daily_price is no amount of the listing currency');
    return undefined;
  }
  const usd = value * (settings.usdPer[terms.currency] ?? 1);
  if (usd < PRICE_USD.min || usd > PRICE_USD.max) {
    report(
      'daily_price_out_of_bounds',
      `daily_price must be worth ${PRICE_USD.min} to ${PRICE_USD.max} USD`,
    );
    return undefined;
  }
  return minor;
}

function readNumber(
  value: unknown,
  low: number,
  high: number,
  report: () => void,
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high)
    return value;
  report();
  return undefined;
}

function readFlag(
  value: unknown,
  report: (rule: AirbnbRule, message: string) => void,
): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  report('flag_invalid', 'must be true or false');
  return undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V });
}

/** The dates that a refusal means, as the call wrote them. */
function named(settings: AirbnbSettings, dates: string | undefined): string {
  return settings.culprits === 'named' && dates !== undefined ? ` (${dates})` : '';
}

function problem(rule: AirbnbRule, message: string): Problem {
  return { rule, error_reason: rule, error_message: message };
}
