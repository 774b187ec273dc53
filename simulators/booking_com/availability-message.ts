import { daysFrom, minorOf, type Night, nightsBetween, plusDays, readDate } from '../dates.ts';
import type { FieldGroup } from '../faults.ts';
import type { RoomValues } from '../hotels/room.ts';
import { childrenOf, readXml, textOf, type XmlNode } from '../xml.ts';
import type { RateValues } from './hotel.ts';
import { type BookingComRule, type BookingComSettings, MAX_UPDATES } from './settings.ts';

/** One `<date>` of one `<room>`. Prices are still text: the currency is the hotel's. */
export interface Update {
  readonly room: string | null;
  readonly rate: string | null;
  readonly nights: readonly Night[];
  /** From after to, as written. */
  readonly reversed: boolean;
  readonly roomValues: RoomValues;
  readonly rateValues: RateValues;
  readonly price: string | null;
  readonly groups: ReadonlySet<FieldGroup>;
  /** Where the update is, in the platform's words. */
  readonly place: string;
}

export interface MessageFault {
  readonly rule: BookingComRule;
  readonly code: string;
  readonly message: string;
}

const WHOLE: Readonly<
  Record<string, readonly [key: keyof RateValues | 'roomsToSell' | 'ignored', max: number]>
> = {
  roomstosell: ['roomsToSell', 999],
  minimumstay: ['minStayThrough', 999],
  minimumstay_arrival: ['minStayArrival', 999],
  maximumstay: ['maxStay', 999],
  maximumstay_arrival: ['maxStay', 999],
  min_advance_res: ['ignored', 999_999],
  max_advance_res: ['ignored', 999_999],
};
const FLAGS: Readonly<Record<string, 'closed' | 'closedToArrival' | 'closedToDeparture'>> = {
  closed: 'closed',
  closedonarrival: 'closedToArrival',
  closedondeparture: 'closedToDeparture',
};

/**
 * Reads the message, as far as its schema goes: anything wrong here refuses it whole (HTTP 400).
 * @returns the updates in order of writing, or the fault
 */
export function readAvailability(
  body: string,
  settings: BookingComSettings,
): readonly Update[] | MessageFault {
  const document = readXml(body);
  if (document?.root !== 'request')
    return fault('malformed_xml', 'XML_MALFORMED', 'The XML cannot be read');
  const rooms = childrenOf(document.element, 'room');
  if (rooms.length === 0)
    return fault('room_element_required', 'ROOM_ELEMENT_REQUIRED', 'Room is missing');
  const updates: Update[] = [];
  for (const room of rooms) {
    for (const date of childrenOf(room, 'date')) {
      const update = readUpdate(textOf(room, '@id') || null, date, settings);
      if ('rule' in update) return update;
      updates.push(update);
    }
  }
  if (updates.length === 0) return fault('schema_invalid', 'SCHEMA_INVALID', 'A room needs a date');
  if (updates.length > MAX_UPDATES)
    return fault('too_many_updates', 'TOO_MANY_UPDATES', `More than ${MAX_UPDATES} updates`);
  return updates;
}

function readUpdate(
  room: string | null,
  date: XmlNode,
  settings: BookingComSettings,
): Update | MessageFault {
  const rates = childrenOf(date, 'rate');
  const span = readSpan(date, settings);
  if ('rule' in span) return span;
  if (rates.length > 1)
    return fault('schema_invalid', 'SCHEMA_INVALID', 'At most one rate per date');
  const rate = rates[0] ? (textOf(rates[0], '@id') ?? null) : null;
  const roomValues: Record<string, number | boolean> = {};
  const rateValues: Record<string, number | boolean> = {};
  const groups = new Set<FieldGroup>();
  let price: string | null = null;
  for (const name of Object.keys(date)) {
    if (name.startsWith('@') || name === '#text' || name === 'rate') continue;
    const text = textOf(date, name) ?? '';
    const [whole, flag] = [WHOLE[name], FLAGS[name]];
    if (whole) {
      if (!/^\d+$/.test(text) || Number(text) > whole[1])
        return fault('schema_invalid', 'SCHEMA_INVALID', `${name} '${text}' is no valid integer`);
      if (whole[0] === 'roomsToSell') roomValues.roomsToSell = Number(text);
      else if (whole[0] !== 'ignored') rateValues[whole[0]] = Number(text);
      groups.add(whole[0] === 'roomsToSell' ? 'availability' : 'restrictions');
    } else if (flag) {
      if (text !== '0' && text !== '1')
        return fault('schema_invalid', 'SCHEMA_INVALID', `${name} '${text}' must be 0 or 1`);
      (flag === 'closed' && rate === null ? roomValues : rateValues)[flag] = text === '1';
      groups.add(flag === 'closed' ? 'availability' : 'restrictions');
    } else if (name === 'price' || name === 'price1') {
      if (name === 'price') price = text;
      groups.add('price');
    } else {
      return fault('schema_invalid', 'SCHEMA_INVALID', `Element '${name}' is not known`);
    }
  }
  const place = `room '${room ?? ''}'${rate === null ? '' : `, rate '${rate}'`}, ${span.words}`;
  return {
    room,
    rate,
    nights: span.nights,
    reversed: span.reversed,
    roomValues,
    rateValues,
    price,
    groups,
    place,
  };
}

interface Span {
  readonly nights: readonly Night[];
  readonly reversed: boolean;
  readonly words: string;
}

function readSpan(date: XmlNode, settings: BookingComSettings): Span | MessageFault {
  const value = textOf(date, '@value');
  const written = value === undefined ? [textOf(date, '@from'), textOf(date, '@to')] : [value];
  const dates = written.map(readDate);
  const [first, last = first] = dates;
  if (first === undefined || last === undefined || dates.includes(undefined)) {
    return fault(
      'not_a_valid_date',
      'NOT_A_VALID_DATE',
      `'${written.join("' to '")}' is not a valid date`,
    );
  }
  const words = value === undefined ? `dates '${first}' to '${last}'` : `date '${first}'`;
  if (value !== undefined) return { nights: [first], reversed: false, words };
  const reversed = settings.rangeEnd === 'inclusive' ? first > last : first >= last;
  if (reversed || daysFrom(first, last) > 2_000) return { nights: [], reversed: true, words };
  const end = settings.rangeEnd === 'inclusive' ? plusDays(last, 1) : last;
  return { nights: nightsBetween(first, end), reversed: false, words };
}

/** The price in minor units; undefined when the platform refuses it. */
export function readPrice(
  text: string,
  currency: string,
  settings: BookingComSettings,
): number | undefined {
  const minor = /^\d+(\.\d{1,3})?$/.test(text) ? minorOf(text, currency) : undefined;
  if (minor === undefined || minor < settings.priceBounds.min || minor > settings.priceBounds.max)
    return undefined;
  return minor;
}

function fault(rule: BookingComRule, code: string, message: string): MessageFault {
  return { rule, code, message };
}
