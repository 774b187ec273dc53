import type { Environment, Logger, Metrics } from '../../runtime/ports.ts';
import type { VirtualProcess, VirtualTime } from '../../runtime/testing/virtual-time.ts';
import type { Tally } from '../tally.ts';

/** Where log lines of a traced run go. */
export type Trace = (line: string) => void;

class TracingLogger implements Logger {
  readonly #trace: Trace;
  readonly #host: VirtualProcess;
  readonly #bound: Readonly<Record<string, unknown>>;

  constructor(trace: Trace, host: VirtualProcess, bound: Readonly<Record<string, unknown>>) {
    this.#trace = trace;
    this.#host = host;
    this.#bound = bound;
  }

  debug(fields: Record<string, unknown>, message: string): void {
    this.#write('debug', fields, message);
  }

  info(fields: Record<string, unknown>, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: Record<string, unknown>, message: string): void {
    this.#write('warn', fields, message);
  }

  error(fields: Record<string, unknown>, message: string): void {
    this.#write('error', fields, message);
  }

  child(fields: Record<string, unknown>): Logger {
    return new TracingLogger(this.#trace, this.#host, { ...this.#bound, ...fields });
  }

  #write(level: string, fields: Record<string, unknown>, message: string): void {
    const text = JSON.stringify({ ...this.#bound, ...fields }, (_key, value: unknown) =>
      value instanceof Error ? `${value.name}: ${value.message}` : value,
    );
    this.#trace(
      `${Math.round(this.#host.monotonic())} ${this.#host.name} ${level} ${message} ${text}`,
    );
  }
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** Product counters that tell that a rare thing happened. */
const COUNTED = new Set([
  'zombie_records_total',
  'zombie_repairs_total',
  'duplicate_revisions_total',
  'redelivered_revisions_total',
  'rate_limit_hits_total',
  'bookings_retries_total',
  'foreign_partition_records_total',
]);

function countingMetrics(tally: Tally): Metrics {
  return {
    count: (name, _labels, by = 1) => {
      if (COUNTED.has(name)) tally.count(`state.product.${name}`, by);
    },
    gauge: () => undefined,
    observe: () => undefined,
  };
}

/** The ambient ports of one simulated process. */
export function environmentOf(
  host: VirtualProcess,
  time: VirtualTime,
  tally: Tally,
  trace: Trace | undefined,
): Environment {
  return {
    clock: host,
    timers: host,
    random: time.random,
    logger: trace === undefined ? silent : new TracingLogger(trace, host, {}),
    metrics: countingMetrics(tally),
  };
}
