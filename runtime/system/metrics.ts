import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  METRICS,
  type MetricDeclaration,
  type MetricName,
} from '../metrics/catalogue.ts';
import type { Metrics } from '../ports.ts';

/** Seconds, from a fraction of a hop to the longest life of a request. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60];
/** Counts uses of a metric with other labels than the declared ones. A defect, but none that stops a stage. */
const MISMATCHES = 'parity_metric_label_mismatches_total';

type Labels = Record<string, string>;

/** Metrics by prom-client, declared in the catalogue. A metric is exposed from its first use on. */
export class PrometheusMetrics implements Metrics {
  readonly registry = new Registry();
  readonly #counters = new Map<CounterName, Counter>();
  readonly #gauges = new Map<GaugeName, Gauge>();
  readonly #histograms = new Map<HistogramName, Histogram>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  count(name: CounterName, labels: Labels = {}, by = 1): void {
    const counter = use(this.#counters, name, () => new Counter(this.#shape(name)));
    counter.inc(this.#fit(name, labels), by);
  }

  gauge(name: GaugeName, value: number, labels: Labels = {}): void {
    const gauge = use(this.#gauges, name, () => new Gauge(this.#shape(name)));
    gauge.set(this.#fit(name, labels), value);
  }

  observe(name: HistogramName, seconds: number, labels: Labels = {}): void {
    const make = () => new Histogram({ ...this.#shape(name), buckets: BUCKETS });
    use(this.#histograms, name, make).observe(this.#fit(name, labels), seconds);
  }

  /** prom-client throws at a label that it was not told of: such a label is left out, and counted. */
  #fit(name: MetricName, labels: Labels): Labels {
    const declared: readonly string[] = METRICS[name].labels;
    const given = Object.keys(labels);
    if (given.length === declared.length && given.every((label) => declared.includes(label)))
      return labels;
    this.count(MISMATCHES, { metric: name });
    return Object.fromEntries(declared.map((label) => [label, labels[label] ?? '']));
  }

  #shape(name: MetricName) {
    const { help, labels }: MetricDeclaration = METRICS[name];
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}

function use<Name, T>(all: Map<Name, T>, name: Name, make: () => T): T {
  const known = all.get(name) ?? make();
  all.set(name, known);
  return known;
}
