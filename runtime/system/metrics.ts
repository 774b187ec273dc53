import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../ports.ts';

/** Seconds, from a fraction of a hop to the longest life of a request. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60];
/** Counts uses of a metric with other labels than its first use had. A defect, but none that stops a stage. */
const MISMATCHES = 'metric_label_mismatches_total';

interface Known<T> {
  readonly metric: T;
  readonly labels: readonly string[];
}

/** Metrics by prom-client. A metric comes to be with its first use; its label names are those of that use. */
export class PrometheusMetrics implements Metrics {
  readonly registry = new Registry();
  readonly #counters = new Map<string, Known<Counter>>();
  readonly #gauges = new Map<string, Known<Gauge>>();
  readonly #histograms = new Map<string, Known<Histogram>>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  count(name: string, labels: Record<string, string> = {}, by = 1): void {
    const known = use(this.#counters, name, labels, () => new Counter(this.#shape(name, labels)));
    known.metric.inc(this.#fit(name, known, labels), by);
  }

  gauge(name: string, value: number, labels: Record<string, string> = {}): void {
    const known = use(this.#gauges, name, labels, () => new Gauge(this.#shape(name, labels)));
    known.metric.set(this.#fit(name, known, labels), value);
  }

  observe(name: string, seconds: number, labels: Record<string, string> = {}): void {
    const make = () => new Histogram({ ...this.#shape(name, labels), buckets: BUCKETS });
    const known = use(this.#histograms, name, labels, make);
    known.metric.observe(this.#fit(name, known, labels), seconds);
  }

  /** prom-client throws at a label that it was not told of: such a label is left out, and counted. */
  #fit(
    name: string,
    { labels: names }: Known<unknown>,
    labels: Record<string, string>,
  ): Record<string, string> {
    const given = Object.keys(labels);
    if (given.length === names.length && given.every((label) => names.includes(label)))
      return labels;
    this.count(MISMATCHES, { metric: name });
    return Object.fromEntries(names.map((label) => [label, labels[label] ?? '']));
  }

  #shape(name: string, labels: Record<string, string>) {
    return {
      name,
      help: name.replaceAll('_', ' '),
      labelNames: Object.keys(labels),
      registers: [this.registry],
    };
  }
}

function use<T>(
  all: Map<string, Known<T>>,
  name: string,
  labels: Record<string, string>,
  make: () => T,
): Known<T> {
  const known = all.get(name) ?? { metric: make(), labels: Object.keys(labels) };
  all.set(name, known);
  return known;
}
