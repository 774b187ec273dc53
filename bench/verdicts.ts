import type { DeliveryResult } from './parts/delivery.ts';
import type { InboundResult } from './parts/inbound.ts';
import type { KeysResult } from './parts/keys.ts';
import type { OutboundResult } from './parts/outbound.ts';
import type { RestoreResult } from './parts/restore.ts';
import type { StageThroughput } from './parts/throughput.ts';
import { median } from './statistics.ts';

/** What the parts found. A part that did not run is missing. */
export interface Results {
  readonly throughput?: readonly StageThroughput[];
  readonly restore?: RestoreResult;
  readonly outbound?: OutboundResult;
  readonly inbound?: InboundResult;
  readonly delivery?: DeliveryResult;
  readonly keys?: KeysResult;
}

/** `times`: a ratio of ours to what it is compared with, or the other way round; `in all`: a count. */
export type Unit = 'of the floor' | 'of the limit' | 'hops' | 'times' | 'in all';

export interface Verdict {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
  readonly target: number;
  /** Which side of the target is good; it is itself. */
  readonly good: 'at least' | 'at most';
  readonly met: boolean;
  /** What the ratio is made of. */
  readonly detail: string;
}

const STAGE_SHARE = 0.7;
const RESTORE_SHARE = 0.8;
const OUTBOUND_HOPS = { p50: 8, p99: 12 };
const INBOUND_HOPS = { p50: 20, p99: 25 };
const LIMIT_SHARE = 0.95;
const TROUBLE_RATIO = 1.2;

/** What was found against the targets. */
export function verdictsOf(results: Results): Verdict[] {
  const { throughput, restore, outbound, inbound, delivery, keys } = results;
  return [
    ...(throughput ?? []).map((result) =>
      share(`throughput of ${result.stage}`, STAGE_SHARE, result),
    ),
    ...(restore ? [share(`restore of ${restore.stage}`, RESTORE_SHARE, restore)] : []),
    ...(outbound ? hops('PMS event → request', OUTBOUND_HOPS, outbound) : []),
    ...(inbound ? hops('webhook → closing elsewhere', INBOUND_HOPS, inbound) : []),
    ...(delivery ? [...backlog(delivery), trouble(delivery)] : []),
    ...(keys ? keyRows(keys) : []),
  ];
}

function verdict(
  what: string,
  unit: Unit,
  value: number,
  good: Verdict['good'],
  target: number,
  detail: string,
): Verdict {
  const met = good === 'at least' ? value >= target : value <= target;
  return { what, unit, value, target, good, met, detail };
}

function share(
  what: string,
  target: number,
  { ratio, cpuRatio, ours, floor }: Pick<StageThroughput, 'ratio' | 'cpuRatio' | 'ours' | 'floor'>,
): Verdict {
  const rates = `${thousands(ours.perSecond)} against ${thousands(floor.perSecond)} records/s`;
  const cpu = `${ours.cpuMicros.toFixed(0)} against ${floor.cpuMicros.toFixed(0)} µs of CPU each (${percent(cpuRatio)})`;
  return verdict(what, 'of the floor', ratio, 'at least', target, `${rates}; ${cpu}`);
}

function hops(
  what: string,
  targets: { readonly p50: number; readonly p99: number },
  result: OutboundResult | InboundResult,
): Verdict[] {
  return (['p50', 'p99'] as const).map((rank) => {
    const value = rank === 'p50' ? result.p50Hops : result.p99Hops;
    const fetch = 'fetch' in result ? `, fetch ${result.fetch[rank].toFixed(1)} ms` : '';
    const waits = result.rounds.flatMap(({ waited }) => waited ?? []);
    const waited = waits.length > 0 ? `; ${unserved(median(waits))}` : '';
    const detail = `${result.latency[rank].toFixed(1)} ms${fetch}; one hop ${result.hop[rank].toFixed(2)} ms${waited}`;
    return verdict(`${what}, ${rank}`, 'hops', value, 'at most', targets[rank], detail);
  });
}

function backlog({ backlog: found }: DeliveryResult): Verdict[] {
  const { usage, windows, overLimit, rateLimited, violations, seconds, waited } = found;
  const broken = Object.values(violations).reduce((sum, count) => sum + count, 0);
  const rules = broken === 0 ? 'no rule broken' : JSON.stringify(violations);
  const noProcessor = waited === null ? '' : `; ${unserved(waited)}`;
  return [
    ...usage.map(({ channel, connections, possible, used, share: part, answerMs }) =>
      verdict(
        `backlog of ${connections} at ${channel}`,
        'of the limit',
        part,
        'at least',
        LIMIT_SHARE,
        `${used.toFixed(1)} of ${possible.toFixed(1)} requests/s for ${seconds.toFixed(0)} s, answered in ${answerMs.toFixed(1)} ms${noProcessor}`,
      ),
    ),
    verdict('backlog, answers 429', 'in all', rateLimited, 'at most', 0, rules),
    verdict(
      'backlog, windows over their limit',
      'in all',
      overLimit + broken,
      'at most',
      0,
      `${windows.length} kinds of windows; ${rules}`,
    ),
  ];
}

function trouble({ trouble: found }: DeliveryResult): Verdict {
  const { others, p99Ratio, p50Ratio, rounds } = found;
  const p99 = (which: keyof typeof rounds) =>
    median(rounds[which].map((round) => round.p99)).toFixed(0);
  return verdict(
    'three platforms in trouble, p99 of the others',
    'times',
    p99Ratio,
    'at most',
    TROUBLE_RATIO,
    `${p99('with')} against ${p99('without')} ms at ${others} connections; p50 ${p50Ratio.toFixed(2)} times`,
  );
}

function keyRows({ rows, theirVersion }: KeysResult): Verdict[] {
  return rows.flatMap(({ keys, ours, theirs, ratio }) =>
    theirs === null || ratio === null
      ? []
      : [
          verdict(
            `${keys} keys, beside Parallel Consumer ${theirVersion}`,
            'times',
            ratio,
            'at least',
            1,
            `${(ours / 1_000).toFixed(2)} against ${(theirs / 1_000).toFixed(2)} s`,
          ),
        ],
  );
}

function unserved(waited: number): string {
  return `no processor for ${percent(waited)} of the time`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

export function thousands(value: number): string {
  return value >= 10_000 ? `${(value / 1_000).toFixed(0)} k` : value.toFixed(0);
}
