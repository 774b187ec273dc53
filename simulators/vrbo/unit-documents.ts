import { daysFrom, minorOf, type Night, nightsBetween, plusDays, readDate } from '../dates.ts';
import { childrenOf, readXml, textOf, type XmlNode } from '../xml.ts';
import type { FeedName } from './settings.ts';
import { LONGEST_STAY, RANGE_DAYS_MAX, RuleBroken } from './settings.ts';
import { checkTerms } from './static-documents.ts';

/** One day of a unit's calendar as the document says it. */
export interface CalendarDay {
  readonly night: Night;
  readonly units: number;
  readonly arrival: boolean;
  readonly departure: boolean;
  /** 0: none */
  readonly minStay: number;
  readonly maxStay: number;
}

/** A unit's calendar, and what holds for days outside its range. */
export interface UnitCalendar {
  readonly days: readonly CalendarDay[];
  readonly otherwise: Omit<CalendarDay, 'night'>;
}

/** Prices of a unit. */
export interface RateTable {
  readonly id: string;
  readonly currency: string;
  /** Minor units; nights that no override names are sold at `standard` of their weekday. */
  readonly overrides: ReadonlyMap<Night, number>;
  readonly standard: readonly number[];
}

const ROOTS: Readonly<Record<FeedName, string>> = {
  listing: 'listing',
  configuration: 'lodgingConfigurationContent',
  rates: 'lodgingRateContent',
  availability: 'unitAvailabilityContent',
};
/** By `Date.getUTCDay`. */
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** The root of a document, when it is about the unit that its index entry names. @throws RuleBroken */
export function openDocument(
  feed: FeedName,
  body: string,
  { listing, unit }: { readonly listing: string; readonly unit: string | null },
): XmlNode {
  const document = readXml(body);
  if (!document) throw new RuleBroken('malformed_xml', feed);
  if (document.root !== ROOTS[feed]) throw new RuleBroken('document_invalid', `<${document.root}>`);
  const { element } = document;
  const id = textOf(element, feed === 'listing' ? 'externalId' : 'listingExternalId');
  if (id !== listing) throw new RuleBroken('wrong_unit', `${id ?? 'nothing'} for ${listing}`);
  if (unit !== null && textOf(element, 'unitExternalId') !== unit)
    throw new RuleBroken('wrong_unit', `not unit ${unit}`);
  return element;
}

/**
 * A calendar. Each list must be exactly as long as the range: a document with a wrong one is refused whole.
 * @throws RuleBroken
 */
export function readCalendar(root: XmlNode): UnitCalendar {
  const unit = only(root, 'unitAvailability');
  const range = only(unit, 'dateRange');
  const first = readDate(textOf(range, 'beginDate'));
  const last = readDate(textOf(range, 'endDate'));
  if (first === undefined || last === undefined || last < first)
    throw new RuleBroken('range_invalid', `${first ?? '?'} to ${last ?? '?'}`);
  const length = daysFrom(first, last) + 1;
  if (length > RANGE_DAYS_MAX) throw new RuleBroken('range_too_long', `${length} days`);
  const lists = only(unit, 'unitAvailabilityConfiguration');
  const availability = letters(lists, 'availability', length, 'YN', 'availability_invalid');
  const changeOver = letters(lists, 'changeOver', length, 'CIOX', 'changeover_invalid');
  const units = numbers(lists, 'availableUnitCount', length);
  const minStay = numbers(lists, 'minStay', length);
  const maxStay = numbers(lists, 'maxStay', length);
  numbers(lists, 'minPriorNotify', length);
  const otherwise = defaultsOf(unit);
  const days = nightsBetween(first, plusDays(last, 1)).map((night, day) => {
    const letter = availability?.[day];
    const open = letter === undefined ? otherwise.units > 0 : letter === 'Y';
    const count = units?.[day];
    if (count !== undefined && open !== count > 0)
      throw new RuleBroken('units_contradict', `${night}: ${open ? 'Y' : 'N'} with ${count}`);
    const change = changeOver?.[day];
    return {
      night,
      units: open ? (count ?? 1) : 0,
      ...(change === undefined ? changesOf(otherwise) : changeOverOf(change)),
      minStay: minStay?.[day] ?? otherwise.minStay,
      maxStay: Math.min(maxStay?.[day] ?? otherwise.maxStay, LONGEST_STAY),
    };
  });
  return { days, otherwise };
}

