import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../local/until.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FaultSpec } from '../../simulators/faults.ts';
import { type FleetHome, timedHomes } from '../fleet/homes.ts';
import type { FleetMarket } from '../fleet/market.ts';
import type { FleetPms } from '../fleet/pms.ts';
import { until as moment } from '../floor/one-hop.ts';
import { median, type Spread, spread } from '../statistics.ts';

/** Bookings at an even pace; each costs Booking.com, which takes 700 in a minute, one request. */
const PER_SECOND = 10;
const BOOKINGS = 300;
/** Without trouble, then with it; the first of all warms up and is not counted. */
const ROUNDS = 5;
const FIRST_NIGHT = 20;
const ARRIVE_WITHIN_MS = 60_000;
const BETWEEN_MS = 1_000;

/** From the beginning of the rounds in trouble until their end, each meets every update of its platform. */
const TROUBLE: Readonly<Record<string, FaultSpec>> = {
  booking_com: { kind: 'hang', on: 'write', times: null },
  expedia: { kind: 'fail', status: 500, on: 'write', times: null },
  google: { kind: 'fail', status: 401, on: 'write', times: null },
};

export interface TroubleResult {
  readonly perSecond: number;
  /** What each platform in trouble did. */
  readonly trouble: Readonly<Record<string, string>>;
  /** Connections that are not in trouble. */
  readonly others: number;
  /** ms from the PMS event's produce call until the closing arrived at those. */
  readonly without: Spread;
  readonly with: Spread;
  /** Medians of the rounds' p50 and p99 in trouble to those without. */
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly rounds: { readonly without: readonly Spread[]; readonly with: readonly Spread[] };
  /** Requests that met their trouble: it was there. */
  readonly met: Readonly<Record<string, number>>;
}

/** One platform hangs, one answers 500, one 401: how long closings take to the others. */
export async function measureTrouble(
  market: FleetMarket,
  pms: FleetPms,
  onProgress: (line: string) => void,
): Promise<TroubleResult> {
  const without: number[][] = [];
  const within: number[][] = [];
  for (let round = 0; round < 1 + 2 * ROUNDS; round += 1) {
    const inTrouble = round > ROUNDS;
    if (round === ROUNDS + 1) await begin(market);
    const times = await closings(market, pms, round);
    const { p50, p99 } = spread(times);
    onProgress(
      `PMS event to request${inTrouble ? ' beside the trouble' : ''}: p50 ${p50} ms, p99 ${p99} ms`,
    );
    if (round > 0) (inTrouble ? within : without).push(times);
    await delay(BETWEEN_MS);
  }
  const rounds = { without: without.map(spread), with: within.map(spread) };
  const ratioOf = (rank: 'p50' | 'p99') =>
    median(rounds.with.map((one) => one[rank])) / median(rounds.without.map((one) => one[rank]));
  return {
    perSecond: PER_SECOND,
    trouble: Object.fromEntries(
      Object.entries(TROUBLE).map(([name, fault]) => [name, inWords(fault)]),
    ),
    others: timedHomes.flatMap(untroubled).length,
    without: spread(without.flat()),
    with: spread(within.flat()),
    p50Ratio: ratioOf('p50'),
    p99Ratio: ratioOf('p99'),
    rounds,
    met: await metBy(market),
  };
}

async function begin({ simulators }: FleetMarket): Promise<void> {
  for (const [channel, fault] of Object.entries(TROUBLE)) await simulators.side(channel).arm(fault);
}

async function metBy({ simulators }: FleetMarket): Promise<Record<string, number>> {
  const met: Record<string, number> = {};
  for (const [channel, { kind }] of Object.entries(TROUBLE))
    met[channel] = (await simulators.side(channel).faultCounts())[kind] ?? 0;
  return met;
}

/** A round of bookings, each of another night. @returns ms from event to request at the platforms without trouble */
async function closings(market: FleetMarket, pms: FleetPms, round: number): Promise<number[]> {
  const start = performance.now();
  const booked: { readonly home: FleetHome; readonly night: PlainDate; readonly sentAt: number }[] =
    [];
  const sent: Promise<void>[] = [];
  for (let at = 0; at < BOOKINGS; at += 1) {
    await moment(start + (at * 1_000) / PER_SECOND);
    const number = round * BOOKINGS + at;
    const home = timedHomes[number % timedHomes.length];
    if (home === undefined) continue;
    const night = market.day(FIRST_NIGHT + Math.floor(number / timedHomes.length));
    const { sentAt, done } = pms.book(home, night);
    booked.push({ home, night, sentAt });
    sent.push(done);
  }
  await Promise.all(sent);
  const times: number[] = [];
  for (const { home, night, sentAt } of booked)
    for (const { channel, unit } of untroubled(home)) {
      const side = market.simulators.side(channel);
      const what = `the closing of ${night} of ${unit} at ${channel}`;
      times.push((await until(what, () => side.closedAt(unit, night), ARRIVE_WITHIN_MS)) - sentAt);
    }
  return times;
}

function untroubled({ sales }: FleetHome) {
  return sales.filter(({ channel }) => !(channel in TROUBLE));
}

function inWords(fault: FaultSpec): string {
  return fault.kind === 'fail' ? `answers ${fault.status}` : `${fault.kind}s`;
}
