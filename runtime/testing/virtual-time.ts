import type { Clock, Random, Timer, Timers } from '../ports.ts';
import { SeededRandom } from './seeded-random.ts';

interface Task {
  readonly at: number;
  readonly order: number;
  readonly process: VirtualProcess;
  readonly run: () => void;
  cancelled: boolean;
}

/** Wall clock at which a virtual run begins, ms: 2030-01-01T00:00Z, far from any real one. */
export const VIRTUAL_EPOCH_MS = Date.UTC(2030, 0, 1);

/**
 * One virtual timeline for many processes. Time stands still while code runs and jumps to the next timer when everything
 * has come to rest, so a run is repeatable and a day costs no time. Each process has clocks and timers of its own that
 * can be frozen (a long pause of the machine), resumed (it then finds its timers late) and killed (they never fire).
 */
export class VirtualTime {
  #elapsed = 0;
  #order = 0;
  /** The next one last: most timers are short, so they are put in and taken out near the end, where nothing has to move. */
  #tasks: Task[] = [];
  readonly random: Random;
  readonly #start: number;

  constructor(options: { readonly seed?: number; readonly start?: number } = {}) {
    this.random = new SeededRandom(options.seed ?? 1);
    this.#start = options.start ?? VIRTUAL_EPOCH_MS;
  }

  /** ms since the start of the run. */
  get elapsed(): number {
    return this.#elapsed;
  }

  get start(): number {
    return this.#start;
  }

  /** Clocks and timers of one process; `skew` ms is how far its wall clock is ahead. */
  process(name: string, options: { readonly skew?: number } = {}): VirtualProcess {
    return new VirtualProcess(this, name, options.skew ?? 0);
  }

  schedule(process: VirtualProcess, delay: number, run: () => void): Timer {
    this.#order += 1;
    const at = this.#elapsed + Math.max(0, delay);
    const task: Task = { at, order: this.#order, process, run, cancelled: false };
    insert(this.#tasks, task);
    return {
      cancel: () => {
        task.cancelled = true;
      },
    };
  }

  /** Lets `ms` pass: runs every timer that falls due, in order, with all that follows from each. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settle();
    for (;;) {
      const task = this.#next(until);
      if (task === undefined) break;
      this.#elapsed = Math.max(this.#elapsed, task.at);
      task.run();
      await settle();
    }
    this.#elapsed = until;
  }

  /**
   * Runs timers until `condition` holds.
   * @throws Error when it does not within `limit` ms of virtual time, or when nothing is left that could bring it about.
   */
  async until(condition: () => boolean, limit = 600_000): Promise<void> {
    const end = this.#elapsed + limit;
    await settle();
    while (!condition()) {
      const task = this.#next(end);
      if (task === undefined) {
        throw new Error(`condition not met within ${limit} ms of virtual time: ${condition}`);
      }
      this.#elapsed = Math.max(this.#elapsed, task.at);
      task.run();
      await settle();
    }
  }

  #next(until: number): Task | undefined {
    for (let index = this.#tasks.length - 1; index >= 0; index -= 1) {
      const task = this.#tasks[index];
      if (task === undefined || task.at > until) break;
      if (task.process.state === 'frozen' && !task.cancelled) continue;
      this.#tasks.splice(index, 1);
      if (!task.cancelled && task.process.state === 'running') return task;
    }
    return undefined;
  }
}

/** Clock and timers of one process under virtual time. */
export class VirtualProcess implements Clock, Timers {
  readonly name: string;
  /** ms by which the wall clock is ahead; may be set at any time. */
  skew: number;
  readonly #time: VirtualTime;
  #state: 'running' | 'frozen' | 'killed' = 'running';

  constructor(time: VirtualTime, name: string, skew: number) {
    this.#time = time;
    this.name = name;
    this.skew = skew;
  }

  get state(): 'running' | 'frozen' | 'killed' {
    return this.#state;
  }

  /** Whole ms, as a wall clock gives them. */
  now(): number {
    return Math.floor(this.#time.start + this.#time.elapsed + this.skew);
  }

  monotonic(): number {
    return this.#time.elapsed;
  }

  after(delay: number, task: () => void): Timer {
    return this.#time.schedule(this, delay, task);
  }

  /** Stops the process where it is, as SIGSTOP or a long garbage collection does. */
  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  /** Resumes it: timers that fell due meanwhile fire at once. */
  thaw(): void {
    if (this.#state === 'frozen') this.#state = 'running';
  }

  /** kill -9: no timer of it fires any more. */
  kill(): void {
    this.#state = 'killed';
  }
}

/** Waits until no promise is left to run: setImmediate comes after all microtasks. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function insert(tasks: Task[], task: Task): void {
  let low = 0;
  let high = tasks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = tasks[middle];
    if (
      other !== undefined &&
      (other.at > task.at || (other.at === task.at && other.order > task.order))
    )
      low = middle + 1;
    else high = middle;
  }
  tasks.splice(low, 0, task);
}
