import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SeedReport } from './seed-run.ts';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Seeds are independent, so processes share them out one by one. `take` says whether to go on. */
export async function runInProcesses(
  { from, seeds, jobs }: { readonly from: number; readonly seeds: number; readonly jobs: number },
  take: (report: SeedReport) => boolean,
): Promise<void> {
  const end = from + seeds;
  let next = from;
  const draw = () => {
    if (next >= end) return null;
    next += 1;
    return next - 1;
  };
  const stop = () => {
    next = end;
  };
  await Promise.all(Array.from({ length: jobs }, () => runWorker(draw, stop, take)));
}

function runWorker(
  draw: () => number | null,
  stop: () => void,
  take: (report: SeedReport) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(WORKER);
    const give = () => {
      const seed = draw();
      if (seed === null) worker.disconnect();
      else worker.send(seed);
    };
    worker.on('message', (report: SeedReport) => {
      if (!take(report)) stop();
      give();
    });
    worker.once('error', reject);
    worker.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker of the simulation ended with ${signal ?? code}`));
    });
    give();
  });
}