/** What the document says of days without an entry; the platform's own defaults are open, arrival and departure allowed. */
function defaultsOf(unit: XmlNode): UnitCalendar['otherwise'] {
  const open = textOf(unit, 'availabilityDefault') ?? 'Y';
  const change = textOf(unit, 'changeOverDefault') ?? 'C';
  if (!/^[YN]$/.test(open)) throw new RuleBroken('availability_invalid', `default "${open}"`);
  if (!/^[CIOX]$/.test(change)) throw new RuleBroken('changeover_invalid', `default "${change}"`);
  const [minStay = 0] = numbers(unit, 'minStayDefault', 1) ?? [];
  const [maxStay = LONGEST_STAY] = numbers(unit, 'maxStayDefault', 1) ?? [];
  return { units: open === 'Y' ? 1 : 0, ...changeOverOf(change), minStay, maxStay };
}

function changeOverOf(letter: string): Pick<CalendarDay, 'arrival' | 'departure'> {
  return { arrival: 'CI'.includes(letter), departure: 'CO'.includes(letter) };
}

function changesOf({ arrival, departure }: UnitCalendar['otherwise']) {
  return { arrival, departure };
}

/** @throws RuleBroken */
export function readRateTable(root: XmlNode): RateTable {
  const rate = only(root, 'lodgingRate');
  const currency = textOf(rate, 'currency') ?? '';
  if (!/^[A-Z]{3}$/.test(currency)) throw new RuleBroken('currency_invalid', currency);
  checkTerms(rate);
  const nightly = only(rate, 'nightlyRates');
  const standard = WEEKDAYS.map((day) => {
    const text = textOf(nightly, day);
    if (text === undefined) throw new RuleBroken('weekday_missing', day);
    return amount(text, currency);
  });
  const overrides = new Map<Night, number>();
  const named = childrenOf(nightly, 'nightlyOverrides').flatMap((one) =>
    childrenOf(one, 'override'),
  );
  for (const override of named) {
    const price = amount(textOf(override, 'amount') ?? '', currency);
    for (const range of childrenOf(only(override, 'nights'), 'range')) {
      const first = readDate(textOf(range, 'min'));
      const last = readDate(textOf(range, 'max'));
      if (first === undefined || last === undefined || last < first)
        throw new RuleBroken('range_invalid', `rates from ${first ?? '?'} to ${last ?? '?'}`);
      if (daysFrom(first, last) >= RANGE_DAYS_MAX)
        throw new RuleBroken('range_too_long', `rates of ${daysFrom(first, last) + 1} nights`);
      for (const night of nightsBetween(first, plusDays(last, 1))) overrides.set(night, price);
    }
  }
  return { id: textOf(rate, 'externalId') || 'nightly', currency, overrides, standard };
}

function only(node: XmlNode, name: string): XmlNode {
  const [found] = childrenOf(node, name);
  if (!found) throw new RuleBroken('document_invalid', `${name} is missing`);
  return found;
}

function amount(text: string, currency: string): number {
  const minor = /^\d+(\.\d+)?$/.test(text) ? minorOf(text, currency) : undefined;
  if (minor === undefined || minor <= 0)
    throw new RuleBroken('amount_invalid', `"${text}" ${currency}`);
  return minor;
}

/** One letter a day; undefined: the list is left out, so the default of each day holds. */
function letters(
  lists: XmlNode,
  name: string,
  length: number,
  known: string,
  rule: 'availability_invalid' | 'changeover_invalid',
): string | undefined {
  const text = textOf(lists, name);
  if (text === undefined) return undefined;
  if (text.length !== length)
    throw new RuleBroken('list_length', `${name}: ${text.length} for ${length} days`);
  const wrong = [...text].find((letter) => !known.includes(letter));
  if (wrong !== undefined) throw new RuleBroken(rule, `"${wrong}" in ${name}`);
  return text;
}

/** Numbers 0 to 999, with commas between. */
function numbers(lists: XmlNode, name: string, length: number): number[] | undefined {
  const text = textOf(lists, name);
  if (text === undefined) return undefined;
  const parts = text.split(',');
  if (parts.length !== length)
    throw new RuleBroken('list_length', `${name}: ${parts.length} for ${length} days`);
  const wrong = parts.find((part) => !/^\d{1,3}$/.test(part));
  if (wrong !== undefined) throw new RuleBroken('number_invalid', `"${wrong}" in ${name}`);
  return parts.map(Number);
}

/** Price of a night, minor units. */
export function priceOf(table: RateTable, night: Night): number | null {
  const weekday = new Date(`${night}T00:00:00Z`).getUTCDay();
  return table.overrides.get(night) ?? table.standard[weekday] ?? null;
}
