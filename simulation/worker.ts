import { runSeed } from './seed-run.ts';

// A process of `runInProcesses`: gets seeds, answers reports, ends with its parent.
process.on('message', (seed: number) => {
  void runSeed(seed).then((report) => process.send?.(report));
});
process.once('disconnect', () => process.exit(0));
