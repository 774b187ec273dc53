import type { PlainDate, PlainMonth } from '../../schemas/domain/plain-date.ts';
import { dayIndex, daysIn, monthOf } from '../../schemas/domain/plain-date.ts';
import type { SnapshotFloor } from '../../schemas/generated/types.ts';

/**
 * The floors with one more snapshot: newest first, each from an earlier date than the ones before it. A snapshot below a newer one that
 * begins no later adds nothing; then the same array comes back.
 */
export function withFloor(
  floors: readonly SnapshotFloor[],
  added: SnapshotFloor,
): readonly SnapshotFloor[] {
  if (floors.some((floor) => dominates(floor, added))) return floors;
  return [...floors.filter((floor) => !dominates(added, floor)), added].sort(
    (a, b) => b.sequence - a.sequence,
  );
}

function dominates(floor: SnapshotFloor, other: SnapshotFloor): boolean {
  return floor.sequence >= other.sequence && floor.first_date <= other.first_date;
}

/**
 * For each night of a month the sequence of the newest snapshot that covers it; null: none does. A fact about the night with a lower sequence is
 * void. Pages are computed by the thousand, so no date is written out for it.
 */
export function nightlyFloors(
  floors: readonly SnapshotFloor[],
  month: PlainMonth,
): (number | null)[] {
  const covering = floors.map(({ first_date, sequence }) => ({
    sequence,
    from: positionIn(month, first_date),
  }));
  return Array.from(
    { length: daysIn(month) },
    (_, day) => covering.find(({ from }) => from <= day)?.sequence ?? null,
  );
}

/** Position of a date among the days of a month: an earlier one is at its beginning, a later one beyond its end. */
function positionIn(month: PlainMonth, date: PlainDate): number {
  const own = monthOf(date);
  if (own !== month) return own < month ? 0 : Number.POSITIVE_INFINITY;
  return dayIndex(date);
}
