import type { Environment } from '../runtime/ports.ts';
import type { PropertyId, TenantId } from '../schemas/domain/ids.ts';
import { type DateRange, daysBetween, type PlainDate } from '../schemas/domain/plain-date.ts';
import type { CalendarSnapshot, PmsEvent, PriceSpan } from '../schemas/generated/types.ts';
import {
  eventMessage,
  type Outbox,
  type OutboxMessage,
  type UnsequencedEvent,
} from './ports/outbox.ts';
import type { PropertySnapshot, PropertySnapshotSource } from './ports/snapshots.ts';

type Ports = Pick<Environment, 'clock' | 'random'>;

/** A run of equal nights is cut here, well below the longest range that one fact may span. */
const LONGEST_RUN = 1_000;

/**
 * Imports one property from the views: the property, its snapshot, and what a snapshot cannot say. Repeatable, and safe while events flow:
 * it is read while holding the counter. Bookings that await their channel carry a higher sequence than the snapshot but go out before it, so
 * their nights are closed before anything opens.
 * @param from First night that the snapshot covers.
 */
export function importProperty(
  source: PropertySnapshotSource,
  tenantId: TenantId,
  propertyId: PropertyId,
  from: PlainDate,
  ports: Ports,
): Promise<void> {
  return source.publish(tenantId, propertyId, from, async (snapshot, sequences) => {
    const facts = factsOf(snapshot, from);
    const wrap = (fact: Fact, sequence: number) =>
      eventMessage(eventOf(fact, tenantId, propertyId, sequence, ports));
    const property = wrap(facts.property, sequences.first);
    const calendar = wrap(facts.snapshot, await sequences.next());
    const others: OutboxMessage[] = [];
    for (const fact of facts.others) others.push(wrap(fact, await sequences.next()));
    return [property, ...others, calendar];
  });
}

/** Imports one property from a file: rows of the same shape as the views give. Bookings in it carry the origin that they have. */
export async function importRows(
  outbox: Outbox,
  tenantId: TenantId,
  snapshot: PropertySnapshot,
  from: PlainDate,
  ports: Ports,
): Promise<void> {
  const propertyId = snapshot.property.property_id;
  const { property, snapshot: calendar, others } = factsOf(snapshot, from);
  const events: UnsequencedEvent[] = [property, calendar, ...others].map((fact) => {
    const { sequence: _raisedByTheOutbox, ...event } = eventOf(
      fact,
      tenantId,
      propertyId,
      0,
      ports,
    );
    return event;
  });
  await outbox.appendEvents(tenantId, events);
}

type Fact = Pick<PmsEvent, 'event_type' | 'origin' | 'payload'>;

function eventOf(
  fact: Fact,
  tenantId: TenantId,
  propertyId: PropertyId,
  sequence: number,
  { clock, random }: Ports,
): PmsEvent {
  return {
    event_id: random.uuid(),
    tenant_id: tenantId,
    property_id: propertyId,
    sequence,
    occurred_at: Math.floor(clock.now()),
    ...fact,
  };
}

interface SnapshotFacts {
  readonly property: Fact;
  readonly snapshot: Fact;
  /** Newer than the snapshot. */
  readonly others: readonly Fact[];
}

function factsOf(rows: PropertySnapshot, from: PlainDate): SnapshotFacts {
  const { property } = rows;
  const calendar: CalendarSnapshot = {
    property_id: property.property_id,
    first_date: from,
    currency: property.currency,
    bookings: rows.bookings.map((row) => ({
      booking_id: row.bookingId,
      check_in: row.checkIn,
      check_out: row.checkOut,
      origin: row.origin,
    })),
    blocks: [
      ...runs(rows.blocks.filter(({ blockId }) => blockId === null).map(rangeOf), () => true).map(
        (range) => ({ ...range, block_id: null, expires_at: null }),
      ),
      ...rows.blocks.flatMap(({ start, end, blockId, expiresAt }) =>
        blockId === null ? [] : [{ start, end, block_id: blockId, expires_at: expiresAt }],
      ),
    ],
    prices: priceSpans(rows, property.currency),
    restrictions: runs(
      rows.restrictions.map(({ start, end, restrictions }) => ({ start, end, restrictions })),
      (a, b) => JSON.stringify(a.restrictions) === JSON.stringify(b.restrictions),
    ),
  };
  return {
    property: {
      event_type: 'property.updated',
      origin: null,
      payload: { 'parity.pms.PropertyUpdated': property },
    },
    snapshot: {
      event_type: 'calendar.snapshot',
      origin: null,
      payload: { 'parity.pms.CalendarSnapshot': calendar },
    },
    others: [
      ...rows.awaiting.flatMap((row) => awaitingFacts(row, property.property_id)),
      ...foreignPrices(rows),
    ],
  };
}

/** First the booking as its channel holds it, then that the PMS gave it up. */
function awaitingFacts(
  row: PropertySnapshot['awaiting'][number],
  propertyId: PropertyId,
): readonly Fact[] {
  const booking = {
    booking_id: row.bookingId,
    property_id: propertyId,
    check_in: row.checkIn,
    check_out: row.checkOut,
  };
  return [
    {
      event_type: 'booking.confirmed',
      origin: row.origin,
      payload: { 'parity.pms.BookingConfirmed': booking },
    },
    {
      event_type: 'booking.cancelled',
      origin: null,
      payload: { 'parity.pms.BookingCancelled': booking },
    },
  ];
}

/** A snapshot has one currency; prices in others are facts of their own, for mapping to judge. */
function foreignPrices(rows: PropertySnapshot): readonly Fact[] {
  const currencies = new Set(
    rows.prices
      .map(({ currency }) => currency)
      .filter((currency) => currency !== rows.property.currency),
  );
  return [...currencies].flatMap((currency) =>
    priceSpans(rows, currency).map((span) => ({
      event_type: 'pricing.updated',
      origin: null,
      payload: {
        'parity.pms.PricingUpdated': {
          property_id: rows.property.property_id,
          date_range: rangeOf(span),
          currency,
          new_prices: [span],
        },
      },
    })),
  );
}

function priceSpans(rows: PropertySnapshot, currency: string): readonly PriceSpan[] {
  const spans = rows.prices
    .filter((row) => row.currency === currency)
    .map(({ start, end, amount }) => ({ start, end, amount }));
  return runs(spans, (a, b) => a.amount === b.amount);
}

function rangeOf({ start, end }: DateRange): DateRange {
  return { start, end };
}

/** Joins ranges that touch and say the same. */
function runs<Row extends DateRange>(
  rows: readonly Row[],
  same: (a: Row, b: Row) => boolean,
): readonly Row[] {
  const sorted = [...rows].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const joined: Row[] = [];
  for (const row of sorted) {
    const last = joined.at(-1);
    if (
      last !== undefined &&
      last.end === row.start &&
      same(last, row) &&
      daysBetween(last.start, row.end) <= LONGEST_RUN
    )
      joined[joined.length - 1] = { ...last, end: row.end };
    else joined.push(row);
  }
  return joined;
}
