import type { Environment } from '../runtime/ports.ts';
import type { BookingId, PropertyId, TenantId } from '../schemas/domain/ids.ts';
import type { DateRange, PlainDate } from '../schemas/domain/plain-date.ts';
import { ParityError } from '../schemas/errors.ts';
import type { PmsEvent, RestrictionSet } from '../schemas/generated/types.ts';
import {
  type BookingRow,
  type BookingsTransaction,
  holdsNights,
  overlaps,
} from './ports/bookings.ts';
import { eventMessage, type MessageContext } from './ports/outbox.ts';
import type { DirectBooking, PmsDesk, PropertyRegistration } from './ports/pms-desk.ts';

/**
 * What the desk does to the tables; the rules stand in this file, once for both implementations. A booking's event comes before its row:
 * the row may promote a waiting booking, whose event is the later one.
 */
export interface DeskTransaction
  extends Pick<BookingsTransaction, 'nextSequence' | 'occupancy' | 'append'> {
  saveTenant(name: string): Promise<void>;
  saveProperty(property: PropertyRegistration): Promise<void>;
  saveBooking(row: BookingRow): Promise<void>;
  setBlocked(propertyId: PropertyId, nights: DateRange, blocked: boolean): Promise<void>;
  setPrice(
    propertyId: PropertyId,
    nights: DateRange,
    currency: string,
    amount: number | null,
  ): Promise<void>;
  setRestrictions(
    propertyId: PropertyId,
    nights: DateRange,
    restrictions: RestrictionSet,
  ): Promise<void>;
}

export interface DeskTransactions {
  run<T>(tenantId: TenantId, work: (tx: DeskTransaction) => Promise<T>): Promise<T>;
}

/** Later than any date: no booking is read for its nights. */
const NEVER = '9999-12-31' as PlainDate;

