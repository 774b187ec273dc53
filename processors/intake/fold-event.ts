import type { BookingId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import type {
  CalendarSnapshot,
  Origin,
  PmsEvent,
  PricingUpdated,
  PropertyUpdated,
  RestrictionSet,
} from '../../schemas/generated/types.ts';
import { withFloor } from '../property-calendar/floors.ts';
import { emptyBooking, withChannelSide, withPmsSide } from './booking-register.ts';
import type { CalendarDraft, Source } from './calendar-draft.ts';
import { daysByMonth, priceRuns } from './month-draft.ts';

/**
 * Folds one event into the registers. Every register takes the fact of the highest sequence, whatever the order of arrival; floors are kept
 * beside the facts and are judged by whoever reads a night, so that no fact has to be undone.
 */
export function foldEvent(
  draft: CalendarDraft,
  event: PmsEvent,
  sequence: number,
  source: Source,
): void {
  const { payload, origin } = event;
  if ('parity.pms.BookingConfirmed' in payload) {
    const { booking_id, check_in, check_out } = payload['parity.pms.BookingConfirmed'];
    const nights = { start: check_in, end: check_out };
    foldBooking(draft, { bookingId: booking_id, nights, live: true, origin, sequence }, source);
  } else if ('parity.pms.BookingUpdated' in payload) {
    const { booking_id, new_dates } = payload['parity.pms.BookingUpdated'];
    const fact = { bookingId: booking_id, nights: new_dates, live: true, origin, sequence };
    foldBooking(draft, fact, source);
  } else if ('parity.pms.BookingCancelled' in payload) {
    const { booking_id, check_in, check_out } = payload['parity.pms.BookingCancelled'];
    const nights = { start: check_in, end: check_out };
    foldBooking(draft, { bookingId: booking_id, nights, live: false, origin, sequence }, source);
  } else if ('parity.pms.AvailabilityUpdated' in payload) {
    const update = payload['parity.pms.AvailabilityUpdated'];
    const { date_range: nights, available } = update;
    if (update.block_id === null) foldNightBlocks(draft, nights, !available, sequence, source);
    else foldBlock(draft, { ...update, block_id: update.block_id, nights, sequence }, source);
  } else if ('parity.pms.PricingUpdated' in payload) {
    foldPrices(draft, payload['parity.pms.PricingUpdated'], sequence, source);
  } else if ('parity.pms.RestrictionsUpdated' in payload) {
    const { date_range, restrictions } = payload['parity.pms.RestrictionsUpdated'];
    foldRestrictions(draft, date_range, restrictions, sequence, source);
  } else if ('parity.pms.PropertyUpdated' in payload) {
    foldProperty(draft, payload['parity.pms.PropertyUpdated'], sequence, source);
  } else if ('parity.pms.CalendarSnapshot' in payload) {
    foldSnapshot(draft, payload['parity.pms.CalendarSnapshot'], sequence, source);
  } else {
    payload satisfies never;
  }
}

interface BookingFact {
  readonly bookingId: BookingId;
  readonly nights: DateRange;
  readonly live: boolean;
  readonly origin: Origin | null;
  readonly sequence: number;
}

/** A fact with origin speaks for the PMS and for the channel; one without speaks for the PMS alone: the channel has not confirmed it yet. */
function foldBooking(draft: CalendarDraft, fact: BookingFact, source: Source): void {
  const { bookingId, nights, live, origin, sequence } = fact;
  const known = draft.booking(source.propertyId, bookingId) ?? emptyBooking(bookingId);
  let register = withPmsSide(known, {
    sequence,
    live,
    check_in: nights.start,
    check_out: nights.end,
  });
  if (origin) {
    const held = origin.channel_nights ?? nights;
    register = withChannelSide(register, {
      sequence,
      live,
      check_in: held.start,
      check_out: held.end,
      connection_id: origin.connection_id,
      reservation_id: origin.reservation_id,
      room_stay: origin.room_stay,
      revised_at: origin.revised_at,
    });
  }
  if (register !== known) draft.setBooking(register, source);
}

interface BlockFact {
  readonly block_id: string;
  readonly nights: DateRange;
  readonly available: boolean;
  readonly expires_at: number | null;
  readonly reason: string | null;
  readonly sequence: number;
}

function foldBlock(draft: CalendarDraft, fact: BlockFact, source: Source): void {
  const known = draft.block(source.propertyId, fact.block_id);
  if (known && known.sequence >= fact.sequence) return;
  const { block_id, sequence, nights, available, expires_at, reason } = fact;
  draft.setBlock(
    {
      block_id,
      sequence,
      live: !available,
      start: nights.start,
      end: nights.end,
      expires_at,
      reason,
    },
    source,
  );
}

function foldNightBlocks(
  draft: CalendarDraft,
  nights: DateRange,
  closed: boolean,
  sequence: number,
  source: Source,
): void {
  for (const { month, days } of daysByMonth(nights))
    draft.changeMonth(month, source, (register) => register.setBlocks(days, sequence, closed));
}

function foldPrices(
  draft: CalendarDraft,
  update: PricingUpdated,
  sequence: number,
  source: Source,
): void {
  for (const { range, amount } of priceRuns(update.date_range, update.new_prices))
    for (const { month, days } of daysByMonth(range))
      draft.changeMonth(month, source, (register) =>
        register.setPrices(days, sequence, amount, update.currency),
      );
}

function foldRestrictions(
  draft: CalendarDraft,
  nights: DateRange,
  set: RestrictionSet,
  sequence: number,
  source: Source,
): void {
  for (const { month, days } of daysByMonth(nights))
    draft.changeMonth(month, source, (register) => register.setRestrictions(days, sequence, set));
}

function foldProperty(
  draft: CalendarDraft,
  property: PropertyUpdated,
  sequence: number,
  source: Source,
): void {
  const about = draft.about(source.propertyId);
  if (about.sequence < sequence) draft.setAbout({ ...about, sequence, property }, source);
}

/**
 * A snapshot is its facts plus a floor. Bookings that it does not list, blocks of nights, prices and restrictions are void by the floor;
 * blocks with an id (holds, pending requests, held nights) and what channels hold are not the PMS's to end, so no floor touches them.
 */
function foldSnapshot(
  draft: CalendarDraft,
  snapshot: CalendarSnapshot,
  sequence: number,
  source: Source,
): void {
  for (const { booking_id, check_in, check_out, origin } of snapshot.bookings) {
    const nights = { start: check_in, end: check_out };
    foldBooking(draft, { bookingId: booking_id, nights, live: true, origin, sequence }, source);
  }
  for (const { start, end, block_id, expires_at } of snapshot.blocks) {
    const nights = { start, end };
    if (block_id === null) foldNightBlocks(draft, nights, true, sequence, source);
    else {
      const fact = { block_id, nights, available: false, expires_at, reason: null, sequence };
      foldBlock(draft, fact, source);
    }
  }
  foldSnapshotPrices(draft, snapshot, sequence, source);
  for (const { start, end, restrictions } of snapshot.restrictions)
    foldRestrictions(draft, { start, end }, restrictions, sequence, source);
  const about = draft.about(source.propertyId);
  const snapshots = withFloor(about.snapshots, { first_date: snapshot.first_date, sequence });
  if (snapshots !== about.snapshots) draft.setAbout({ ...about, snapshots }, source);
}

function foldSnapshotPrices(
  draft: CalendarDraft,
  snapshot: CalendarSnapshot,
  sequence: number,
  source: Source,
): void {
  for (const { start, end, amount } of snapshot.prices)
    for (const { month, days } of daysByMonth({ start, end }))
      draft.changeMonth(month, source, (register) =>
        register.setPrices(days, sequence, amount, snapshot.currency),
      );
}
