import { ParityError } from '../../schemas/errors.ts';
import { checkRange, checkTexts } from '../../schemas/event-values.ts';
import type { Reservation } from '../../schemas/generated/types.ts';
import { hasEnded } from './room-stays.ts';

/**
 * What people or the platform wrote at length may be of any length.
 * @throws ParityError EVENT_VALUE_INVALID, EVENT_DATES_INVALID for a reservation that can never be stored
 */
export function checkReservation(reservation: Reservation): void {
  const { redacted_payload: payload, special_requests: requests, ...rest } = reservation;
  if (reservation.reservation_id === '')
    throw new ParityError('EVENT_VALUE_INVALID', 'reservation_id is empty');
  checkTexts(rest);
  if (payload?.includes('\0') || requests?.includes('\0'))
    throw new ParityError('EVENT_VALUE_INVALID', 'A text contains a NUL character');
  // Only an end may leave its rooms to what is known of them.
  if (reservation.room_stays.length === 0 && !hasEnded(reservation.status))
    throw new ParityError('EVENT_VALUE_INVALID', 'A reservation that stands names no room');
  const ids = new Set<string>();
  for (const stay of reservation.room_stays) {
    if (ids.has(stay.room_stay))
      throw new ParityError('EVENT_VALUE_INVALID', `Room stay ${stay.room_stay} occurs twice`);
    ids.add(stay.room_stay);
    // What was cancelled may have lost its dates.
    if (!hasEnded(reservation.status) && !hasEnded(stay.status))
      checkRange(stay.check_in, stay.check_out, `room stay ${stay.room_stay}`);
  }
}
