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

/** Product counters that tell that something happened, and the label that says what of it. */
const COUNTED: Readonly<Record<string, { readonly as: string; readonly by?: string }>> = {
  parity_zombie_records_total: { as: 'outcome.zombie.ignored' },
  parity_zombie_repairs_total: { as: 'outcome.zombie.repaired' },
  parity_duplicate_revisions_total: { as: 'outcome.revision.duplicate' },
  parity_redelivered_revisions_total: { as: 'outcome.revision.redelivered' },
  parity_booking_revisions_total: { as: 'outcome.booking', by: 'outcome' },
  parity_booking_conflicts_total: { as: 'outcome.booking.conflict' },
  rate_limit_hits_total: { as: 'outcome.limiter.waited' },
  parity_bookings_retries_total: { as: 'outcome.booking.transaction_repeated' },
  parity_foreign_partition_records_total: { as: 'outcome.event.moved_to_its_partition' },
  parity_tenant_mismatch_events_total: { as: 'outcome.event.of_another_tenant' },
  parity_dead_letters_total: { as: 'outcome.dead_letter', by: 'code' },
  parity_token_refreshes_total: { as: 'outcome.token', by: 'outcome' },
  parity_webhook_refused_total: { as: 'outcome.webhook.refused' },
};

function countingMetrics(tally: Tally): Metrics {
  return {
    count: (name, labels = {}, by = 1) => {
      const counted = COUNTED[name];
      if (!counted) return;
      const what = counted.by === undefined ? undefined : labels[counted.by];
      tally.count(what === undefined ? counted.as : `${counted.as}.${what}`, by);
    },
    gauge: () => undefined,
    observe: (name, _seconds, labels = {}) => {
      if (name === 'parity_rate_limit_wait_seconds')
        tally.count(`outcome.limiter.waited.${labels.scope}`);
    },
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
