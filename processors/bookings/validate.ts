import { ParityError } from '../../schemas/errors.ts';
import { checkRange, checkTexts } from '../../schemas/event-values.ts';
import type { Reservation } from '../../schemas/generated/types.ts';

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
  const ids = new Set<string>();
  for (const stay of reservation.room_stays) {
    if (ids.has(stay.room_stay))
      throw new ParityError('EVENT_VALUE_INVALID', `Room stay ${stay.room_stay} occurs twice`);
    ids.add(stay.room_stay);
    // What was cancelled may have lost its dates.
    const ended = [reservation.status, stay.status].some(
      (status) => status === 'cancelled' || status === 'declined' || status === 'expired',
    );
    if (!ended) checkRange(stay.check_in, stay.check_out, `room stay ${stay.room_stay}`);
  }
}
