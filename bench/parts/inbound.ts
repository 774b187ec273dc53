import { until } from '../../local/until.ts';
import { type HopProbe, until as moment } from '../floor/one-hop.ts';
import { type Home, homes } from '../latency/homes.ts';
import type { Market } from '../latency/market.ts';
import type { Sale } from '../market/selling.ts';
import { median, type Spread, spread } from '../statistics.ts';
import { PER_SECOND as HOPS_PER_SECOND, type LatencyRound, processing } from './outbound.ts';

/** Guests at one channel. The other one takes 700 requests a minute in all, and each booking costs one. */
const PER_SECOND = 5;
/** Hops and bookings take turns; the first round warms up and is not counted. */
const ROUNDS = 7;
const HOPS = 250;
const BOOKINGS = 60;
const STAY_NIGHTS = 2;
const ARRIVE_WITHIN_MS = 60_000;
/** The first of the nights that are booked here, days from today: behind those of the outbound part. */
const FIRST_NIGHT = 200;

export interface InboundResult {
  readonly perSecond: number;
  readonly hop: Spread;
  /** ms from the webhook's departure until the closing arrived at the other channel, fetch included. */
  readonly latency: Spread;
  /** ms of the fetch of the reservation as the platform saw it. */
  readonly fetch: Spread;
  /** Medians of the rounds' ratios: latency without the fetch, and without the one hop that goes with it, in hops. */
  readonly p50Hops: number;
  readonly p99Hops: number;
  readonly rounds: readonly InboundRound[];
}

interface InboundRound extends LatencyRound {
  readonly fetch: Spread;
}

interface Booked {
  readonly home: DualHome;
  readonly night: string;
  readonly code: string;
}

type DualHome = Home & { readonly booking: Sale };

/** A guest books at Airbnb; its webhook names nothing but a code, the reservation is fetched and stored, and Booking.com closes. */
export async function measureInbound(
  market: Market,
  probe: HopProbe,
  onProgress: (line: string) => void,
): Promise<InboundResult> {
  const hops: number[] = [];
  const latencies: number[] = [];
  const fetches: number[] = [];
  const rounds: InboundRound[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const hopTimes = await probe.measure(HOPS, HOPS_PER_SECOND);
    const before = processing(market);
    const startedAt = performance.now();
    const booked = await bookings(market, round * BOOKINGS);
    const after = processing(market);
    const elapsed = performance.now() - startedAt;
    const arrived = await arrivals(market, booked);
    const fetched = await fetchTimes(market, booked);
    const waited =
      before === null || after === null ? null : (after.waitedMs - before.waitedMs) / elapsed;
    const one = { hop: spread(hopTimes), latency: spread(arrived), fetch: spread(fetched), waited };
    const { latency, hop } = one;
    onProgress(
      `webhook to closing elsewhere: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms; hop ${hop.p50.toFixed(2)} and ${hop.p99.toFixed(2)} ms`,
    );
    if (round === 0) continue;
    rounds.push(one);
    hops.push(...hopTimes);
    latencies.push(...arrived);
    fetches.push(...fetched);
  }
  return {
    perSecond: PER_SECOND,
    hop: spread(hops),
    latency: spread(latencies),
    fetch: spread(fetches),
    p50Hops: median(rounds.map((round) => hopsOf(round, 'p50'))),
    p99Hops: median(rounds.map((round) => hopsOf(round, 'p99'))),
    rounds,
  };
}

function hopsOf({ latency, fetch, hop }: InboundRound, rank: 'p50' | 'p99'): number {
  return (latency[rank] - fetch[rank]) / hop[rank] - 1;
}

async function bookings({ simulators, day }: Market, done: number): Promise<Booked[]> {
  const dual = homes.filter((home): home is DualHome => home.booking !== null);
  const begin = performance.now();
  const booked: Booked[] = [];
  for (let at = 0; at < BOOKINGS; at += 1) {
    await moment(begin + (at * 1_000) / PER_SECOND);
    const number = done + at;
    const home = dual[number % dual.length];
    if (home === undefined) continue;
    const first = FIRST_NIGHT + STAY_NIGHTS * Math.floor(number / dual.length);
    const night = day(first);
    const code = await simulators.airbnb.book(home.airbnb.unit, night, day(first + STAY_NIGHTS));
    booked.push({ home, night, code });
  }
  return booked;
}

/** ms from the first departure of each webhook until its closing arrived. */
async function arrivals({ simulators }: Market, booked: readonly Booked[]): Promise<number[]> {
  const closed: number[] = [];
  for (const { home, night } of booked) {
    closed.push(
      await until(
        `the closing of ${night} at the other channel`,
        () => simulators.booking.closedAt(home.booking.unit, night),
        ARRIVE_WITHIN_MS,
      ),
    );
  }
  // The platform notes a departure once it has the answer, which may come after the closing.
  const departures = await until('the answers to all webhooks', async () => {
    const deliveries = await simulators.airbnb.deliveries();
    const left = booked.map(
      ({ code }) => deliveries.find(({ body }) => body.includes(code))?.attempts[0]?.at,
    );
    return left.every((at) => at !== undefined) ? left : null;
  });
  return closed.map((at, index) => at - (departures[index] ?? Number.NaN));
}

async function fetchTimes({ simulators }: Market, booked: readonly Booked[]): Promise<number[]> {
  const requests = await simulators.airbnb.requests(20 * BOOKINGS);
  return booked.flatMap(({ code }) => {
    const fetch = requests.find(({ kind, path }) => kind === 'fetch' && path.includes(code));
    return fetch === undefined || fetch.answeredAt === null ? [] : [fetch.answeredAt - fetch.at];
  });
}
