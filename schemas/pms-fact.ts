import type { PropertyId, TenantId } from './domain/ids.ts';
import type {
  AvailabilityUpdated,
  BookingCancelled,
  BookingConfirmed,
  BookingUpdated,
  CalendarSnapshot,
  Origin,
  PricingUpdated,
  PropertyUpdated,
  RestrictionsUpdated,
} from './generated/types.ts';

/** Payload of each event type of the PMS. */
export interface PmsPayloads {
  readonly 'booking.confirmed': BookingConfirmed;
  readonly 'booking.cancelled': BookingCancelled;
  readonly 'booking.updated': BookingUpdated;
  readonly 'availability.updated': AvailabilityUpdated;
  readonly 'pricing.updated': PricingUpdated;
  readonly 'restrictions.updated': RestrictionsUpdated;
  readonly 'property.updated': PropertyUpdated;
  readonly 'calendar.snapshot': CalendarSnapshot;
}

export type PmsEventType = keyof PmsPayloads;

/** A valid event of the PMS; `type` says which payload it has. */
export type PmsFact = { readonly [Type in PmsEventType]: PmsFactOf<Type> }[PmsEventType];

export interface PmsFactOf<Type extends PmsEventType> {
  readonly type: Type;
  readonly payload: PmsPayloads[Type];
  readonly event_id: string;
  readonly tenant_id: TenantId;
  readonly property_id: PropertyId;
  /** At least 1; decides alone which of two facts about the property is newer. */
  readonly sequence: number;
  /** ms since the epoch. */
  readonly occurred_at: number;
  readonly origin: Origin | null;
}
