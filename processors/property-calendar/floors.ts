import type { PlainDate } from '../../schemas/domain/plain-date.ts';
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

/** Sequence of the newest snapshot that covers the night; null: none does. A fact about the night with a lower sequence is void. */
export function floorOf(floors: readonly SnapshotFloor[], night: PlainDate): number | null {
  for (const floor of floors) if (floor.first_date <= night) return floor.sequence;
  return null;
}
