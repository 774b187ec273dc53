import type { Reservation, RoomStay } from '../../schemas/generated/types.ts';
import type { BookingRow, BookingStatus, StayRow } from '../../storage/ports/bookings.ts';
import type { StayStep } from './room-stays.ts';

/** The booking that a held stay says, over what the PMS has of it. Three-way merges of what the PMS changed by itself belong here. */
export function heldBooking(
  step: StayStep,
  stay: RoomStay,
  reservation: Reservation,
  source: string,
  present: BookingRow | undefined,
): BookingRow {
  return bookingRow(step.after, stay, reservation, source, heldStatus(step, present));
}

function heldStatus(step: StayStep, present: BookingRow | undefined): BookingStatus {
  if (step.status === 'no_show') return 'no_show';
  // That the guest has arrived is the PMS's knowledge; a channel's revision does not undo it.
  return present?.status === 'checked_in' || present?.status === 'checked_out'
    ? present.status
    : 'confirmed';
}

/** The cancelled booking of a stay that ended; null: there is nothing to store. */
export function cancelledBooking(
  step: StayStep,
  reservation: Reservation,
  source: string,
  present: BookingRow | undefined,
): BookingRow | null {
  if (present !== undefined) return { ...present, status: 'cancelled' };
  // A request that came to nothing was never a booking.
  const wasBooking =
    step.status === 'cancelled' &&
    step.after.propertyId !== null &&
    step.after.checkOut > step.after.checkIn;
  if (!wasBooking || step.stay === undefined) return null;
  return bookingRow(step.after, step.stay, reservation, source, 'cancelled');
}

function bookingRow(
  row: StayRow,
  stay: RoomStay,
  reservation: Reservation,
  source: string,
  status: BookingStatus,
): BookingRow {
  const { guest } = reservation;
  if (row.propertyId === null) throw new Error(`Room stay ${row.roomStay} has no property`);
  return {
    id: row.bookingId,
    propertyId: row.propertyId,
    source,
    channelBookingId: row.channelBookingId,
    channelGuestId: guest.channel_guest_id,
    channelData: {
      reservation_id: reservation.reservation_id,
      room_stay: row.roomStay,
      listing: stay.listing,
      room_id: stay.room_id,
      rate_plan_id: stay.rate_plan_id,
      nightly_prices: stay.nightly_prices,
      reservation_total: reservation.total,
      taxes: reservation.taxes,
      commission: reservation.commission,
      revised_at: reservation.revised_at,
      payload: reservation.redacted_payload,
    },
    status,
    checkIn: row.checkIn,
    checkOut: row.checkOut,
    guestFirstName: guest.first_name,
    guestLastName: guest.last_name,
    guestEmail: guest.email,
    guestPhone: guest.phone,
    guestCountry: guest.country,
    adults: stay.adults,
    children: stay.children,
    currency: reservation.currency,
    totalMinor: stay.total ?? (reservation.room_stays.length === 1 ? reservation.total : null),
    paymentKind: reservation.payment_kind,
    specialRequests: reservation.special_requests,
  };
}
