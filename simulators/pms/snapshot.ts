import type { BookingId, PropertyId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { CalendarSnapshot } from '../../schemas/generated/types.ts';
import { type Night, plusDays } from '../dates.ts';
import type { BookingState, PropertyState } from './truth.ts';

/** The calendar of a property from a date on, in runs of equal values. @param now ms: blocks that have ended are left out */
export function snapshotPayload(
  propertyId: PropertyId,
  state: PropertyState & { readonly currency: string },
  first: Night,
  now: number,
): CalendarSnapshot {
  const blocks = [...state.blocks].filter(
    ([, { end, expiresAt }]) => end > first && (expiresAt === null || expiresAt > now),
  );
  return {
    property_id: propertyId,
    first_date: first as PlainDate,
    currency: state.currency,
    bookings: [...state.bookings]
      .filter(([, { live, checkOut }]) => live && checkOut > first)
      .map(([id, booking]) => ({
        booking_id: id as BookingId,
        check_in: booking.checkIn as PlainDate,
        check_out: booking.checkOut as PlainDate,
        origin: booking.origin && { ...booking.origin, channel_nights: channelRange(booking) },
      })),
    blocks: [
      ...runsOf(
        [...state.blocked].map((night) => [night, true] as const),
        first,
      ).map(([span]) => ({
        ...span,
        block_id: null,
        expires_at: null,
      })),
      ...blocks.map(([id, block]) => ({
        start: block.first as PlainDate,
        end: block.end as PlainDate,
        block_id: id,
        expires_at: block.expiresAt,
      })),
    ],
    prices: runsOf(
      [...state.prices].flatMap(([night, { amount, currency }]) =>
        currency === state.currency ? [[night, amount] as const] : [],
      ),
      first,
    ).map(([span, amount]) => ({ ...span, amount })),
    restrictions: runsOf([...state.restrictions], first).map(([span, restrictions]) => ({
      ...span,
      restrictions,
    })),
  };
}

/** What the channel holds where it is not what the PMS has (a booking that waits for its channel). */
function channelRange({ channelNights, nights }: BookingState): Span | null {
  const [first, last] = [channelNights[0], channelNights.at(-1)];
  if (first === undefined || last === undefined || channelNights.join() === nights.join())
    return null;
  return { start: first as PlainDate, end: plusDays(last, 1) as PlainDate };
}

interface Span {
  readonly start: PlainDate;
  readonly end: PlainDate;
}

/** Consecutive nights with equal values, from `first` on. */
function runsOf<Value>(
  entries: readonly (readonly [Night, Value])[],
  first: Night,
): (readonly [Span, Value])[] {
  const runs: { start: Night; end: Night; key: string; value: Value }[] = [];
  const sorted = entries.filter(([night]) => night >= first).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [night, value] of sorted) {
    const last = runs.at(-1);
    const key = JSON.stringify(value);
    if (last && last.end === night && last.key === key) last.end = plusDays(night, 1);
    else runs.push({ start: night, end: plusDays(night, 1), key, value });
  }
  return runs.map(
    ({ start, end, value }) =>
      [{ start: start as PlainDate, end: end as PlainDate }, value] as const,
  );
}
