import { Worker } from 'node:worker_threads';

/** What waits for a moment, ns of the monotonic clock. */
interface Waiter {
  readonly at: bigint;
  readonly wake: () => void;
}

const ALARM = new URL('./alarm.mjs', import.meta.url);
/** A count, and behind it the moment that the alarm waits for. */
const SHARED_BYTES = 16;
const NANOSECONDS = 1_000_000;

/**
 * Sleeps of fractions of a millisecond, thousands at the same time, as exact as those of a sleeping thread: one thread sleeps for all of them.
 * Node's own timers know whole milliseconds and are up to one late. *resting* → `sleep` → *armed* for the earliest → its moment → the next, or
 * *resting*; `close` ends the thread.
 */
export class FineSleeper {
  /** A heap: the earliest is the first. */
  readonly #waiters: Waiter[] = [];
  readonly #changes: Int32Array;
  readonly #moment: BigInt64Array;
  readonly #alarm: Worker;
  /** What the alarm was set to. */
  #armedFor: bigint | null = null;

  constructor() {
    const shared = new SharedArrayBuffer(SHARED_BYTES);
    this.#changes = new Int32Array(shared, 0, 1);
    this.#moment = new BigInt64Array(shared, 8, 1);
    this.#alarm = new Worker(ALARM, { workerData: shared, execArgv: [] });
    this.#alarm.on('message', () => {
      this.#armedFor = null;
      this.#wakeDue();
      this.#arm();
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      const at = process.hrtime.bigint() + BigInt(Math.round(ms * NANOSECONDS));
      push(this.#waiters, { at, wake });
      this.#arm();
    });
  }

  async close(): Promise<void> {
    await this.#alarm.terminate();
  }

  #arm(): void {
    const next = this.#waiters[0];
    if (next === undefined || (this.#armedFor !== null && this.#armedFor <= next.at)) return;
    this.#armedFor = next.at;
    Atomics.store(this.#moment, 0, next.at);
    Atomics.add(this.#changes, 0, 1);
    Atomics.notify(this.#changes, 0);
  }

  #wakeDue(): void {
    const now = process.hrtime.bigint();
    for (let next = this.#waiters[0]; next && next.at <= now; next = this.#waiters[0]) {
      pop(this.#waiters);
      next.wake();
    }
  }
}

function push(heap: Waiter[], waiter: Waiter): void {
  heap.push(waiter);
  let at = heap.length - 1;
  while (at > 0) {
    const parent = (at - 1) >>> 1;
    const above = heap[parent];
    if (above === undefined || above.at <= waiter.at) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = waiter;
}

/** Takes the earliest away. */
function pop(heap: Waiter[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const [a, b] = [heap[left], heap[left + 1]];
    if (a === undefined) break;
    const isRight = b !== undefined && b.at < a.at;
    const child = isRight ? b : a;
    if (child.at >= last.at) break;
    heap[at] = child;
    at = isRight ? left + 1 : left;
  }
  heap[at] = last;
}
