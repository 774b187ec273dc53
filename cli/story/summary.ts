import { SALES } from './home.ts';
import type { Telling } from './telling.ts';

/** The last line of `--once`. */
export interface Summary {
  readonly parity: boolean;
  readonly differences: number;
  /** Facts on `pms.events`. */
  readonly events: number;
  /** Requests that reached the platforms, and what of them was answered 429. */
  readonly requests: number;
  readonly rateLimited: number;
  /** Rules of the platforms that were broken. */
  readonly violations: number;
  /** Nights put on sale over a booking that we had been told of. */
  readonly reopenedNights: number;
  /** Reservations of the platforms that are not exactly one live booking. */
  readonly duplicateBookings: number;
  readonly missingBookings: number;
  /** ms from a fact to the closing at another channel. */
  readonly closingMs: {
    readonly count: number;
    readonly median: number | null;
    readonly worst: number | null;
  };
}

/** Compares every platform's calendar with the PMS and counts. */
export async function summarise(telling: Telling): Promise<Summary> {
  const platforms = [telling.world.airbnb.platform, telling.world.booking.platform];
  const reports = platforms.map((platform) => platform.report());
  const sum = (of: (report: (typeof reports)[number]) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const found = telling.differences();
  const rows = await telling.rows<{ channel_booking_id: string; live: number }>(
    "SELECT channel_booking_id, count(*) FILTER (WHERE status <> 'cancelled')::int AS live FROM bookings WHERE channel_booking_id IS NOT NULL GROUP BY 1",
  );
  const live = new Map(rows.map((row) => [row.channel_booking_id, row.live]));
  const expected = platforms.flatMap((platform) =>
    platform.reservations().filter((reservation) => reservation.live),
  );
  const closings = [...telling.closings].sort((a, b) => a - b);
  return {
    parity: found.length === 0,
    differences: found.length,
    events: telling.world.events(),
    requests: sum(({ requests }) => requests),
    rateLimited: sum(({ rateLimited }) => rateLimited),
    violations: sum(({ violations }) => Object.values(violations).reduce((a, b) => a + b, 0)),
    reopenedNights: sum(({ reopenedToldNights }) => reopenedToldNights),
    duplicateBookings: [...live.values()].filter((count) => count > 1).length,
    missingBookings: expected.filter(
      ({ id }) => ![...live].some(([key, count]) => key.startsWith(id) && count === 1),
    ).length,
    closingMs: {
      count: closings.length,
      median: closings[Math.floor(closings.length / 2)] ?? null,
      worst: closings.at(-1) ?? null,
    },
  };
}

/** Changes nights behind Parity's back, so that the comparison has something to find: it opens a booked one and changes a price. */
export function injectDrift(telling: Telling): void {
  telling.world.airbnb.platform.drift(SALES.airbnb.unit, telling.day(10), { availability: 1 });
  telling.world.booking.platform.drift(SALES.booking.unit, telling.day(100), {
    rate: SALES.booking.ratePlanId,
    price: 99_900,
  });
}
