import { ParityError } from './errors.ts';
import { checkTexts, checkTime } from './event-values.ts';
import type { PmsEvent } from './generated/types.ts';
import type { PmsEventType, PmsFact, PmsFactOf, PmsPayloads } from './pms-fact.ts';
import { checkOrigin, checkPayload } from './pms-payloads.ts';

export type { PmsEventType, PmsFact, PmsFactOf, PmsPayloads };

/** Union branch of each event type. */
export const PMS_BRANCHES = {
  'booking.confirmed': 'parity.pms.BookingConfirmed',
  'booking.cancelled': 'parity.pms.BookingCancelled',
  'booking.updated': 'parity.pms.BookingUpdated',
  'availability.updated': 'parity.pms.AvailabilityUpdated',
  'pricing.updated': 'parity.pms.PricingUpdated',
  'restrictions.updated': 'parity.pms.RestrictionsUpdated',
  'property.updated': 'parity.pms.PropertyUpdated',
  'calendar.snapshot': 'parity.pms.CalendarSnapshot',
} as const satisfies Record<PmsEventType, string>;

/**
 * What a decoded event says, when it makes sense by itself.
 * @param key Key of its record.
 * @throws ParityError EVENT_WITHOUT_SEQUENCE, EVENT_TYPE_MISMATCH, EVENT_DATES_INVALID, EVENT_VALUE_INVALID or EVENT_KEY_MISMATCH.
 */
export function factOf(event: PmsEvent, key: string): PmsFact {
  if (event.sequence === null)
    throw new ParityError('EVENT_WITHOUT_SEQUENCE', `The event ${event.event_id} has no sequence`);
  if (event.sequence < 1)
    throw new ParityError('EVENT_VALUE_INVALID', `The sequence ${event.sequence} is below 1`);
  const [branch, payload] = Object.entries(event.payload)[0] as [string, PmsFact['payload']];
  const type = event.event_type as PmsEventType;
  if (!Object.hasOwn(PMS_BRANCHES, type) || PMS_BRANCHES[type] !== branch)
    throw new ParityError(
      'EVENT_TYPE_MISMATCH',
      `event_type is "${event.event_type.slice(0, 50)}", the payload is ${branch}`,
    );
  if (key !== event.property_id)
    throw new ParityError(
      'EVENT_KEY_MISMATCH',
      `The key is "${key.slice(0, 50)}", the property is ${event.property_id}`,
    );
  if (payload.property_id !== event.property_id)
    throw new ParityError(
      'EVENT_KEY_MISMATCH',
      `The payload is about ${payload.property_id}, the event about ${event.property_id}`,
    );
  checkTexts(event);
  checkTime(event.occurred_at, 'occurred_at');
  if (event.origin !== null) checkOrigin(event.origin, 'origin');
  const { event_id, tenant_id, property_id, sequence, occurred_at, origin } = event;
  const fact = {
    type,
    payload,
    event_id,
    tenant_id,
    property_id,
    sequence,
    occurred_at,
    origin,
  } as PmsFact;
  checkPayload(fact);
  return fact;
}

/** The record value of a fact: the inverse of `factOf`. */
export function eventOf(fact: PmsFact): PmsEvent {
  const { type, payload, event_id, tenant_id, property_id, sequence, occurred_at, origin } = fact;
  const wrapped = { [PMS_BRANCHES[type]]: payload } as unknown as PmsEvent['payload'];
  return {
    event_id,
    event_type: type,
    tenant_id,
    property_id,
    sequence,
    occurred_at,
    origin,
    payload: wrapped,
  };
}
