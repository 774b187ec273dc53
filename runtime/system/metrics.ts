import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../ports.ts';

/** Seconds, from a fraction of a hop to the longest life of a request. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60];

/** Metrics by prom-client. A metric comes to be with its first use; its label names are those of that use. */
export class PrometheusMetrics implements Metrics {
  readonly registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  count(name: string, labels: Record<string, string> = {}, by = 1): void {
    const counter = this.#known(this.#counters, name, () => new Counter(this.#shape(name, labels)));
    counter.inc(labels, by);
  }

  gauge(name: string, value: number, labels: Record<string, string> = {}): void {
    const gauge = this.#known(this.#gauges, name, () => new Gauge(this.#shape(name, labels)));
    gauge.set(labels, value);
  }

  observe(name: string, seconds: number, labels: Record<string, string> = {}): void {
    const make = () => new Histogram({ ...this.#shape(name, labels), buckets: BUCKETS });
    this.#known(this.#histograms, name, make).observe(labels, seconds);
  }

  #known<T>(all: Map<string, T>, name: string, make: () => T): T {
    const known = all.get(name) ?? make();
    all.set(name, known);
    return known;
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
