import { aboutKey, bookingKey, monthKey } from '../../processors/property-calendar/keys.ts';
import type { BookingId, ChannelType, PropertyId } from '../../schemas/domain/ids.ts';
import {
  dateAt,
  daysIn,
  firstOf,
  nextMonth,
  type PlainMonth,
} from '../../schemas/domain/plain-date.ts';
import type { MonthRegister, PropertyCalendarEntry } from '../../schemas/generated/types.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { PreparedRecord } from '../bulk.ts';
import { prepared } from './prepared.ts';
import {
  CURRENCY,
  connectionOf,
  numbered,
  type PlacedProperty,
  TENANT,
  TIME_ZONE,
} from './properties.ts';

type Register = PropertyCalendarEntry['entry'];

/** Sequence of the facts that were there before; bookings come after them. */
const FIRST_SEQUENCE = 1;
const NIGHT_PRICE = 12_000;
/** Day of the month, from 0, on which the stay of a booking begins. */
const CHECK_IN_DAY = 9;
const STAY_NIGHTS = 3;

/** Consecutive months, the first one included. */
export function monthsFrom(first: PlainMonth, count: number): PlainMonth[] {
  const months = [first];
  while (months.length < count) months.push(nextMonth(months.at(-1) ?? first));
  return months;
}

/** Calendars of properties that are on sale with prices in all the given months, and nothing booked. */
export function openCalendars(
  serde: Serde,
  properties: readonly PlacedProperty[],
  months: readonly PlainMonth[],
): PreparedRecord[] {
  const first = months[0];
  if (first === undefined) return [];
  return properties.flatMap(({ propertyId, partition }) => {
    const entry = (key: string, register: Register) =>
      prepared(serde, 'property.calendar', partition, key, calendarEntry(propertyId, register));
    return [
      entry(aboutKey(propertyId), { 'parity.tables.AboutRegister': about(propertyId, first) }),
      ...months.map((month) =>
        entry(monthKey(propertyId, month), { 'parity.tables.MonthRegister': openMonth(month) }),
      ),
    ];
  });
}

/** The connection of each property. */
export function connections(
  serde: Serde,
  properties: readonly PlacedProperty[],
  channel: ChannelType,
): PreparedRecord[] {
  return properties.map(({ propertyId, partition }) => {
    const connection = connectionOf(propertyId, channel);
    return prepared(serde, 'channel.connections', partition, connection.connection_id, connection);
  });
}

/** A booking of some nights in each of the months: each changes one page of the property's connection, and no page changes twice. */
export function bookingRegisters(
  serde: Serde,
  properties: readonly PlacedProperty[],
  months: readonly PlainMonth[],
): PreparedRecord[] {
  const records: PreparedRecord[] = [];
  for (const [at, month] of months.entries()) {
    for (const { propertyId, partition } of properties) {
      const bookingId = numbered('b0000000', records.length + 1) as BookingId;
      const register: Register = {
        'parity.tables.BookingRegister': {
          booking_id: bookingId,
          pms: {
            sequence: FIRST_SEQUENCE + at + 1,
            live: true,
            check_in: dateAt(month, CHECK_IN_DAY),
            check_out: dateAt(month, CHECK_IN_DAY + STAY_NIGHTS),
          },
          channel: null,
          left: [],
        },
      };
      const key = bookingKey(propertyId, bookingId);
      const value = calendarEntry(propertyId, register);
      records.push(prepared(serde, 'property.calendar', partition, key, value));
    }
  }
  return records;
}

function calendarEntry(propertyId: PropertyId, entry: Register): PropertyCalendarEntry {
  return { tenant_id: TENANT, property_id: propertyId, entry };
}

function about(propertyId: PropertyId, first: PlainMonth) {
  return {
    sequence: FIRST_SEQUENCE,
    property: {
      property_id: propertyId,
      name: 'Haus am See',
      time_zone: TIME_ZONE,
      currency: CURRENCY,
      max_guests: 4,
      address: null,
      fees: [],
      taxes: [],
      landing_url: null,
      content: null,
    },
    snapshots: [{ first_date: firstOf(first), sequence: FIRST_SEQUENCE }],
  };
}

function openMonth(month: PlainMonth): MonthRegister {
  const days = Array.from({ length: daysIn(month) });
  const sequence = FIRST_SEQUENCE;
  return {
    month,
    blocks: days.map(() => ({ sequence, closed: false })),
    prices: days.map(() => ({ sequence, amount: NIGHT_PRICE, currency: CURRENCY })),
    restrictions: days.map(() => ({
      sequence,
      set: {
        min_stay_arrival: 2,
        min_stay_through: null,
        max_stay: null,
        closed_to_arrival: false,
        closed_to_departure: false,
      },
    })),
  };
}
