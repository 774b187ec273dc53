import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  METRICS,
  type MetricName,
} from '../metrics/catalogue.ts';
import type { Clock, Logger, Metrics } from '../ports.ts';

export interface LogLine {
  readonly at: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Keeps log lines for a test to look at. */
export class LineLogger implements Logger {
  readonly lines: LogLine[];
  readonly #clock: Clock;
  readonly #bound: Readonly<Record<string, unknown>>;

  constructor(clock: Clock, bound: Readonly<Record<string, unknown>> = {}, lines: LogLine[] = []) {
    this.#clock = clock;
    this.#bound = bound;
    this.lines = lines;
  }

  debug(fields: Record<string, unknown>, message: string): void {
    this.#add('debug', fields, message);
  }

  info(fields: Record<string, unknown>, message: string): void {
    this.#add('info', fields, message);
  }

  warn(fields: Record<string, unknown>, message: string): void {
    this.#add('warn', fields, message);
  }

  error(fields: Record<string, unknown>, message: string): void {
    this.#add('error', fields, message);
  }

  child(fields: Record<string, unknown>): LineLogger {
    return new LineLogger(this.#clock, { ...this.#bound, ...fields }, this.lines);
  }

  #add(level: LogLine['level'], fields: Record<string, unknown>, message: string): void {
    const at = this.#clock.monotonic();
    this.lines.push({ at, level, fields: { ...this.#bound, ...fields }, message });
  }
}

/** Adds metrics up for a test to look at. Throws at labels that are not the declared ones. */
export class TallyMetrics implements Metrics {
  readonly #counts = new Map<string, number>();
  readonly #gauges = new Map<string, number>();

  count(name: CounterName, labels: Record<string, string> = {}, by = 1): void {
    this.#add(name, labels, by);
  }

  gauge(name: GaugeName, value: number, labels: Record<string, string> = {}): void {
    checkLabels(name, labels);
    this.#gauges.set(seriesOf(name, labels), value);
  }

  observe(name: HistogramName, _seconds: number, labels: Record<string, string> = {}): void {
    this.#add(name, labels, 1);
  }

  #add(name: MetricName, labels: Record<string, string>, by: number): void {
    checkLabels(name, labels);
    add(this.#counts, name, by);
    add(this.#counts, seriesOf(name, labels), by);
  }

  /** Sum of a counter over all labels, or of one series `name{label="value"}`. */
  countOf(series: string): number {
    return this.#counts.get(series) ?? 0;
  }

  gaugeOf(series: string): number | undefined {
    return this.#gauges.get(series);
  }
}

function add(counts: Map<string, number>, series: string, by: number): void {
  counts.set(series, (counts.get(series) ?? 0) + by);
}

function checkLabels(name: MetricName, labels: Record<string, string>): void {
  const declared = [...METRICS[name].labels].sort().join();
  const given = Object.keys(labels).sort().join();
  if (given !== declared) throw new TypeError(`${name} has labels "${declared}", not "${given}"`);
}

function seriesOf(name: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${pairs.sort().join(',')}}`;
}
