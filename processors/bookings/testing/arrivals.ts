import fc from 'fast-check';
import { addDays, type PlainDate } from '../../../schemas/domain/plain-date.ts';
import type { BookingRevision, ReservationStatus } from '../../../schemas/generated/types.ts';
import { hasEnded } from '../room-stays.ts';
import { BARN, HOUSE, type RevisionSketch, revision } from './world.ts';

export const FIRST = '2030-06-01' as PlainDate;

const stayArbitrary = fc.record({
  room: fc.constantFrom('1', '2', '10'),
  property: fc.constantFrom(HOUSE, HOUSE, BARN, null),
  from: fc.integer({ min: 0, max: 9 }),
  nights: fc.integer({ min: 1, max: 4 }),
  gone: fc.boolean(),
});

const revisionArbitrary = fc
  .record({
    reservation: fc.constantFrom('R1', 'R2', 'R3'),
    status: fc.constantFrom<ReservationStatus>(
      'new',
      'new',
      'modified',
      'modified',
      'cancelled',
      'request',
      'declined',
      'no_show',
    ),
    at: fc.integer({ min: 1, max: 6 }),
    content: fc.constantFrom('a', 'b'),
    stays: fc.uniqueArray(stayArbitrary, {
      minLength: 0,
      maxLength: 2,
      selector: ({ room }) => room,
    }),
  })
  // Only an end may leave its rooms to what is known of them.
  .filter(({ status, stays }) => stays.length > 0 || hasEnded(status));

export interface Arrival {
  readonly revision: BookingRevision;
  readonly fault: 'none' | 'before' | 'after';
}

/** Revisions in an arbitrary order, some several times, some with a connection that breaks. */
export const arrivalsArbitrary = fc
  .array(revisionArbitrary, { minLength: 1, maxLength: 7 })
  .map((sketches) => sketches.map((sketch, index) => revision(toSketch(sketch, index))))
  .chain((revisions) =>
    fc.array(
      fc.record({
        revision: fc.constantFrom(...revisions),
        fault: fc.constantFrom<Arrival['fault']>('none', 'none', 'before', 'after'),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  );

function toSketch(
  sketch: typeof revisionArbitrary extends fc.Arbitrary<infer T> ? T : never,
  index: number,
): RevisionSketch {
  return {
    id: sketch.reservation,
    status: sketch.status,
    at: sketch.at * 1_000,
    content: sketch.content,
    delivery: `d${index}`,
    stays: sketch.stays.map((stay) => ({
      room: stay.room,
      property: stay.property,
      start: addDays(FIRST, stay.from),
      end: addDays(FIRST, stay.from + stay.nights),
      ...(stay.gone && sketch.status === 'modified' ? { status: 'cancelled' as const } : {}),
    })),
  };
}

/** What the front desk does in between. */
export interface DeskStep {
  readonly kind: 'book' | 'cancel' | 'move';
  /** Which of the live bookings. */
  readonly pick: number;
  readonly from: number;
  readonly nights: number;
}

export const deskArbitrary: fc.Arbitrary<DeskStep> = fc.record({
  kind: fc.constantFrom('book', 'cancel', 'move'),
  pick: fc.nat(5),
  from: fc.integer({ min: 0, max: 9 }),
  nights: fc.integer({ min: 1, max: 4 }),
});
