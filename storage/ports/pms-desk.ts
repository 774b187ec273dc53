import type { BookingId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { DateRange, PlainDate } from '../../schemas/domain/plain-date.ts';
import type { PropertyUpdated, RestrictionSet } from '../../schemas/generated/types.ts';
import type { MessageContext } from './outbox.ts';

/**
 * A small PMS over the assumed tables: what a front desk does, each a transaction with its row, its sequence and its event. PMS-Core has its
 * own; the PMS simulator and the deterministic simulation use this one.
 * @throws ParityError EVENT_VALUE_INVALID for a property that the tenant does not have; DATABASE_UNAVAILABLE.
 */
export interface PmsDesk {
  /** A tenant and its properties, made or changed; each property is an event `property.updated`. */
  registerTenant(tenantId: TenantId, name: string): Promise<void>;
  registerProperty(
    tenantId: TenantId,
    property: PropertyRegistration,
    context?: MessageContext,
  ): Promise<void>;
  /** A direct booking; refused when it overlaps one that holds its nights. */
  book(
    tenantId: TenantId,
    booking: DirectBooking,
    context?: MessageContext,
  ): Promise<'booked' | 'overlap'>;
  /** Moves any booking, a channel's too: its channel is not told by this. */
  move(
    tenantId: TenantId,
    bookingId: BookingId,
    stay: { readonly checkIn: PlainDate; readonly checkOut: PlainDate },
    context?: MessageContext,
  ): Promise<'moved' | 'overlap' | 'unknown'>;
  cancel(
    tenantId: TenantId,
    bookingId: BookingId,
    context?: MessageContext,
  ): Promise<'cancelled' | 'unknown'>;
  block(
    tenantId: TenantId,
    propertyId: PropertyId,
    nights: DateRange,
    blocked: boolean,
    context?: MessageContext,
  ): Promise<void>;
  /** One price for every night; null: no price any more. Minor units. */
  price(
    tenantId: TenantId,
    propertyId: PropertyId,
    nights: DateRange,
    currency: string,
    amount: number | null,
    context?: MessageContext,
  ): Promise<void>;
  restrict(
    tenantId: TenantId,
    propertyId: PropertyId,
    nights: DateRange,
    restrictions: RestrictionSet,
    context?: MessageContext,
  ): Promise<void>;
}

export interface PropertyRegistration {
  readonly id: PropertyId;
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly maxGuests: number;
  /** What platforms want besides, in the shapes of the event; what is left out is not said. */
  readonly details?: Partial<PropertyDetails>;
}

export type PropertyDetails = Pick<
  PropertyUpdated,
  'address' | 'fees' | 'taxes' | 'landing_url' | 'content'
>;

export interface DirectBooking {
  readonly id: BookingId;
  readonly propertyId: PropertyId;
  readonly checkIn: PlainDate;
  readonly checkOut: PlainDate;
  readonly guestLastName?: string;
}
