import { parseArgs } from 'node:util';
import { runSeed } from './seed-run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const started = performance.now();
  const report = await runSeed(seed, values.trace ? { trace: (line) => console.log(line) } : {});
  const ms = Math.round(performance.now() - started);
  console.log(
    `seed ${seed} ${report.digest} ${ms} ms real, ${Math.round(report.simulatedMs / 1000)} s simulated, ${report.requests} requests, ${report.violations.length} violations`,
  );
  for (const violation of report.violations)
    console.log('  ', violation.invariant, violation.at, violation.message);
  if (values.seeds === '1') console.log(report.counts);
}
