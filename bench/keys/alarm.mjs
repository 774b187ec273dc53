/**
 * The thread of a `FineSleeper`: waits until the moment that stands in shared memory, to a fraction of a millisecond and without computing,
 * and says so. Word 0 counts what was changed there; the moment is in ns of the monotonic clock, 0: none.
 */
import { parentPort, workerData } from 'node:worker_threads';

const changes = new Int32Array(workerData, 0, 1);
const moment = new BigInt64Array(workerData, 8, 1);

for (;;) {
  const seen = Atomics.load(changes, 0);
  const at = Atomics.load(moment, 0);
  if (at === 0n) {
    Atomics.wait(changes, 0, seen);
    continue;
  }
  const left = Number(at - process.hrtime.bigint()) / 1e6;
  if (left > 0) {
    Atomics.wait(changes, 0, seen, left);
    continue;
  }
  // Whoever set another moment meanwhile is served in the next turn.
  if (Atomics.compareExchange(moment, 0, at, 0n) === at) parentPort.postMessage(null);
}
