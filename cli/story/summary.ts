import { SALES } from './home.ts';
import type { Telling } from './telling.ts';

/** The last line of `--once`. */
export interface Summary {
  readonly parity: boolean;
  readonly differences: number;
  /** Facts on `pms.events`. */
  readonly events: number;
  /** Requests of ours that reached the platforms, and what of them was answered 429. */
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
  readonly channels: Readonly<Record<string, ChannelSummary>>;
}

interface ChannelSummary {
  readonly differences: number;
  /** Ours to it; of a channel that fetches, its own to us. */
  readonly requests: number;
  readonly violations: number;
}

/** Compares every platform's calendar with the PMS and counts. */
export async function summarise(telling: Telling): Promise<Summary> {
  const platforms = telling.platforms();
  const reports = platforms.map((platform) => platform.report());
  const broken = ({ violations }: (typeof reports)[number]) =>
    Object.values(violations).reduce((a, b) => a + b, 0);
  const sum = (of: (report: (typeof reports)[number]) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const found = telling.differences();
  const rows = await telling.rows<{ source: string; channel_booking_id: string; live: number }>(
    "SELECT source, channel_booking_id, count(*) FILTER (WHERE status <> 'cancelled')::int AS live FROM bookings WHERE channel_booking_id IS NOT NULL GROUP BY 1, 2",
  );
  const expected = platforms.flatMap((platform) =>
    platform
      .reservations()
      .filter((reservation) => reservation.live)
      .map(({ id }) => ({ id, channel: platform.channel })),
  );
  const isStored = ({ id, channel }: (typeof expected)[number]) =>
    rows.some(
      (row) => row.source === channel && row.channel_booking_id.startsWith(id) && row.live === 1,
    );
  const closings = [...telling.closings].sort((a, b) => a - b);
  return {
    parity: found.length === 0,
    differences: found.length,
    events: telling.world.events(),
    requests: telling.requests(),
    rateLimited: sum(({ rateLimited }) => rateLimited),
    violations: sum(broken),
    reopenedNights: sum(({ reopenedToldNights }) => reopenedToldNights),
    duplicateBookings: rows.filter(({ live }) => live > 1).length,
    missingBookings: expected.filter((reservation) => !isStored(reservation)).length,
    closingMs: {
      count: closings.length,
      median: closings[Math.floor(closings.length / 2)] ?? null,
      worst: closings.at(-1) ?? null,
    },
    channels: Object.fromEntries(
      reports.map((report) => [
        report.channel,
        {
          differences: found.filter(({ channel }) => channel === report.channel).length,
          requests: report.requests,
          violations: broken(report),
        },
      ]),
    ),
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
