import type { BookingId, PropertyId } from '../../schemas/domain/ids.ts';
import type { Reservation } from '../../schemas/generated/types.ts';
import type {
  BookingChanges,
  BookingRow,
  ConflictRow,
  Occupancy,
  ReservationKey,
  StayRow,
  TenantSettings,
} from '../../storage/ports/bookings.ts';
import { cancelledBooking } from './booking-rows.ts';
import { type Fact, factsOf, promotion, REQUEST_REASON } from './facts.ts';
import { placeStays } from './occupancy.ts';
import { type StayStep, stepsOf } from './room-stays.ts';

/** What a revision is decided from: the locked reservation and everything about its properties. */
export interface DecisionInput {
  readonly key: ReservationKey;
  readonly reservation: Reservation;
  /** Value of `bookings.source`. */
  readonly source: string;
  /** Properties of the tenant, of those that the revision and the rows name. */
  readonly known: ReadonlySet<PropertyId>;
  readonly stays: readonly StayRow[];
  readonly occupancy: Occupancy;
  readonly settings: TenantSettings;
  /** ms since the epoch. */
  readonly now: number;
}

/** All that the newest revision of a reservation changes, in one transaction. */
export interface Decision {
  readonly stays: readonly StayRow[];
  readonly changes: Omit<BookingChanges, 'syncLog'>;
  /** Events in order: what closes first, what frees last. */
  readonly facts: readonly Fact[];
  readonly newConflicts: readonly ConflictRow[];
  readonly newUnmapped: readonly StayRow[];
  readonly counts: DecisionCounts;
}

interface DecisionCounts {
  readonly created: number;
  readonly updated: number;
}

/** Pure: the same input gives the same decision. A deadlock or crash repeats it without harm. */
export function decide(input: DecisionInput): Decision {
  const { reservation, source, occupancy, settings } = input;
  const steps = stepsOf(input.key, reservation, input.stays, input.known);
  const presentById = new Map([
    ...occupancy.conflicts.map(({ booking }) => [booking.id, booking] as const),
    ...occupancy.bookings.map((row) => [row.id, row] as const),
  ]);
  const { placed, promoted } = placeStays(
    steps,
    reservation,
    source,
    occupancy.bookings,
    occupancy.conflicts,
    input.now,
  );
  const facts = steps.map((step) =>
    factsOf(
      step,
      reservation,
      presentById.get(step.after.bookingId),
      settings.requestsCloseChannels,
    ),
  );
  const conflictIds = new Set(occupancy.conflicts.map(({ booking }) => booking.id));
  const ended = steps
    .filter(({ after }) => after.state !== 'held')
    .flatMap(
      (step) =>
        cancelledBooking(step, reservation, source, presentById.get(step.after.bookingId)) ?? [],
    );
  const kept = placed.filter(({ conflict }) => conflict === null).map(({ booking }) => booking);
  const lost = placed.flatMap(({ conflict }) => conflict ?? []);
  const bookingIds = new Set(occupancy.bookings.map(({ id }) => id));
  const saved = [...ended, ...kept, ...promoted.map(({ booking }) => booking)];
  return {
    stays: steps.map(({ after }) => after),
    changes: {
      deleteBookings: lost.map(({ booking }) => booking.id).filter((id) => bookingIds.has(id)),
      deleteConflicts: saved.map(({ id }) => id).filter((id) => conflictIds.has(id)),
      saveBookings: saved,
      saveConflicts: lost,
      ...blockChanges(steps, settings.requestsCloseChannels),
    },
    facts: [
      ...facts.flatMap(({ closing }) => closing),
      ...facts.flatMap(({ freeing }) => freeing),
      ...promoted.map(promotion),
    ],
    newConflicts: placed.flatMap(({ conflict, newConflict }) =>
      conflict !== null && newConflict ? [conflict] : [],
    ),
    newUnmapped: steps
      .filter(({ before, after }) => after.state === 'unmapped' && before?.state !== 'unmapped')
      .map(({ after }) => after),
    counts: countsOf([...ended, ...placed.map(({ booking }) => booking)], presentById),
  };
}

function blockChanges(
  steps: readonly StayStep[],
  closesChannels: boolean,
): Pick<BookingChanges, 'saveBlocks' | 'deleteBlocks'> {
  return {
    deleteBlocks: steps.flatMap(({ before }) =>
      before?.state === 'requested' && before.propertyId !== null
        ? [{ propertyId: before.propertyId, blockId: before.bookingId }]
        : [],
    ),
    saveBlocks: steps.flatMap(({ after }) =>
      closesChannels && after.state === 'requested' && after.propertyId !== null
        ? [
            {
              propertyId: after.propertyId,
              blockId: after.bookingId,
              start: after.checkIn,
              end: after.checkOut,
              expiresAt: null,
              reason: REQUEST_REASON,
            },
          ]
        : [],
    ),
  };
}

function countsOf(
  rows: readonly BookingRow[],
  present: ReadonlyMap<BookingId, BookingRow>,
): DecisionCounts {
  const created = rows.filter(({ id }) => !present.has(id)).length;
  return { created, updated: rows.length - created };
}
