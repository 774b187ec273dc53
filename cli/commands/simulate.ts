import { Command, InvalidArgumentError } from 'commander';
import { printReport, printSeed, runSeed, simulate } from '../../simulation/index.ts';

interface SimulateOptions {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly trace?: true;
}

/** `parity simulate`: the whole topology in memory under a virtual clock, one random seed at a time. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description(
      'Runs the whole topology in memory under a virtual clock, with crashes and channel faults, and checks every invariant.',
    )
    .option('--seeds <n>', 'how many seeds', positive, 1)
    .option('--from <k>', 'the first seed', positive, 1)
    .option('--jobs <n>', 'processes that share the seeds', positive, 2)
    .option('--trace', 'the log lines of one seed, with their virtual times')
    .addHelpText(
      'after',
      `
A failing seed is printed and replays exactly with --seeds 1 --from SEED. A run of many seeds also fails when a kind of fault or a
transition never occurred. Exit code 1 when anything failed.

Examples:
  parity simulate --seeds 200
  parity simulate --from 902 --trace`,
    )
    .action(run);
}

async function run({ seeds, from, jobs, trace }: SimulateOptions): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  if (trace) {
    const report = await runSeed(from, { trace: print });
    print(printSeed(report));
    process.exitCode = report.violations.length > 0 ? 1 : 0;
    return;
  }
  const report = await simulate({ seeds, from, jobs, onSeed: (seed) => print(printSeed(seed)) });
  print(printReport(report));
  process.exitCode = report.ok ? 0 : 1;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('a whole number from 1 on');
  }
  return value;
}
