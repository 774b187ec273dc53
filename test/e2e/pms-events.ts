import { randomUUID } from 'node:crypto';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { addDays, dateIn } from '../../schemas/domain/plain-date.ts';
import type { PmsEvent, PropertyUpdated } from '../../schemas/generated/types.ts';

export interface Subject {
  readonly tenantId: string;
  readonly propertyId: string;
}

/** Days from today, where the homes of the tests are. */
export function day(days: number): PlainDate {
  return addDays(dateIn('Europe/Berlin', Date.now()), days);
}

/** Events of `pms.events`, built by hand as another system would. */
export function pmsEvent(
  { tenantId, propertyId }: Subject,
  sequence: number | null,
  event_type: string,
  payload: PmsEvent['payload'],
): PmsEvent {
  return {
    event_id: randomUUID(),
    event_type,
    tenant_id: tenantId as TenantId,
    property_id: propertyId as PropertyId,
    sequence,
    occurred_at: Date.now(),
    origin: null,
    payload,
  };
}

export function confirmed(
  subject: Subject,
  sequence: number | null,
  first: number,
  end: number,
  event_type = 'booking.confirmed',
): PmsEvent {
  return pmsEvent(subject, sequence, event_type, {
    'parity.pms.BookingConfirmed': {
      booking_id: `b-${sequence}`,
      property_id: subject.propertyId as PropertyId,
      check_in: day(first),
      check_out: day(end),
    },
  } as unknown as PmsEvent['payload']);
}

export function described(
  subject: Subject,
  sequence: number,
  changes: Partial<PropertyUpdated> = {},
): PmsEvent {
  return pmsEvent(subject, sequence, 'property.updated', {
    'parity.pms.PropertyUpdated': {
      property_id: subject.propertyId as PropertyId,
      name: 'A home of a test',
      time_zone: 'Europe/Berlin',
      currency: 'EUR',
      max_guests: 4,
      address: null,
      fees: [],
      taxes: [],
      landing_url: null,
      content: null,
      ...changes,
    },
  });
}

/** Nothing booked, one price for a year. */
export function snapshot(
  subject: Subject,
  sequence: number,
  currency: string,
  amount: number,
): PmsEvent {
  return pmsEvent(subject, sequence, 'calendar.snapshot', {
    'parity.pms.CalendarSnapshot': {
      property_id: subject.propertyId as PropertyId,
      first_date: day(-1),
      currency,
      bookings: [],
      blocks: [],
      prices: [{ start: day(-1), end: day(365), amount }],
      restrictions: [],
    },
  });
}

export function priced(
  subject: Subject,
  sequence: number,
  first: number,
  end: number,
  amount: number,
): PmsEvent {
  const range = { start: day(first), end: day(end) };
  return pmsEvent(subject, sequence, 'pricing.updated', {
    'parity.pms.PricingUpdated': {
      property_id: subject.propertyId as PropertyId,
      date_range: range,
      currency: 'EUR',
      new_prices: [{ ...range, amount }],
    },
  });
}
