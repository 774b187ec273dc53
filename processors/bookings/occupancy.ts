import type { BookingId } from '../../schemas/domain/ids.ts';
import type { Reservation } from '../../schemas/generated/types.ts';
import {
  type BookingRow,
  type ConflictRow,
  holdsNights,
  overlaps,
  promotable,
} from '../../storage/ports/bookings.ts';
import { heldBooking } from './booking-rows.ts';
import type { StayStep } from './room-stays.ts';

/** A held stay and where it goes. */
export interface Placement {
  readonly step: StayStep;
  readonly booking: BookingRow;
  /** Null: it has its nights. */
  readonly conflict: ConflictRow | null;
  /** It was no conflict before. */
  readonly newConflict: boolean;
}

interface Placements {
  readonly placed: readonly Placement[];
  /** Waiting bookings of other reservations whose nights are free now, oldest first. */
  readonly promoted: readonly ConflictRow[];
}

interface Candidate {
  readonly step: StayStep;
  readonly booking: BookingRow;
}

/**
 * Who gets the nights. The first confirmed wins: bookings that have theirs keep them where nobody else's are touched; then those that
 * wait, oldest first; then what is new or comes from another property. What finds its nights taken becomes a conflict.
 */
export function placeStays(
  steps: readonly StayStep[],
  reservation: Reservation,
  source: string,
  bookings: readonly BookingRow[],
  conflicts: readonly ConflictRow[],
  now: number,
): Placements {
  const own = new Set<BookingId>(steps.map(({ after }) => after.bookingId));
  const presentById = new Map(bookings.map((row) => [row.id, row]));
  const waitingById = new Map(conflicts.map((row) => [row.booking.id, row]));
  const taken = bookings.filter((row) => !own.has(row.id) && holdsNights(row.status));
  const winnerOf = (booking: BookingRow) =>
    taken.find((other) => other.propertyId === booking.propertyId && overlaps(other, booking));

  const held: Candidate[] = steps.flatMap((step) => {
    if (step.after.state !== 'held') return [];
    const present =
      presentById.get(step.after.bookingId) ?? waitingById.get(step.after.bookingId)?.booking;
    // A stay that its revision does not name is released, so `stay` is there.
    return step.stay === undefined
      ? []
      : [{ step, booking: heldBooking(step, step.stay, reservation, source, present) }];
  });
  const hasNights = ({ booking }: Candidate) => {
    const present = presentById.get(booking.id);
    return (
      present !== undefined &&
      holdsNights(present.status) &&
      present.propertyId === booking.propertyId
    );
  };
  const waits = ({ booking }: Candidate) =>
    waitingById.get(booking.id)?.booking.propertyId === booking.propertyId;

  const placed = new Map<BookingId, Placement>();
  const place = ({ step, booking }: Candidate) => {
    const winner = winnerOf(booking);
    if (winner === undefined) taken.push(booking);
    placed.set(booking.id, {
      step,
      booking,
      conflict:
        winner === undefined ? null : conflictOf(step, booking, reservation, winner.id, now),
      newConflict: winner !== undefined,
    });
  };

  for (const candidate of held.filter(hasNights)) place(candidate);

  const ownWaiting = new Map(
    held
      .filter((candidate) => !hasNights(candidate) && waits(candidate))
      .map((candidate) => [candidate.booking.id, candidate]),
  );
  const waiting = [
    ...conflicts.filter(({ booking }) => !own.has(booking.id)),
    ...[...ownWaiting.values()].map(({ step, booking }) => {
      const before = waitingById.get(booking.id);
      return conflictOf(
        step,
        booking,
        reservation,
        before?.winnerId ?? null,
        before?.detectedAt ?? now,
      );
    }),
  ];
  const promoted: ConflictRow[] = [];
  for (const conflict of promotableOfAll(waiting, taken)) {
    taken.push(conflict.booking);
    const candidate = ownWaiting.get(conflict.booking.id);
    if (candidate === undefined) promoted.push(conflict);
    else placed.set(candidate.booking.id, { ...candidate, conflict: null, newConflict: false });
  }
  for (const [id, candidate] of ownWaiting) {
    if (placed.has(id)) continue;
    const still = waiting.find(({ booking }) => booking.id === id) ?? null;
    placed.set(id, { ...candidate, conflict: still, newConflict: false });
  }

  for (const candidate of held) if (!placed.has(candidate.booking.id)) place(candidate);
  return { placed: held.flatMap(({ booking }) => placed.get(booking.id) ?? []), promoted };
}

function promotableOfAll(
  waiting: readonly ConflictRow[],
  taken: readonly BookingRow[],
): readonly ConflictRow[] {
  const properties = new Set(waiting.map(({ booking }) => booking.propertyId));
  return [...properties].flatMap((property) =>
    promotable(
      waiting.filter(({ booking }) => booking.propertyId === property),
      taken.filter((row) => row.propertyId === property),
    ),
  );
}

function conflictOf(
  step: StayStep,
  booking: BookingRow,
  reservation: Reservation,
  winnerId: BookingId | null,
  detectedAt: number,
): ConflictRow {
  if (step.after.connectionId === null)
    throw new Error(`Room stay ${step.after.roomStay} has no connection`);
  return {
    booking,
    connectionId: step.after.connectionId,
    reservationId: reservation.reservation_id,
    roomStay: step.after.roomStay,
    revisedAt: reservation.revised_at,
    winnerId,
    detectedAt,
  };
}
