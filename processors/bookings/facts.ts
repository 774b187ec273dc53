import type { ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import type { Origin, PmsEvent, Reservation } from '../../schemas/generated/types.ts';
import {
  type BookingRow,
  type ConflictRow,
  holdsNights,
  type StayRow,
} from '../../storage/ports/bookings.ts';
import type { StayStep } from './room-stays.ts';

/** An event without what its transaction adds: id, tenant, sequence and time. */
export interface Fact {
  readonly type: string;
  readonly propertyId: PropertyId;
  readonly origin: Origin | null;
  readonly payload: PmsEvent['payload'];
}

interface Stay extends Pick<BookingRow, 'checkIn' | 'checkOut'> {
  readonly bookingId: BookingRow['id'];
}

interface StepFacts {
  /** What closes nights; published first. */
  readonly closing: readonly Fact[];
  readonly freeing: readonly Fact[];
}

/**
 * The events of one room stay. A conflict has the same ones as a booking: it closes the other channels all the same. `present`: the row
 * of the booking or conflict before. `closesChannels`: the tenant wants pending requests to close its other channels.
 */
export function factsOf(
  step: StayStep,
  reservation: Reservation,
  present: BookingRow | undefined,
  closesChannels: boolean,
): StepFacts {
  const { before, after } = step;
  const closing: Fact[] = [];
  const freeing: Fact[] = [];
  const heldBefore =
    before?.state === 'held' && before.propertyId !== null && before.connectionId !== null;
  const stayed = heldBefore && after.state === 'held' && before.propertyId === after.propertyId;

  if (after.state === 'held' && after.propertyId !== null && after.connectionId !== null) {
    const origin = originOf(after.connectionId, step, reservation);
    closing.push(
      stayed
        ? updated(after.propertyId, origin, present ?? before, after)
        : confirmed(after.propertyId, origin, after),
    );
  }
  if (after.state === 'requested' && after.propertyId !== null && closesChannels)
    closing.push(requestBlock(after.propertyId, after, true));
  if (heldBefore && !stayed && before.propertyId !== null && before.connectionId !== null)
    freeing.push(
      cancelled(before.propertyId, originOf(before.connectionId, step, reservation), before),
    );
  if (
    before?.state === 'requested' &&
    before.propertyId !== null &&
    (after.state !== 'requested' || after.propertyId !== before.propertyId)
  )
    freeing.push(requestBlock(before.propertyId, before, false));
  if (!heldBefore && after.propertyId !== null && after.connectionId !== null && endsUnseen(step))
    // The channel held the nights for a while, and may have put them back on sale or not: its connection must settle them again.
    freeing.push(
      cancelled(after.propertyId, originOf(after.connectionId, step, reservation), after),
    );
  if (present !== undefined && isElsewhere(present, step))
    // The PMS alone has it there, so no channel has anything to settle.
    freeing.push(cancelled(present.propertyId, null, { ...present, bookingId: present.id }));
  return { closing, freeing };
}

/** The PMS had moved the booking to a property that its channel knows nothing of, and the revision takes it away from there. */
function isElsewhere(present: BookingRow, { before, after }: StayStep): boolean {
  return (
    holdsNights(present.status) &&
    present.propertyId !== before?.propertyId &&
    (present.propertyId !== after.propertyId || after.state !== 'held')
  );
}

/** A stay that we never held ends: cancelled before we saw it, or a request that came to nothing. */
function endsUnseen({ before, after, status }: StayStep): boolean {
  if (after.state !== 'released' || after.checkOut <= after.checkIn) return false;
  return before === undefined ? status === 'cancelled' : before.state === 'requested';
}

/** A waiting booking got its nights. */
export function promotion(conflict: ConflictRow): Fact {
  const { booking } = conflict;
  const origin = {
    connection_id: conflict.connectionId,
    reservation_id: conflict.reservationId,
    room_stay: conflict.roomStay,
    revised_at: conflict.revisedAt,
    channel_nights: null,
  };
  return confirmed(booking.propertyId, origin, {
    bookingId: booking.id,
    checkIn: booking.checkIn,
    checkOut: booking.checkOut,
  });
}

function originOf(connectionId: ConnectionId, step: StayStep, reservation: Reservation): Origin {
  return {
    connection_id: connectionId,
    reservation_id: reservation.reservation_id,
    room_stay: step.after.roomStay,
    revised_at: reservation.revised_at,
    channel_nights: null,
  };
}

function confirmed(propertyId: PropertyId, origin: Origin, stay: Stay): Fact {
  return {
    type: 'booking.confirmed',
    propertyId,
    origin,
    payload: { 'parity.pms.BookingConfirmed': bookingPayload(propertyId, stay) },
  };
}

function cancelled(propertyId: PropertyId, origin: Origin | null, stay: Stay): Fact {
  return {
    type: 'booking.cancelled',
    propertyId,
    origin,
    payload: { 'parity.pms.BookingCancelled': bookingPayload(propertyId, stay) },
  };
}

function bookingPayload(propertyId: PropertyId, { bookingId, checkIn, checkOut }: Stay) {
  return { booking_id: bookingId, property_id: propertyId, check_in: checkIn, check_out: checkOut };
}

function updated(
  propertyId: PropertyId,
  origin: Origin,
  old: Pick<Stay, 'checkIn' | 'checkOut'>,
  stay: Stay,
): Fact {
  return {
    type: 'booking.updated',
    propertyId,
    origin,
    payload: {
      'parity.pms.BookingUpdated': {
        booking_id: stay.bookingId,
        property_id: propertyId,
        old_dates: rangeOf(old),
        new_dates: rangeOf(stay),
      },
    },
  };
}

export const REQUEST_REASON = 'pending request to book';

/** A pending request is a block with the id of the booking that it may become. */
function requestBlock(propertyId: PropertyId, row: StayRow, blocked: boolean): Fact {
  return {
    type: 'availability.updated',
    propertyId,
    origin: null,
    payload: {
      'parity.pms.AvailabilityUpdated': {
        property_id: propertyId,
        date_range: rangeOf(row),
        available: !blocked,
        block_id: row.bookingId,
        expires_at: null,
        reason: REQUEST_REASON,
      },
    },
  };
}

function rangeOf({ checkIn, checkOut }: Pick<Stay, 'checkIn' | 'checkOut'>): DateRange {
  return { start: checkIn, end: checkOut };
}