export function createDesk(
  transactions: DeskTransactions,
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
): PmsDesk {
  function event(
    tenantId: TenantId,
    propertyId: PropertyId,
    sequence: number,
    type: string,
    payload: PmsEvent['payload'],
    context: MessageContext | undefined,
  ) {
    return eventMessage(
      {
        event_id: random.uuid(),
        event_type: type,
        tenant_id: tenantId,
        property_id: propertyId,
        sequence,
        occurred_at: Math.floor(clock.now()),
        origin: null,
        payload,
      },
      context,
    );
  }

  /** Most desk work: raise the counter, change rows, publish one event. */
  function fact(
    tenantId: TenantId,
    propertyId: PropertyId,
    type: string,
    payload: PmsEvent['payload'],
    context: MessageContext | undefined,
    change: (tx: DeskTransaction) => Promise<void>,
  ): Promise<void> {
    return transactions.run(tenantId, async (tx) => {
      const sequence = await tx.nextSequence(propertyId);
      await change(tx);
      await tx.append([event(tenantId, propertyId, sequence, type, payload, context)]);
    });
  }

  return {
    registerTenant: (tenantId, name) => transactions.run(tenantId, (tx) => tx.saveTenant(name)),

    registerProperty: (tenantId, property, context) =>
      transactions.run(tenantId, async (tx) => {
        await tx.saveProperty(property);
        const sequence = await tx.nextSequence(property.id);
        const payload = { 'parity.pms.PropertyUpdated': propertyPayload(property) };
        await tx.append([
          event(tenantId, property.id, sequence, 'property.updated', payload, context),
        ]);
      }),

    book: (tenantId, booking, context) =>
      transactions.run(tenantId, async (tx) => {
        const sequence = await tx.nextSequence(booking.propertyId);
        const { bookings } = await tx.occupancy([booking.propertyId], booking.checkIn, [
          booking.id,
        ]);
        if (bookings.some((other) => other.id === booking.id))
          throw new ParityError('EVENT_VALUE_INVALID', `Booking ${booking.id} exists already`);
        if (bookings.some((other) => overlaps(other, booking))) return 'overlap';
        await tx.saveBooking(directRow(booking));
        const payload = {
          'parity.pms.BookingConfirmed': {
            booking_id: booking.id,
            property_id: booking.propertyId,
            check_in: booking.checkIn,
            check_out: booking.checkOut,
          },
        };
        await tx.append([
          event(tenantId, booking.propertyId, sequence, 'booking.confirmed', payload, context),
        ]);
        return 'booked';
      }),

    move: (tenantId, bookingId, stay, context) =>
      transactions.run(tenantId, async (tx) => {
        const found = await findLive(tx, bookingId);
        if (found === undefined) return 'unknown';
        const { booking, sequence } = found;
        const { bookings } = await tx.occupancy([booking.propertyId], stay.checkIn, []);
        if (bookings.some((other) => other.id !== bookingId && overlaps(other, stay)))
          return 'overlap';
        const payload = {
          'parity.pms.BookingUpdated': {
            booking_id: bookingId,
            property_id: booking.propertyId,
            old_dates: { start: booking.checkIn, end: booking.checkOut },
            new_dates: { start: stay.checkIn, end: stay.checkOut },
          },
        };
        await tx.append([
          event(tenantId, booking.propertyId, sequence, 'booking.updated', payload, context),
        ]);
        await tx.saveBooking({ ...booking, ...stay });
        return 'moved';
      }),

    cancel: (tenantId, bookingId, context) =>
      transactions.run(tenantId, async (tx) => {
        const found = await findLive(tx, bookingId);
        if (found === undefined) return 'unknown';
        const { booking, sequence } = found;
        const payload = {
          'parity.pms.BookingCancelled': {
            booking_id: bookingId,
            property_id: booking.propertyId,
            check_in: booking.checkIn,
            check_out: booking.checkOut,
          },
        };
        await tx.append([
          event(tenantId, booking.propertyId, sequence, 'booking.cancelled', payload, context),
        ]);
        await tx.saveBooking({ ...booking, status: 'cancelled' });
        return 'cancelled';
      }),

    block: (tenantId, propertyId, nights, blocked, context) => {
      const payload = {
        'parity.pms.AvailabilityUpdated': {
          property_id: propertyId,
          date_range: nights,
          available: !blocked,
          block_id: null,
          expires_at: null,
          reason: null,
        },
      };
      return fact(tenantId, propertyId, 'availability.updated', payload, context, (tx) =>
        tx.setBlocked(propertyId, nights, blocked),
      );
    },

    price: (tenantId, propertyId, nights, currency, amount, context) => {
      const spans = amount === null ? [] : [{ ...nights, amount }];
      const payload = {
        'parity.pms.PricingUpdated': {
          property_id: propertyId,
          date_range: nights,
          currency,
          new_prices: spans,
        },
      };
      return fact(tenantId, propertyId, 'pricing.updated', payload, context, (tx) =>
        tx.setPrice(propertyId, nights, currency, amount),
      );
    },

    restrict: (tenantId, propertyId, nights, restrictions, context) => {
      const payload = {
        'parity.pms.RestrictionsUpdated': {
          property_id: propertyId,
          date_range: nights,
          restrictions,
        },
      };
      return fact(tenantId, propertyId, 'restrictions.updated', payload, context, (tx) =>
        tx.setRestrictions(propertyId, nights, restrictions),
      );
    },
  };
}

/** A booking that holds nights, read again once its property's counter is held. */
async function findLive(
  tx: DeskTransaction,
  id: BookingId,
): Promise<{ booking: BookingRow; sequence: number } | undefined> {
  const [seen] = (await tx.occupancy([], NEVER, [id])).bookings;
  if (seen === undefined) return undefined;
  const sequence = await tx.nextSequence(seen.propertyId);
  const [booking] = (await tx.occupancy([], NEVER, [id])).bookings;
  return booking !== undefined &&
    booking.propertyId === seen.propertyId &&
    holdsNights(booking.status)
    ? { booking, sequence }
    : undefined;
}

function propertyPayload(property: PropertyRegistration) {
  return {
    property_id: property.id,
    name: property.name,
    time_zone: property.timeZone,
    currency: property.currency,
    max_guests: property.maxGuests,
    address: null,
    fees: [],
    taxes: [],
    landing_url: null,
  };
}

function directRow(booking: DirectBooking): BookingRow {
  return {
    id: booking.id,
    propertyId: booking.propertyId,
    source: 'direct',
    channelBookingId: null,
    channelGuestId: null,
    channelData: {},
    status: 'confirmed',
    checkIn: booking.checkIn,
    checkOut: booking.checkOut,
    guestFirstName: null,
    guestLastName: booking.guestLastName ?? null,
    guestEmail: null,
    guestPhone: null,
    guestCountry: null,
    adults: 1,
    children: 0,
    currency: null,
    totalMinor: null,
    paymentKind: 'unknown',
    specialRequests: null,
  };
}
