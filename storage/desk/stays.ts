import type { BookingId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import { type BookingRow, holdsNights, overlaps } from '../ports/bookings.ts';
import type { MessageContext } from '../ports/outbox.ts';
import type { DirectBooking, PmsDesk } from '../ports/pms-desk.ts';
import { type DeskPorts, deskEvent } from './event.ts';
import type { DeskTransaction } from './transaction.ts';

/** Later than any date: no booking is read for its nights. */
const NEVER = '9999-12-31' as PlainDate;

/** One call of the desk about a stay, in its transaction. */
interface Call {
  readonly ports: DeskPorts;
  readonly tx: DeskTransaction;
  readonly tenantId: TenantId;
  readonly context: MessageContext | undefined;
}

/** What the desk does to stays. */
export function staysDesk(ports: DeskPorts): Pick<PmsDesk, 'book' | 'move' | 'cancel'> {
  const { transactions } = ports;
  return {
    book: (tenantId, booking, context) =>
      transactions.run(tenantId, (tx) => book({ ports, tx, tenantId, context }, booking)),
    move: (tenantId, bookingId, stay, context) =>
      transactions.run(tenantId, (tx) => move({ ports, tx, tenantId, context }, bookingId, stay)),
    cancel: (tenantId, bookingId, context) =>
      transactions.run(tenantId, (tx) => cancel({ ports, tx, tenantId, context }, bookingId)),
  };
}

async function book(
  { ports, tx, tenantId, context }: Call,
  booking: DirectBooking,
): Promise<'booked' | 'overlap'> {
  const { id, propertyId, checkIn, checkOut } = booking;
  const sequence = await tx.nextSequence(propertyId);
  const { bookings } = await tx.occupancy([propertyId], checkIn, [id]);
  if (bookings.some((other) => other.id === id))
    throw new ParityError('EVENT_VALUE_INVALID', `Booking ${id} exists already`);
  if (bookings.some((other) => overlaps(other, booking))) return 'overlap';
  await tx.saveBooking(directRow(booking));
  const payload = {
    'parity.pms.BookingConfirmed': {
      booking_id: id,
      property_id: propertyId,
      check_in: checkIn,
      check_out: checkOut,
    },
  };
  const fact = { tenantId, propertyId, type: 'booking.confirmed', payload, context };
  await tx.append([deskEvent(ports, fact, sequence)]);
  return 'booked';
}

async function move(
  { ports, tx, tenantId, context }: Call,
  bookingId: BookingId,
  stay: { readonly checkIn: PlainDate; readonly checkOut: PlainDate },
): Promise<'moved' | 'overlap' | 'unknown'> {
  const found = await findLive(tx, bookingId);
  if (found === undefined) return 'unknown';
  const { booking, sequence } = found;
  const { propertyId } = booking;
  const { bookings } = await tx.occupancy([propertyId], stay.checkIn, []);
  if (bookings.some((other) => other.id !== bookingId && overlaps(other, stay))) return 'overlap';
  const payload = {
    'parity.pms.BookingUpdated': {
      booking_id: bookingId,
      property_id: propertyId,
      old_dates: { start: booking.checkIn, end: booking.checkOut },
      new_dates: { start: stay.checkIn, end: stay.checkOut },
    },
  };
  const fact = { tenantId, propertyId, type: 'booking.updated', payload, context };
  await tx.append([deskEvent(ports, fact, sequence)]);
  await tx.saveBooking({ ...booking, ...stay });
  return 'moved';
}

async function cancel(
  { ports, tx, tenantId, context }: Call,
  bookingId: BookingId,
): Promise<'cancelled' | 'unknown'> {
  const found = await findLive(tx, bookingId);
  if (found === undefined) return 'unknown';
  const { booking, sequence } = found;
  const { propertyId } = booking;
  const payload = {
    'parity.pms.BookingCancelled': {
      booking_id: bookingId,
      property_id: propertyId,
      check_in: booking.checkIn,
      check_out: booking.checkOut,
    },
  };
  const fact = { tenantId, propertyId, type: 'booking.cancelled', payload, context };
  await tx.append([deskEvent(ports, fact, sequence)]);
  await tx.saveBooking({ ...booking, status: 'cancelled' });
  return 'cancelled';
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
