import type { Random } from '../../runtime/ports.ts';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { DateRange, PlainDate } from '../../schemas/domain/plain-date.ts';
import type { CalendarSnapshot, Origin, PmsEvent } from '../../schemas/generated/types.ts';
import type { OutboxMessage } from '../../storage/ports/outbox.ts';
import { eventMessage } from '../../storage/ports/outbox.ts';
import type {
  AwaitingBookingRow,
  PropertySnapshot,
  SnapshotPriceRow,
} from '../../storage/ports/snapshots.ts';

interface SnapshotSource {
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId;
  readonly firstDate: PlainDate;
  /** ms since the epoch. */
  readonly now: number;
  readonly random: Random;
}

interface Sequences {
  readonly first: number;
  next(): Promise<number>;
}

/**
 * The events that bring a property up to what the PMS has: the property itself, bookings that the PMS gave up and whose channel has not
 * confirmed (their nights must stay closed), the snapshot, and prices in another currency than the property's as facts of their own, so
 * that mapping reports them.
 */
export async function snapshotMessages(
  source: SnapshotSource,
  snapshot: PropertySnapshot,
  sequences: Sequences,
): Promise<OutboxMessage[]> {
  const about = event(source, sequences.first, 'property.updated', {
    'parity.pms.PropertyUpdated': snapshot.property,
  });
  const awaiting: PmsEvent[] = [];
  for (const booking of snapshot.awaiting) {
    awaiting.push(
      held(source, booking, await sequences.next()),
      givenUp(source, booking, await sequences.next()),
    );
  }
  const whole = event(source, await sequences.next(), 'calendar.snapshot', {
    'parity.pms.CalendarSnapshot': calendarOf(source, snapshot),
  });
  const foreign: PmsEvent[] = [];
  for (const price of snapshot.prices.filter(
    ({ currency }) => currency !== snapshot.property.currency,
  )) {
    foreign.push(foreignPrice(source, price, await sequences.next()));
  }
  return [about, ...awaiting, whole, ...foreign].map((value) => eventMessage(value));
}

function foreignPrice(
  source: SnapshotSource,
  { start, end, amount, currency }: SnapshotPriceRow,
  sequence: number,
): PmsEvent {
  const update = {
    property_id: source.propertyId,
    date_range: { start, end },
    currency,
    new_prices: [{ start, end, amount }],
  };
  return event(source, sequence, 'pricing.updated', { 'parity.pms.PricingUpdated': update });
}

/** Equal values on consecutive nights as one span. */
function joined<Span extends DateRange>(
  spans: readonly Span[],
  same: (a: Span, b: Span) => boolean,
): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = result.at(-1);
    if (last && last.end === span.start && same(last, span))
      result[result.length - 1] = { ...last, end: span.end };
    else result.push(span);
  }
  return result;
}

function calendarOf(
  { propertyId, firstDate }: SnapshotSource,
  snapshot: PropertySnapshot,
): CalendarSnapshot {
  const { currency } = snapshot.property;
  return {
    property_id: propertyId,
    first_date: firstDate,
    currency,
    bookings: snapshot.bookings.map(({ bookingId, checkIn, checkOut, origin }) => ({
      booking_id: bookingId,
      check_in: checkIn,
      check_out: checkOut,
      origin,
    })),
    blocks: snapshot.blocks.map(({ start, end, blockId, expiresAt }) => ({
      start,
      end,
      block_id: blockId,
      expires_at: expiresAt,
    })),
    prices: joined(
      snapshot.prices.filter((price) => price.currency === currency),
      (a, b) => a.amount === b.amount,
    ).map(({ start, end, amount }) => ({ start, end, amount })),
    restrictions: joined(
      snapshot.restrictions,
      (a, b) => JSON.stringify(a.restrictions) === JSON.stringify(b.restrictions),
    ).map(({ start, end, restrictions }) => ({ start, end, restrictions })),
  };
}

function held(source: SnapshotSource, booking: AwaitingBookingRow, sequence: number): PmsEvent {
  const payload = { 'parity.pms.BookingConfirmed': stayOf(source, booking) };
  return event(source, sequence, 'booking.confirmed', payload, booking.origin);
}

function givenUp(source: SnapshotSource, booking: AwaitingBookingRow, sequence: number): PmsEvent {
  return event(source, sequence, 'booking.cancelled', {
    'parity.pms.BookingCancelled': stayOf(source, booking),
  });
}

function stayOf(
  { propertyId }: SnapshotSource,
  { bookingId, checkIn, checkOut }: AwaitingBookingRow,
) {
  return { booking_id: bookingId, property_id: propertyId, check_in: checkIn, check_out: checkOut };
}

function event(
  { tenantId, propertyId, now, random }: SnapshotSource,
  sequence: number,
  type: string,
  payload: PmsEvent['payload'],
  origin: Origin | null = null,
): PmsEvent {
  return {
    event_id: random.uuid(),
    event_type: type,
    tenant_id: tenantId,
    property_id: propertyId,
    sequence,
    occurred_at: Math.floor(now),
    origin,
    payload,
  };
}
