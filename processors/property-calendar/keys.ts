import type { PlainMonth } from '../../schemas/domain/plain-date.ts';

/** Where a register of `property.calendar` lies. A property id is a UUID, so it holds no slash; other ids may. */
export type CalendarKey =
  | { readonly kind: 'booking' | 'block'; readonly propertyId: string; readonly id: string }
  | { readonly kind: 'month'; readonly propertyId: string; readonly month: PlainMonth }
  | { readonly kind: 'about'; readonly propertyId: string };

export function bookingKey(propertyId: string, bookingId: string): string {
  return `${propertyId}/booking/${bookingId}`;
}

export function blockKey(propertyId: string, blockId: string): string {
  return `${propertyId}/block/${blockId}`;
}

export function monthKey(propertyId: string, month: PlainMonth): string {
  return `${propertyId}/${month}`;
}

export function aboutKey(propertyId: string): string {
  return `${propertyId}/about`;
}

/** The parts of a key; undefined for one that is no register (an epoch record). */
export function parseCalendarKey(key: string): CalendarKey | undefined {
  const slash = key.indexOf('/');
  if (slash < 1) return undefined;
  const propertyId = key.slice(0, slash);
  const rest = key.slice(slash + 1);
  if (rest === 'about') return { kind: 'about', propertyId };
  if (/^\d{4}-\d{2}$/.test(rest)) return { kind: 'month', propertyId, month: rest as PlainMonth };
  if (rest.startsWith('booking/')) return { kind: 'booking', propertyId, id: rest.slice(8) };
  if (rest.startsWith('block/')) return { kind: 'block', propertyId, id: rest.slice(6) };
  return undefined;
}
