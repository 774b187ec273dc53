import type { Reservation, ReservationStatus } from '../../schemas/generated/types.ts';
import type { ReservationRow } from '../../storage/ports/bookings.ts';

/** At equal times the later step in the life of a reservation wins. */
const RANK: Readonly<Record<ReservationStatus, number>> = {
  request: 0,
  new: 1,
  modified: 2,
  no_show: 3,
  declined: 4,
  expired: 4,
  cancelled: 4,
};

/** `apply`: it is the newest. `repeated`: it was applied before. `outdated`: a newer one was applied. */
export type Verdict = 'apply' | 'repeated' | 'outdated';

/** Age is decided here and nowhere before: only the locked row knows what was applied. */
export function judge(row: ReservationRow, revision: Reservation): Verdict {
  const order = compare(row, revision);
  if (order < 0) return 'apply';
  if (order > 0) return 'outdated';
  return row.appliedHashes.includes(revision.content_hash) ? 'repeated' : 'apply';
}

/** The row once `revision` is applied. Of equal order all hashes stay: each of them must never be applied again. */
export function applied(row: ReservationRow, revision: Reservation): ReservationRow {
  const equal = compare(row, revision) === 0;
  return {
    status: revision.status,
    newestAt: revision.revised_at,
    newestRank: RANK[revision.status],
    appliedHashes: equal ? [...row.appliedHashes, revision.content_hash] : [revision.content_hash],
  };
}

/** Negative: the revision is newer than what the row has. */
function compare(
  { newestAt, newestRank }: ReservationRow,
  { revised_at, status }: Reservation,
): number {
  if (newestAt === null || newestRank === null) return -1;
  return newestAt - revised_at || newestRank - RANK[status];
}
