import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { daysBetween, firstOf, nextMonth } from '../../schemas/domain/plain-date.ts';
import type { BookingRegister, PropertyCalendarEntry } from '../../schemas/generated/types.ts';
import { parseCalendarKey } from '../property-calendar/keys.ts';

/** Retention of `pms.events`: that long an old event may come again and must meet the register that outdates it. */
const EVENT_RETENTION_DAYS = 90;

/** Whether a register speaks of no night any more that an event still in the log could touch. `today` is the UTC date. */
export function isExpired(value: PropertyCalendarEntry, today: PlainDate): boolean {
  const end = lastEnd(value.entry);
  return end !== null && daysBetween(end, today) > EVENT_RETENTION_DAYS;
}

/** The same by the key alone where it tells, so that a sweep need not decode; null: look at the value. */
export function isExpiredKey(key: string, today: PlainDate): boolean | null {
  const parts = parseCalendarKey(key);
  if (parts === undefined || parts.kind === 'about') return false;
  if (parts.kind !== 'month') return null;
  return daysBetween(firstOf(nextMonth(parts.month)), today) > EVENT_RETENTION_DAYS;
}

/** The day after the last night that a register speaks of; null: it never ends. */
function lastEnd(entry: PropertyCalendarEntry['entry']): PlainDate | null {
  if ('parity.tables.BookingRegister' in entry)
    return endOfBooking(entry['parity.tables.BookingRegister']);
  if ('parity.tables.BlockRegister' in entry) return entry['parity.tables.BlockRegister'].end;
  if ('parity.tables.MonthRegister' in entry)
    return firstOf(nextMonth(entry['parity.tables.MonthRegister'].month));
  return null;
}

function endOfBooking({ pms, channel, left }: BookingRegister): PlainDate | null {
  const ends = left.map((nights) => nights.end);
  if (pms) ends.push(pms.check_out);
  if (channel) ends.push(channel.check_out);
  return ends.reduce<PlainDate | null>((last, end) => (last && last > end ? last : end), null);
}
