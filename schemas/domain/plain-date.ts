import { Temporal } from '@js-temporal/polyfill';
import { ParityError } from '../errors.ts';

declare const brand: unique symbol;
/** A calendar date without time or zone, ISO `yyyy-mm-dd`. A night is named by the date on which it begins. */
export type PlainDate = string & { readonly [brand]: 'PlainDate' };
/** A calendar month, ISO `yyyy-mm`. */
export type PlainMonth = string & { readonly [brand]: 'PlainMonth' };
/** Nights from `start` up to, not including, `end` (the checkout day). */
export interface DateRange {
  readonly start: PlainDate;
  readonly end: PlainDate;
}

const MS_PER_DAY = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Days since 1970-01-01. @throws ParityError EVENT_DATES_INVALID when `text` is no date. */
export function toEpochDay(date: PlainDate): number {
  return (
    Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) /
    MS_PER_DAY
  );
}

/** The date that lies `day` days after 1970-01-01. */
export function fromEpochDay(day: number): PlainDate {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10) as PlainDate;
}

/** Reads `yyyy-mm-dd`, years 0100 to 9999. @throws ParityError EVENT_DATES_INVALID for anything else, impossible dates included. */
export function plainDate(text: string): PlainDate {
  const date = text as PlainDate;
  if (DATE.test(text) && fromEpochDay(toEpochDay(date)) === date) return date;
  throw new ParityError(
    'EVENT_DATES_INVALID',
    `"${text.slice(0, 50)}" is not a date in the form yyyy-mm-dd`,
  );
}

export function addDays(date: PlainDate, days: number): PlainDate {
  return fromEpochDay(toEpochDay(date) + days);
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: PlainDate, to: PlainDate): number {
  return toEpochDay(to) - toEpochDay(from);
}

/** The dates of a half-open range. */
export function nightsOf(range: DateRange): PlainDate[] {
  const first = toEpochDay(range.start);
  return Array.from({ length: Math.max(0, toEpochDay(range.end) - first) }, (_, i) =>
    fromEpochDay(first + i),
  );
}

export function covers(range: DateRange, night: PlainDate): boolean {
  return night >= range.start && night < range.end;
}

export function monthOf(date: PlainDate): PlainMonth {
  return date.slice(0, 7) as PlainMonth;
}

export function firstOf(month: PlainMonth): PlainDate {
  return `${month}-01` as PlainDate;
}

export function nextMonth(month: PlainMonth): PlainMonth {
  return monthOf(addDays(firstOf(month), 31));
}

export function daysIn(month: PlainMonth): number {
  return daysBetween(firstOf(month), firstOf(nextMonth(month)));
}

/** Position of a date in its month, from 0. */
export function dayIndex(date: PlainDate): number {
  return Number(date.slice(8, 10)) - 1;
}

export function dateAt(month: PlainMonth, index: number): PlainDate {
  return `${month}-${String(index + 1).padStart(2, '0')}` as PlainDate;
}

/** The months that a half-open range touches, in order. */
export function monthsOf(range: DateRange): PlainMonth[] {
  const months: PlainMonth[] = [];
  if (range.end <= range.start) return months;
  const last = monthOf(addDays(range.end, -1));
  for (let month = monthOf(range.start); month <= last; month = nextMonth(month))
    months.push(month);
  return months;
}

/** The date at an instant (`now`, ms since the epoch) in an IANA time zone. */
export function dateIn(timeZone: string, now: number): PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(now))
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString() as PlainDate;
}

/** The instant (ms since the epoch) at which the date after the present one begins in `timeZone`; right over DST changes. */
export function nextMidnight(timeZone: string, now: number): number {
  const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(now))
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  return today.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds;
}
