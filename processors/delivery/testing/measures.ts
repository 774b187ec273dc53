import type { Logger, Metrics } from '../../../runtime/ports.ts';

export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

/** Keeps counters and gauges by name and labels, to be read by tests. */
export class Measures implements Metrics {
  readonly counts = new Map<string, number>();
  readonly gauges = new Map<string, number>();

  count(name: string, labels: Record<string, string> = {}, by = 1): void {
    const key = seriesOf(name, labels);
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }

  gauge(name: string, value: number, labels: Record<string, string> = {}): void {
    this.gauges.set(seriesOf(name, labels), value);
  }

  observe(name: string, _seconds: number, labels: Record<string, string> = {}): void {
    this.count(name, labels);
  }
}

function seriesOf(name: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .sort();
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}
