import { expect } from 'vitest';
import type { Sale } from '../../cli/story/home.ts';
import { type DateRange, nightsOf } from '../../schemas/domain/plain-date.ts';
import type { Difference, Ledger } from '../../simulators/index.ts';
import type { Market } from './market.ts';

export interface Judgement {
  readonly requests: number;
  /** Writes in which every cell said what the platform had from us already. */
  readonly repeatedRequests: number;
  readonly repeatedCells: number;
}

const SETTLE_MS = 180_000;

/** Waits until the market is quiet and right, and checks what must hold then: parity, each booking once, nothing reopened, no rule broken. */
export async function judge(market: Market): Promise<Judgement> {
  const { telling } = market;
  await published(market);
  await telling.parity(SETTLE_MS, market.sales);
  await bookedOnce(market);
  // A booking of a channel is a fact of the PMS: with all of them stored, the calendars have to be right again.
  await published(market);
  await telling.parity(SETTLE_MS, market.sales);
  expect(telling.differences(market.sales)).toEqual([] satisfies Difference[]);
  await directOnce(market);
  nothingReopened(market);
  for (const { platform } of [telling.world.airbnb, telling.world.booking]) {
    const { violations, rateLimited, reopenedBookedNights, reopenedToldNights, overbookedNights } =
      platform.report();
    if (rateLimited > 0) console.error(crowds(platform.ledger));
    expect({
      channel: platform.channel,
      violations,
      rateLimited,
      reopenedBookedNights,
      reopenedToldNights,
      overbookedNights,
    }).toEqual({
      channel: platform.channel,
      violations: {},
      rateLimited: 0,
      reopenedBookedNights: 0,
      reopenedToldNights: 0,
      overbookedNights: 0,
    });
  }
  return repeats(market);
}

/** The requests that crowded a platform's window, for whoever reads the failure. */
function crowds(ledger: Ledger): string {
  return ledger
    .violations()
    .map(({ rule, detail, at, exchange }) => {
      const around = ledger
        .exchanges(ledger.exchanges().find(({ id }) => id === exchange)?.target ?? undefined)
        .filter((one) => one.at > at - 1_100 && one.at <= at)
        .map((one) => `  ${one.at - at} ms ${one.method} ${one.path} -> ${one.status}`);
      return [`${rule} ${detail} at ${new Date(at).toISOString()}`, ...around].join('\n');
    })
    .join('\n');
}

/** Every fact that was committed is in the log, and the PMS that judges has read it. */
async function published({ telling, homes }: Market): Promise<void> {
  await telling.until(
    'all facts are published',
    async () => {
      const waiting = await telling.rows('SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1');
      if (waiting.length > 0) return false;
      const counters = await telling.rows<{ property_id: string; sequence: string }>(
        'SELECT property_id, sequence FROM property_counters',
      );
      const heard = new Map(
        telling.world.pms
          .properties()
          .map((one) => [one.id as string, Math.max(...one.facts().map((f) => f.sequence ?? 0))]),
      );
      return counters
        .filter(({ property_id }) => homes.some(({ property }) => property === property_id))
        .every(({ property_id, sequence }) => heard.get(property_id) === Number(sequence));
    },
    SETTLE_MS,
  );
}

/** Each reservation of a platform is one booking, live as long as it is; no row is anybody else's. */
async function bookedOnce({ telling, reservations }: Market): Promise<void> {
  for (const channel of ['airbnb', 'booking'] as const) {
    const { platform } = telling.world[channel];
    const wanted = platform
      .reservations()
      .map(({ id, live }) => `${id} ${live ? 'live' : 'cancelled'}`)
      .sort();
    const stored = async () => {
      const rows = await telling.rows<{ channel_booking_id: string; status: string }>(
        'SELECT channel_booking_id, status FROM bookings WHERE source = $1',
        [platform.channel],
      );
      return rows
        .map(
          ({ channel_booking_id, status }) =>
            `${channel_booking_id} ${status === 'cancelled' ? 'cancelled' : 'live'}`,
        )
        .sort();
    };
    const asText = (list: readonly string[]) => list.join('\n');
    await telling
      .until(
        `every reservation of ${platform.channel} is stored`,
        async () => asText(await stored()) === asText(wanted),
        SETTLE_MS,
      )
      .catch(() => undefined);
    expect(await stored()).toEqual(wanted);
    expect(wanted.length).toBeGreaterThanOrEqual(reservations[channel].size);
  }
  expect(await telling.rows('SELECT * FROM booking_conflicts')).toEqual([]);
}

async function directOnce({ telling, direct }: Market): Promise<void> {
  const rows = await telling.rows<{ id: string; status: string; check_in: string }>(
    "SELECT id, status, check_in::text FROM bookings WHERE source = 'direct' ORDER BY id",
  );
  const wanted = direct
    .map(({ id, live, nights }) => ({ id, live, check_in: nights.start }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(
    rows.map(({ id, status, check_in }) => ({ id, live: status !== 'cancelled', check_in })),
  ).toEqual(wanted);
}

/** The nights of a direct booking belonged to nobody before it and to nobody after: once closed, a platform must never sell them again. */
function nothingReopened({ telling, direct }: Market): void {
  const reopened = direct
    .filter(({ live }) => live)
    .flatMap(({ home, nights, at }) =>
      [home.airbnb, home.booking].flatMap((sale) => reopenings(sale, nights, at)),
    );
  expect(reopened).toEqual([]);

  function reopenings(sale: Sale, nights: DateRange, bookedAt: number) {
    const { history, channel } = telling.platformOf(sale);
    return nightsOf(nights).flatMap((night) => {
      const intervals = history.sellable(sale.unit, night);
      const closedAt = intervals.find(({ to }) => to !== null && to >= bookedAt)?.to ?? bookedAt;
      const again = intervals.filter(({ from }) => from > closedAt);
      return again.map(({ from }) => ({ channel, unit: sale.unit, night, bookedAt, from }));
    });
  }
}

function repeats({ telling, sales }: Market): Judgement {
  const newCells = new Map<string, boolean>();
  let repeatedCells = 0;
  for (const sale of sales) {
    const { history, channel } = telling.platformOf(sale);
    for (const night of nightsOf(telling.nights(0, 400))) {
      const held = new Map<string, unknown>();
      for (const { cause, request, values } of history.of(sale.unit, night)) {
        if (cause !== 'api' || request === null) {
          // What a guest or the platform does to a night may have to be said again.
          held.clear();
          continue;
        }
        const isRepeat = Object.entries(values).every(([name, value]) => held.get(name) === value);
        for (const [name, value] of Object.entries(values)) held.set(name, value);
        const key = `${channel} ${request}`;
        newCells.set(key, (newCells.get(key) ?? false) || !isRepeat);
        if (isRepeat) repeatedCells += 1;
      }
    }
  }
  return {
    requests: telling.requests(),
    repeatedRequests: [...newCells.values()].filter((isNew) => !isNew).length,
    repeatedCells,
  };
}
