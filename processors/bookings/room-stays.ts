import { createHash } from 'node:crypto';
import type { BookingId, PropertyId } from '../../schemas/domain/ids.ts';
import type { Reservation, ReservationStatus, RoomStay } from '../../schemas/generated/types.ts';
import type { ReservationKey, StayRow, StayState } from '../../storage/ports/bookings.ts';

/** A room stay before and after a revision. */
export interface StayStep {
  readonly before: StayRow | undefined;
  readonly after: StayRow;
  /** What the revision says; undefined: it names this room no longer. */
  readonly stay: RoomStay | undefined;
  readonly status: ReservationStatus;
}

/** Every room stay that the revision or the rows name, in order of their ids. `known`: properties of the tenant. */
export function stepsOf(
  key: ReservationKey,
  reservation: Reservation,
  rows: readonly StayRow[],
  known: ReadonlySet<PropertyId>,
): readonly StayStep[] {
  const before = new Map(rows.map((row) => [row.roomStay, row]));
  const stays = new Map(reservation.room_stays.map((stay) => [stay.room_stay, stay]));
  const ids = [...new Set([...stays.keys(), ...before.keys()])].sort(inNaturalOrder);
  const steps: StayStep[] = [];
  let plainIdGiven = rows.some((row) => row.channelBookingId === key.reservationId);
  for (const id of ids) {
    const row = before.get(id);
    const stay = stays.get(id);
    const channelBookingId =
      row?.channelBookingId ?? (plainIdGiven ? `${key.reservationId}/${id}` : key.reservationId);
    if (stay === undefined) {
      if (row !== undefined) steps.push(removed(row, reservation));
      continue;
    }
    plainIdGiven = true;
    steps.push(step(key, reservation, stay, row, channelBookingId, known));
  }
  return steps;
}

/** Removed rooms are cancelled; `reservation` itself may have ended in another way. */
function removed(row: StayRow, reservation: Reservation): StayStep {
  const status = hasEnded(reservation.status) ? reservation.status : 'cancelled';
  return {
    before: row,
    after: { ...row, state: 'released', revisedAt: reservation.revised_at },
    stay: undefined,
    status,
  };
}

function step(
  key: ReservationKey,
  reservation: Reservation,
  stay: RoomStay,
  before: StayRow | undefined,
  channelBookingId: string,
  known: ReadonlySet<PropertyId>,
): StayStep {
  const status = hasEnded(reservation.status) ? reservation.status : stay.status;
  const sameRoom =
    before !== undefined && before.listing === stay.listing && before.roomId === stay.room_id;
  // A room that lost its connection keeps the property under which its booking is known.
  const mapped =
    stay.connection_id !== null && stay.property_id !== null && known.has(stay.property_id)
      ? { connectionId: stay.connection_id, propertyId: stay.property_id }
      : sameRoom
        ? { connectionId: before.connectionId, propertyId: before.propertyId }
        : { connectionId: null, propertyId: null };
  return {
    before,
    stay,
    status,
    after: {
      roomStay: stay.room_stay,
      bookingId: before?.bookingId ?? bookingIdOf(key, stay.room_stay),
      channelBookingId,
      ...mapped,
      listing: stay.listing,
      roomId: stay.room_id,
      state: mapped.propertyId === null && !hasEnded(status) ? 'unmapped' : stateOf(status),
      checkIn: stay.check_in,
      checkOut: stay.check_out,
      revisedAt: reservation.revised_at,
    },
  };
}

export function hasEnded(status: ReservationStatus): boolean {
  return status === 'cancelled' || status === 'declined' || status === 'expired';
}

function stateOf(status: ReservationStatus): StayState {
  switch (status) {
    case 'new':
    case 'modified':
    case 'no_show':
      // The nights of a no-show stay closed: whether to sell them again is the owner's decision.
      return 'held';
    case 'request':
      return 'requested';
    case 'cancelled':
    case 'declined':
    case 'expired':
      return 'released';
  }
}

/** Made of what names the stay, so that a replay after a restored backup finds the booking that others already know. */
export function bookingIdOf(key: ReservationKey, roomStay: string): BookingId {
  return nameUuid(
    'booking',
    key.platformFamily,
    key.accountId,
    key.reservationId,
    roomStay,
  ) as BookingId;
}

/** A UUID (version 8, RFC 9562) of the SHA-256 of names. */
export function nameUuid(...names: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(names)).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}

/** `2` before `10`, and a total order over all strings. */
function inNaturalOrder(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}
