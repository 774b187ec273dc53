import fc from 'fast-check';
import type { BookingId } from '../../schemas/domain/ids.ts';
import type { DateRange } from '../../schemas/domain/plain-date.ts';
import { addDays } from '../../schemas/domain/plain-date.ts';
import type { Origin, PmsEvent, RestrictionSet } from '../../schemas/generated/types.ts';
import {
  blocked,
  cancelled,
  confirmed,
  date,
  event,
  HARBOUR,
  MEADOW,
  moved,
  NO_RESTRICTIONS,
  origin,
  priced,
  property,
  snapshot,
} from './fixtures.ts';

/** All nights of the arbitraries lie here: two month ends are among them. */
export const SPAN: DateRange = { start: date('2027-01-20'), end: date('2027-03-10') };
const SPAN_NIGHTS = 49;
/** Clock of the arbitraries' holds: they end around here, 2027-01-20 12:00 UTC. */
export const HOLDS_END = Date.UTC(2027, 0, 20, 12);

type Numbered = (sequence: number) => PmsEvent;

const range: fc.Arbitrary<DateRange> = fc
  .tuple(fc.integer({ min: 0, max: SPAN_NIGHTS - 8 }), fc.integer({ min: 1, max: 8 }))
  .map(([from, length]) => {
    const start = addDays(SPAN.start, from);
    return { start, end: addDays(start, length) };
  });
const bookingId = fc.constantFrom('B1', 'B2', 'B3');
const blockId = fc.constantFrom('K1', 'K2');
const expiresAt = fc.option(
  fc.integer({ min: -3, max: 3 }).map((hours) => HOLDS_END + hours * 3_600_000),
);
const amount = fc.constantFrom(0, 9_900, 12_345, 20_000);
const currency = fc.constantFrom('EUR', 'EUR', 'EUR', 'USD');
const maybeOrigin: fc.Arbitrary<Origin | null> = fc.option(
  fc
    .tuple(
      fc.constantFrom(HARBOUR, HARBOUR, MEADOW),
      fc.integer({ min: 1, max: 9 }),
      fc.option(range),
    )
    .map(([connectionId, revisedAt, held]) => origin(connectionId, revisedAt, held)),
);
const restrictionSet: fc.Arbitrary<RestrictionSet> = fc
  .tuple(
    fc.option(fc.integer({ min: 1, max: 7 })),
    fc.option(fc.integer({ min: 1, max: 7 })),
    fc.boolean(),
  )
  .map(([min_stay_arrival, min_stay_through, closed_to_arrival]) => ({
    ...NO_RESTRICTIONS,
    min_stay_arrival,
    min_stay_through,
    closed_to_arrival,
  }));

const booked = fc
  .tuple(fc.constantFrom(confirmed, confirmed, cancelled), bookingId, range, maybeOrigin)
  .map(
    ([make, id, { start, end }, from]): Numbered =>
      (sequence) =>
        make(sequence, id, start, end, from),
  );
const movedTo = fc.tuple(bookingId, range, range, maybeOrigin).map(
  ([id, before, after, from]): Numbered =>
    (sequence) =>
      moved(sequence, id, before, after, from),
);
const block = fc.tuple(range, fc.boolean(), fc.option(fc.record({ id: blockId, expiresAt }))).map(
  ([over, available, hold]): Numbered =>
    (sequence) =>
      blocked(sequence, over, available, hold),
);
const price = fc.tuple(range, amount, currency).map(
  ([over, minor, unit]): Numbered =>
    (sequence) =>
      priced(sequence, over, minor, unit),
);
const noPrice = range.map(
  (date_range): Numbered =>
    (sequence) =>
      event(sequence, 'pricing.updated', { date_range, currency: 'EUR', new_prices: [] }),
);
const restricted = fc.tuple(range, restrictionSet).map(
  ([date_range, restrictions]): Numbered =>
    (sequence) =>
      event(sequence, 'restrictions.updated', { date_range, restrictions }),
);
const theProperty = fc.constantFrom('EUR', 'EUR', 'USD').map(
  (unit): Numbered =>
    (sequence) =>
      property(sequence, 'Europe/Berlin', unit),
);
const imported = fc
  .record({
    firstDay: fc.integer({ min: 0, max: SPAN_NIGHTS }),
    bookings: fc.uniqueArray(fc.tuple(bookingId, range, maybeOrigin), {
      selector: ([id]) => id,
      maxLength: 3,
    }),
    blocks: fc.uniqueArray(fc.tuple(fc.option(blockId), range, expiresAt), {
      selector: ([id]) => id ?? 'none',
      maxLength: 2,
    }),
    price: fc.option(fc.tuple(range, amount)),
    wholePrice: fc.option(amount),
    restrictions: fc.option(fc.tuple(range, restrictionSet)),
  })
  .map(
    (content): Numbered =>
      (sequence) =>
        snapshot(sequence, addDays(SPAN.start, content.firstDay), {
          bookings: content.bookings.map(([id, { start, end }, from]) => ({
            booking_id: id as BookingId,
            check_in: start,
            check_out: end,
            origin: from,
          })),
          blocks: content.blocks.map(([block_id, over, ends]) => ({
            ...over,
            block_id,
            expires_at: block_id === null ? null : ends,
          })),
          prices: pricesOf(content.wholePrice, content.price),
          restrictions: (content.restrictions ? [content.restrictions] : []).map(
            ([over, restrictions]) => ({ ...over, restrictions }),
          ),
        }),
  );

function pricesOf(whole: number | null, part: [DateRange, number] | null) {
  if (whole !== null) return [{ ...SPAN, amount: whole }];
  return part ? [{ ...part[0], amount: part[1] }] : [];
}

/** A history of the test property, in the order of its sequences. They begin after 10 and have gaps. */
export const history: fc.Arbitrary<PmsEvent[]> = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 5, arbitrary: booked },
        { weight: 3, arbitrary: movedTo },
        { weight: 3, arbitrary: block },
        { weight: 2, arbitrary: price },
        { weight: 1, arbitrary: noPrice },
        { weight: 2, arbitrary: restricted },
        { weight: 1, arbitrary: theProperty },
        { weight: 2, arbitrary: imported },
      ),
      fc.integer({ min: 1, max: 3 }),
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((numbered) => {
    let sequence = 10;
    return numbered.map(([make, step]) => {
      sequence += step;
      return make(sequence);
    });
  });

/** The history as a faulty road delivers it: in any order, some of it several times, in batches. */
export function deliveriesOf(events: readonly PmsEvent[]): fc.Arbitrary<PmsEvent[][]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...events], { minLength: events.length, maxLength: events.length }),
      fc.array(fc.nat({ max: Math.max(0, events.length - 1) }), { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 40, maxLength: 40 }),
    )
    .map(([shuffled, repeats, sizes]) => {
      const delivered = [...shuffled];
      for (const at of repeats) {
        const again = events[at];
        if (again) delivered.splice((at * 7) % (delivered.length + 1), 0, again);
      }
      const batches: PmsEvent[][] = [];
      for (const size of sizes) if (delivered.length > 0) batches.push(delivered.splice(0, size));
      return batches;
    });
}
