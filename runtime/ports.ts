import type { CounterName, GaugeName, HistogramName } from './metrics/catalogue.ts';

/**
 * What the outside world is, as ports. Product code reads time, chance and timers only from here, so that the whole
 * topology runs under a virtual clock and one random seed as it runs in production.
 */
export interface Clock {
  /** Wall clock, ms since the epoch. Never decides which of two facts is newer. */
  now(): number;
  /** Monotonic clock, ms since an arbitrary start. For leases, windows and durations. */
  monotonic(): number;
}

export interface Timer {
  cancel(): void;
}

export interface Timers {
  /** Runs `task` once, `delay` ms from now (0 = as soon as possible). The owner cancels it. */
  after(delay: number, task: () => void): Timer;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A random (version 4) UUID. */
  uuid(): string;
}

/** One structured line; adapters redact. `fields` carries tenant, connection, trace where known. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
  child(fields: Record<string, unknown>): Logger;
}

/** The metrics of `metrics/catalogue.ts`, with the labels that are declared there. */
export interface Metrics {
  count(name: CounterName, labels?: Record<string, string>, by?: number): void;
  gauge(name: GaugeName, value: number, labels?: Record<string, string>): void;
  observe(name: HistogramName, seconds: number, labels?: Record<string, string>): void;
}

/** Everything ambient that a module may need, handed down from the wiring. */
export interface Environment {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Waits `delay` ms; rejects with the signal's reason when it is aborted first. */
export function sleep(timers: Timers, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = timers.after(delay, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
