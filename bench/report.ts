import type { Machine } from './machine.ts';
import type { InboundResult } from './parts/inbound.ts';
import type { OutboundResult } from './parts/outbound.ts';
import type { RestoreResult } from './parts/restore.ts';
import type { StageThroughput } from './parts/throughput.ts';
import { median } from './statistics.ts';

/** Everything that a run found; with `--json` it is printed as it is. */
export interface Report {
  readonly machine: Machine;
  /** Load of the machine (one minute) before and after. Over the number of cores, other work slowed us down. */
  readonly load: { readonly before: number; readonly after: number };
  readonly startedAt: string;
  readonly seconds: number;
  readonly verdicts: readonly Verdict[];
  readonly throughput?: readonly StageThroughput[];
  readonly restore?: RestoreResult;
  readonly outbound?: OutboundResult;
  readonly inbound?: InboundResult;
}

export interface Verdict {
  readonly what: string;
  readonly unit: 'of the floor' | 'hops';
  readonly value: number;
  readonly target: number;
  readonly met: boolean;
  /** What the ratio is made of. */
  readonly detail: string;
}

type Parts = Pick<Report, 'throughput' | 'restore' | 'outbound' | 'inbound'>;

const STAGE_SHARE = 0.7;
const RESTORE_SHARE = 0.8;
const OUTBOUND_HOPS = { p50: 8, p99: 12 };
const INBOUND_HOPS = { p50: 20, p99: 25 };

/** What was found against the targets. */
export function verdictsOf(parts: Parts): Verdict[] {
  return [
    ...(parts.throughput ?? []).map((result) =>
      share(`throughput of ${result.stage}`, STAGE_SHARE, result),
    ),
    ...(parts.restore
      ? [share(`restore of ${parts.restore.stage}`, RESTORE_SHARE, parts.restore)]
      : []),
    ...(parts.outbound ? hops('PMS event → request', OUTBOUND_HOPS, parts.outbound) : []),
    ...(parts.inbound ? hops('webhook → closing elsewhere', INBOUND_HOPS, parts.inbound) : []),
  ];
}

function share(
  what: string,
  target: number,
  { ratio, cpuRatio, ours, floor }: Pick<StageThroughput, 'ratio' | 'cpuRatio' | 'ours' | 'floor'>,
): Verdict {
  const rates = `${thousands(ours.perSecond)} against ${thousands(floor.perSecond)} records/s`;
  const cpu = `${ours.cpuMicros.toFixed(0)} against ${floor.cpuMicros.toFixed(0)} µs of CPU each (${percent(cpuRatio)})`;
  const detail = `${rates}; ${cpu}`;
  return { what, unit: 'of the floor', value: ratio, target, met: ratio >= target, detail };
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
    const waited =
      waits.length > 0 ? `; no processor for ${percent(median(waits))} of the time` : '';
    const detail = `${result.latency[rank].toFixed(1)} ms${fetch}; one hop ${result.hop[rank].toFixed(2)} ms${waited}`;
    const target = targets[rank];
    return { what: `${what}, ${rank}`, unit: 'hops', value, target, met: value <= target, detail };
  });
}

/** The table for people. */
export function rendered({ machine, load, seconds, verdicts, restore, outbound }: Report): string {
  const rows = verdicts.map(({ what, unit, value, target, met, detail }) => [
    what,
    unit === 'hops' ? `${value.toFixed(1)} hops` : `${percent(value)} ${unit}`,
    unit === 'hops' ? `≤ ${target}` : `≥ ${percent(target)}`,
    met ? 'met' : 'missed',
    detail,
  ]);
  const lines = [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}; Node ${machine.node}; ${machine.jdk ?? 'no JDK'}; stack "${machine.stack}"`,
    `load ${load.before} before and ${load.after} after, ${seconds.toFixed(0)} s`,
    '',
    ...table([['What', 'Measured', 'Target', '', 'Made of'], ...rows]),
  ];
  if (restore) {
    const { recomputedPages: pages, recomputedPerSecond: rate } = restore;
    lines.push('', `recomputing after the restore: ${thousands(rate)} pages/s (${pages} pages)`);
  }
  if (outbound && outbound.cpuMsPerEvent !== null) {
    lines.push(
      `the pipeline computes ${outbound.cpuMsPerEvent.toFixed(1)} ms for a PMS event at ${outbound.perSecond} events/s`,
    );
  }
  return lines.join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function thousands(value: number): string {
  return value >= 10_000 ? `${(value / 1_000).toFixed(0)} k` : value.toFixed(0);
}
