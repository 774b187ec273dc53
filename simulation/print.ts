import type { SimulationReport } from './index.ts';
import type { SeedReport } from './seed-run.ts';

const SHOWN = 8;

/** One line for a seed, and what went wrong in it. */
export function printSeed({ seed, digest, violations, requests, simulatedMs }: SeedReport): string {
  const verdict = violations.length === 0 ? 'ok' : 'FAILED';
  const line = `seed ${seed}  ${verdict}  digest ${digest}  ${Math.round(simulatedMs / 1_000)} s simulated, ${requests} requests`;
  const details = violations
    .slice(0, SHOWN)
    .map(({ invariant, at, message }) => `    ${invariant} at ${at} ms: ${message}`);
  return [line, ...details].join('\n');
}

/** The counts of everything that happened, and the verdict. */
export function printReport(report: SimulationReport): string {
  const counts = Object.entries(report.counts).map(
    ([name, count]) => `  ${String(count).padStart(9)}  ${name}`,
  );
  const failed = report.failed.map(
    ({ seed }) => `  replay: npm run simulate -- --seeds 1 --from ${seed}`,
  );
  return [
    'How often each thing happened:',
    ...counts,
    '',
    `${report.seeds} seeds from ${report.from}: ${report.failed.length} failed; ${report.requests} requests in ${(report.simulatedMs / 3_600_000).toFixed(1)} simulated hours`,
    ...failed,
    ...(report.missing.length === 0 ? [] : [`never happened: ${report.missing.join(', ')}`]),
  ].join('\n');
}
