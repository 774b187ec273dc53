import { deferred } from '../runtime/log/deferred.ts';

export interface Lap {
  /** Wall time. */
  readonly ms: number;
  /** Time that this process computed, on all cores; unlike wall time it hardly depends on what else the machine does. */
  readonly cpuMs: number;
}

/** Measures from the first call of `begin` until so many things are done. */
export class Stopwatch {
  readonly done: Promise<Lap>;
  readonly #finish = deferred<Lap>();
  readonly #wanted: number;
  #count = 0;
  #start: { readonly at: number; readonly cpu: NodeJS.CpuUsage } | null = null;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.done = this.#finish.promise;
  }

  begin(): void {
    this.#start ??= { at: performance.now(), cpu: process.cpuUsage() };
  }

  /** More are done, perhaps more than wanted: the lap ends with the last wanted one. */
  add(count: number): void {
    this.#count += count;
    if (this.#count < this.#wanted || this.#start === null) return;
    const { user, system } = process.cpuUsage(this.#start.cpu);
    this.#finish.resolve({
      ms: performance.now() - this.#start.at,
      cpuMs: (user + system) / 1_000,
    });
  }

  fail(error: unknown): void {
    this.#finish.reject(error);
  }
}
