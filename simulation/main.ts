import { parseArgs } from 'node:util';
import { printReport, printSeed, runSeed, simulate } from './index.ts';

const USAGE = `Runs the whole topology in memory under a virtual clock, one random seed at a time.

  node --import tsx simulation/main.ts [--seeds N] [--from K] [--jobs J] [--trace]

  --seeds N   how many seeds (1)
  --from K    the first seed (1)
  --jobs J    processes that share the seeds (2)
  --trace     the log lines of one seed, with their virtual times
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else if (values.trace) {
  const report = await runSeed(Number(values.from), {
    trace: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${printSeed(report)}\n`);
} else {
  const report = await simulate({
    seeds: Number(values.seeds),
    from: Number(values.from),
    jobs: Number(values.jobs),
    onSeed: (seed) => process.stdout.write(`${printSeed(seed)}\n`),
  });
  process.stdout.write(`${printReport(report)}\n`);
  process.exitCode = report.ok ? 0 : 1;
}
