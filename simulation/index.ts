import { missingIn, SEEDS_FOR_COVERAGE } from './coverage.ts';
import { runInProcesses } from './processes.ts';
import { runSeed, type SeedReport } from './seed-run.ts';
import { sumOf } from './tally.ts';
import type { Decorators, WorldOptions } from './world/world.ts';

export { missingIn, REQUIRED } from './coverage.ts';
export { printReport, printSeed } from './print.ts';
export { runSeed, type SeedReport } from './seed-run.ts';
export type { Invariant, Violation } from './violation.ts';
export type { Decorators } from './world/world.ts';

export interface SimulationOptions {
  /** How many seeds. Default 1. */
  readonly seeds?: number;
  /** The first of them. Default 1. */
  readonly from?: number;
  /** Processes that share the work. Default: 1, which is this one. */
  readonly jobs?: number;
  /** Called as each seed ends. */
  readonly onSeed?: (report: SeedReport) => void;
  /** Stand between the product and its ports; of this process alone, so `jobs` must be 1. */
  readonly decorate?: Decorators;
  /** Stop at the first seed that fails. */
  readonly failFast?: boolean;
}

/** What a whole run came to. */
export interface SimulationReport {
  readonly from: number;
  readonly seeds: number;
  /** The seeds in which an invariant broke, ascending. Each replays with `--seeds 1 --from <seed>`. */
  readonly failed: readonly SeedReport[];
  /** Sum over all seeds. */
  readonly counts: Readonly<Record<string, number>>;
  /** Kinds of faults and transitions that never occurred; only a run of many seeds is held to them. */
  readonly missing: readonly string[];
  readonly requests: number;
  readonly simulatedMs: number;
  /** True: no seed failed, and a run of many seeds saw everything. */
  readonly ok: boolean;
}

/**
 * Runs seeds of the deterministic simulation: each a world with its own tenants, platforms, processes, input and faults,
 * after which every invariant is checked.
 */
export async function simulate(options: SimulationOptions = {}): Promise<SimulationReport> {
  const { seeds = 1, from = 1, jobs = 1 } = options;
  const reports: SeedReport[] = [];
  const take = (report: SeedReport) => {
    reports.push(report);
    options.onSeed?.(report);
    return !(options.failFast && report.violations.length > 0);
  };
  if (jobs > 1 && seeds > 1 && !options.decorate)
    await runInProcesses({ from, seeds, jobs: Math.min(jobs, seeds) }, take);
  else await runHere(from, seeds, options.decorate ? { decorate: options.decorate } : {}, take);
  reports.sort((a, b) => a.seed - b.seed);
  const counts = sumOf(reports.map((report) => report.counts));
  const failed = reports.filter(({ violations }) => violations.length > 0);
  const missing = missingIn(counts);
  return {
    from,
    seeds: reports.length,
    failed,
    counts,
    missing,
    requests: reports.reduce((sum, report) => sum + report.requests, 0),
    simulatedMs: reports.reduce((sum, report) => sum + report.simulatedMs, 0),
    ok: failed.length === 0 && (missing.length === 0 || reports.length < SEEDS_FOR_COVERAGE),
  };
}

async function runHere(
  from: number,
  seeds: number,
  options: WorldOptions,
  take: (report: SeedReport) => boolean,
): Promise<void> {
  for (let seed = from; seed < from + seeds; seed += 1)
    if (!take(await runSeed(seed, options))) return;
}
