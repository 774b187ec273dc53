import { connectorOf } from '../../connectors/registry.ts';
import { type BudgetSpec, budgetsOf } from '../../processors/limits/budget-names.ts';
import { connectionRate } from '../../processors/limits/rates.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { Exchange } from '../../simulators/index.ts';
import { fullestWindow } from '../../simulators/sliding-window.ts';
import { connectionOf } from '../records/properties.ts';
import { allowedIn, type Member, possibleOf } from './capacity.ts';
import type { FleetHome, FleetSale } from './homes.ts';

/** What the connections of one platform did with what they could have done, in the measured time. */
export interface Usage {
  readonly channel: string;
  readonly connections: number;
  /**
   * Most requests a second: of each connection the smaller of delivery's part of its window and concurrency ÷ answer time, of all together no
   * more than the budgets that they share, less what polls took of these.
   */
  readonly possible: number;
  /** Updates of calendars a second that arrived. */
  readonly used: number;
  readonly share: number;
  /** Requests of the connection that had the fewest, and of the one that had the most. */
  readonly perConnection: { readonly least: number; readonly most: number };
  /** Mean time from arrival to answer as the platform saw it, ms. */
  readonly answerMs: number;
}

/** The fullest window of something that a platform counts. */
export interface Fullest {
  readonly what: string;
  readonly requests: number;
  readonly limit: number;
  readonly windowMs: number;
}

/** Requests that arrived at one platform, and what was sold there. */
export interface Traffic {
  readonly channel: ChannelType;
  readonly sales: readonly (FleetSale & Pick<FleetHome, 'propertyId'>)[];
  readonly exchanges: readonly Exchange[];
}

/** @param from wall clock, ms; @param until likewise, not in it */
export function usageOf(
  { channel, sales, exchanges }: Traffic,
  from: number,
  until: number,
): Usage {
  const writes = exchanges.filter(({ kind, at }) => kind === 'write' && at >= from && at < until);
  const answers = writes.flatMap(({ at, answeredAt }) =>
    answeredAt === null ? [] : [answeredAt - at],
  );
  const answerMs = answers.reduce((sum, ms) => sum + ms, 0) / answers.length;
  const ms = until - from;
  const others = exchanges.filter(
    ({ kind, at }) => kind !== 'write' && kind !== 'token' && at >= from && at < until,
  );
  const possible = possibleOf(sales.map((sale) => memberOf(sale, ms, answerMs, others)));
  const counts = sales.map(
    ({ listing }) => writes.filter(({ target }) => target === listing).length,
  );
  return {
    channel,
    connections: sales.length,
    possible: (possible / ms) * 1_000,
    used: (writes.length / ms) * 1_000,
    share: writes.length / possible,
    perConnection: { least: Math.min(...counts), most: Math.max(...counts) },
    answerMs,
  };
}

/** The fullest windows of all that counts for the updates of a platform. */
export function fullestOf({ channel, sales, exchanges }: Traffic): Fullest[] {
  const calls = exchanges.filter(({ kind }) => kind !== 'token');
  const worst = new Map<string, Fullest>();
  for (const sale of sales) {
    const own = calls.filter(({ target }) => target === sale.listing);
    const { requests, windowMs } = windowOf(sale);
    note(worst, `${channel} connection`, own, requests, windowMs);
    for (const spec of specsOf(sale)) {
      const counted = spec.scope === 'listing' ? own : countedFor(sale, spec, calls);
      note(worst, `${channel} ${spec.scope}`, counted, spec.requests, spec.windowMs);
    }
  }
  return [...worst.values()];
}

export function isOver({ requests, limit }: Fullest): boolean {
  return requests > limit;
}

function note(
  worst: Map<string, Fullest>,
  what: string,
  exchanges: readonly Exchange[],
  limit: number,
  windowMs: number,
): void {
  const requests = fullestWindow(
    exchanges.map(({ at }) => at),
    windowMs,
  );
  const key = `${what} ${limit} ${windowMs}`;
  if (requests >= (worst.get(key)?.requests ?? 0))
    worst.set(key, { what, requests, limit, windowMs });
}

/** Of a budget for some endpoints only the updates are looked at here; for all others the platform's own counters stand. */
function countedFor(
  sale: FleetSale,
  spec: BudgetSpec,
  calls: readonly Exchange[],
): readonly Exchange[] {
  return countsAll(sale, spec) ? calls : calls.filter(({ kind }) => kind === 'write');
}

/** The budget is one of all endpoints. */
function countsAll(sale: FleetSale, spec: BudgetSpec): boolean {
  return specsOf({ ...sale, endpoint: null }).some(({ name }) => name === spec.name);
}

function memberOf(
  sale: Traffic['sales'][number],
  ms: number,
  answerMs: number,
  others: readonly Exchange[],
): Member {
  const { manifest } = connector(sale.channel);
  const inTurn = (manifest.concurrency * ms) / answerMs;
  const rate = connectionRate(manifest, rowOf(sale));
  return {
    own: Math.min(inTurn, allowedIn(ms, rate)),
    budgets: specsOf(sale).map((spec) => ({
      name: spec.name,
      allows: allowedIn(ms, spec) - takenByOthers(sale, spec, others),
    })),
  };
}

/** Calls that are no updates and count all the same; of an account or listing they are not told apart, so none is taken off. */
function takenByOthers(sale: FleetSale, spec: BudgetSpec, others: readonly Exchange[]): number {
  if (spec.scope !== 'credential' && spec.scope !== 'address') return 0;
  return countsAll(sale, spec) ? others.length : 0;
}

/** The connection's window as the platform keeps it, whoever's calls count. */
function windowOf(sale: FleetSale): { readonly requests: number; readonly windowMs: number } {
  const declared = connector(sale.channel).manifest.limits.find(
    ({ scope }) => scope === 'connection',
  );
  const { requests = 1, windowMs = 1_000, byTier } = declared ?? {};
  const tier = byTier === true ? sale.perSecond : null;
  return { requests: tier === null ? requests : (tier * windowMs) / 1_000, windowMs };
}

function specsOf(sale: Omit<FleetSale, 'endpoint'> & { readonly endpoint: string | null }) {
  const { channel, endpoint, listing, accountId, credentialId, perSecond } = sale;
  return budgetsOf(connector(channel).manifest, {
    channel,
    endpoint,
    listing,
    accountId,
    credentialId,
    perSecond,
  });
}

function rowOf({ propertyId, channel, perSecond }: Traffic['sales'][number]): Connection {
  return { ...connectionOf(propertyId, channel), requests_per_second: perSecond };
}

function connector(channel: ChannelType) {
  const found = connectorOf(channel);
  if (found === undefined) throw new RangeError(`there is no connector for ${channel}`);
  return found;
}
