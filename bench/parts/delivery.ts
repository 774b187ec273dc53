import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../local/until.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { fleet, pressures } from '../fleet/homes.ts';
import { channels, type FleetMarket, fleetQuiet, openFleetMarket } from '../fleet/market.ts';
import { FleetPms } from '../fleet/pms.ts';
import {
  type Fullest,
  fullestOf,
  isOver,
  type Traffic,
  type Usage,
  usageOf,
} from '../fleet/usage.ts';
import { type Processing, processingOf } from '../machine.ts';
import type { World } from '../world.ts';
import { measureTrouble, type TroubleResult } from './trouble.ts';

/** Longer than the longest window that a minute can fill, so that what came before is in the past. */
const WARM_UP_MS = 30_000;
const MEASURED_MS = 60_000;
/** Until the longest of these windows has forgotten the backlog, ms. */
const WINDOW_MS = 60_000;
/** More than a simulator keeps. */
const EVERYTHING = 1_000_000;
const CAUGHT_UP_WITHIN_MS = 180_000;

export interface DeliveryResult {
  readonly backlog: BacklogResult;
  readonly trouble: TroubleResult;
}

export interface BacklogResult {
  readonly connections: number;
  readonly seconds: number;
  /** Changes of prices and minimum stays by the PMS a second. */
  readonly changes: number;
  readonly usage: readonly Usage[];
  /** Of everything since the backlog began. */
  readonly windows: readonly Fullest[];
  readonly overLimit: number;
  /** Answers 429 of all platforms. */
  readonly rateLimited: number;
  /** Rules of the platforms that were broken, and how often. */
  readonly violations: Readonly<Record<string, number>>;
  /** ms from the last change until every channel showed the newest price of every night. */
  readonly caughtUpMs: number;
  /** Share of the time in which the pipelines computed (over 1: on more than one core), and in which one could have but had no processor. */
  readonly computed: number | null;
  readonly waited: number | null;
}

/** 50 connections with always something to send, then with three of their platforms in trouble. */
export async function measureDelivery(
  world: World,
  onProgress: (line: string) => void,
): Promise<DeliveryResult> {
  const market = await openFleetMarket(world, onProgress);
  try {
    const pms = await FleetPms.open(world, market.topic('pms.events'), market.day);
    try {
      const work = async (): Promise<DeliveryResult> => {
        const backlog = await measureBacklog(market, pms, onProgress);
        await delay(WINDOW_MS);
        await fleetQuiet(market.simulators);
        return { backlog, trouble: await measureTrouble(market, pms, onProgress) };
      };
      return await Promise.race([work(), market.failed]);
    } finally {
      await pms.close();
    }
  } finally {
    await market.close();
  }
}

async function measureBacklog(
  market: FleetMarket,
  pms: FleetPms,
  onProgress: (line: string) => void,
): Promise<BacklogResult> {
  const stop = new AbortController();
  const begin = Date.now();
  const pressing = pms.press(pressures, stop.signal);
  await Promise.race([delay(WARM_UP_MS), pressing]);
  const from = Date.now();
  const before = processingOfAll(market);
  await Promise.race([delay(MEASURED_MS), pressing]);
  const end = Date.now();
  const after = processingOfAll(market);
  stop.abort();
  const changes = await pressing;
  const stoppedAt = Date.now();
  onProgress('the backlog is measured; what is left leaves');
  const traffic = await Promise.all(channels().map((channel) => trafficOf(market, channel)));
  const usage = traffic.map((one) => usageOf(one, from, end));
  for (const { channel, used, possible, share, answerMs } of usage)
    onProgress(
      `backlog at ${channel}: ${used.toFixed(1)} of ${possible.toFixed(1)} requests/s (${(share * 100).toFixed(1)} %), answered in ${answerMs.toFixed(1)} ms`,
    );
  const windows = traffic.flatMap((one) =>
    fullestOf({ ...one, exchanges: one.exchanges.filter(({ at }) => at >= begin) }),
  );
  await caughtUp(market, pms);
  const counts = await Promise.all(channels().map((channel) => countersOf(market, channel)));
  const known = before !== null && after !== null;
  return {
    connections: fleet.flatMap(({ sales }) => sales).length,
    seconds: (end - from) / 1_000,
    changes: (changes / (stoppedAt - begin)) * 1_000,
    usage,
    windows,
    overLimit: windows.filter(isOver).length,
    rateLimited: counts.reduce((sum, { rateLimited }) => sum + rateLimited, 0),
    violations: Object.assign({}, ...counts.map(({ violations }) => violations)) as Record<
      string,
      number
    >,
    caughtUpMs: Date.now() - stoppedAt,
    computed: known ? (after.computedMs - before.computedMs) / (end - from) : null,
    waited: known
      ? (after.waitedMs - before.waitedMs) / (end - from) / market.pipelines.length
      : null,
  };
}

async function trafficOf({ simulators }: FleetMarket, channel: string): Promise<Traffic> {
  const sales = fleet.flatMap(({ propertyId, sales: sold }) =>
    sold.filter((sale) => sale.channel === channel).map((sale) => ({ ...sale, propertyId })),
  );
  const exchanges = await simulators.side(channel).requests(EVERYTHING);
  return { channel: channel as ChannelType, sales, exchanges };
}

async function countersOf({ simulators }: FleetMarket, channel: string) {
  const side = simulators.side(channel);
  const [rateLimited, violations] = await Promise.all([side.rateLimited(), side.violations()]);
  const named = Object.entries(violations).map(([rule, count]) => [`${channel} ${rule}`, count]);
  return { rateLimited, violations: Object.fromEntries(named) as Record<string, number> };
}

/** Every channel shows what the PMS said last: nothing of the backlog was lost. */
async function caughtUp({ simulators }: FleetMarket, pms: FleetPms): Promise<void> {
  for (const home of fleet)
    for (const { channel, unit, ratePlanId } of home.sales)
      for (const night of pms.movedNights()) {
        const wanted = pms.wanted(home, night);
        if (wanted === undefined) continue;
        const isShown = async () => {
          const shown = (await simulators.side(channel).night(unit, night))?.rates[ratePlanId];
          return shown?.price === wanted.price && shown.minStayArrival === wanted.minStay;
        };
        await until(`${night} of ${unit} as wanted at ${channel}`, isShown, CAUGHT_UP_WITHIN_MS);
      }
}

function processingOfAll({ pipelines }: FleetMarket): Processing | null {
  const all = pipelines.map(({ pid }) => (pid === undefined ? null : processingOf(pid)));
  if (all.some((one) => one === null)) return null;
  const sum = (of: keyof Processing) => all.reduce((total, one) => total + (one?.[of] ?? 0), 0);
  return { computedMs: sum('computedMs'), waitedMs: sum('waitedMs') };
}
