import type { Machine } from './machine.ts';
import { percent, type Results, thousands, type Unit, type Verdict } from './verdicts.ts';

/** Everything that a run found; with `--json` it is printed as it is. */
export interface Report extends Results {
  readonly machine: Machine;
  /** Load of the machine (one minute) before and after. Over the number of cores, other work slowed us down. */
  readonly load: { readonly before: number; readonly after: number };
  readonly startedAt: string;
  readonly seconds: number;
  readonly verdicts: readonly Verdict[];
}

/** The table for people. */
export function rendered(report: Report): string {
  const { machine, load, seconds, verdicts } = report;
  const rows = verdicts.map(({ what, unit, value, target, good, met, detail }) => [
    what,
    inWords(value, unit),
    `${good === 'at least' ? '≥' : '≤'} ${bare(target, unit)}`,
    met ? 'met' : 'missed',
    detail,
  ]);
  return [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}; Node ${machine.node}; ${machine.jdk ?? 'no JDK'}; stack "${machine.stack}"`,
    `load ${load.before} before and ${load.after} after, ${seconds.toFixed(0)} s`,
    '',
    ...table([['What', 'Measured', 'Target', '', 'Made of'], ...rows]),
    ...notes(report),
  ].join('\n');
}

function inWords(value: number, unit: Unit): string {
  return unit === 'in all' ? bare(value, unit) : `${precise(value, unit)} ${unit}`;
}

/** A value as it was measured. */
function precise(value: number, unit: Unit): string {
  switch (unit) {
    case 'of the limit':
      return `${(value * 100).toFixed(1)} %`;
    case 'hops':
      return value.toFixed(1);
    case 'times':
      return value.toFixed(2);
    default:
      return bare(value, unit);
  }
}

/** A target, without more digits than it has. */
function bare(value: number, unit: Unit): string {
  return unit === 'of the floor' || unit === 'of the limit' ? percent(value) : String(value);
}

/** What has no target. */
function notes({ restore, outbound, delivery, keys }: Report): string[] {
  const lines: string[] = [];
  if (restore) {
    const { recomputedPages: pages, recomputedPerSecond: rate } = restore;
    lines.push(`recomputing after the restore: ${thousands(rate)} pages/s (${pages} pages)`);
  }
  if (outbound && outbound.cpuMsPerEvent !== null) {
    lines.push(
      `the pipeline computes ${outbound.cpuMsPerEvent.toFixed(1)} ms for a PMS event at ${outbound.perSecond} events/s`,
    );
  }
  if (delivery) {
    const { changes, caughtUpMs } = delivery.backlog;
    lines.push(
      `backlog: ${changes.toFixed(0)} changes/s by the PMS; all channels up to date ${(caughtUpMs / 1_000).toFixed(0)} s after the last`,
    );
  }
  if (keys && keys.skipped !== null)
    lines.push(`keys: SKIPPED beside the Parallel Consumer, as ${keys.skipped}`);
  return lines.length === 0 ? [] : ['', ...lines];
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
