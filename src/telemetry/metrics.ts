/**
 * Metrics in the Prometheus data model: counters, gauges and histograms with labels, and the text
 * exposition (https://prometheus.io/docs/instrumenting/exposition_formats/). The registry is
 * prom-client's; only this file knows that.
 */
import {
  Counter as ClientCounter,
  Gauge as ClientGauge,
  Histogram as ClientHistogram,
  Registry,
} from "prom-client";

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  /** Adds `amount`, 1 unless given. */
  add(labels: Labels, amount?: number): void;
}

export interface Gauge {
  set(labels: Labels, value: number): void;
  add(labels: Labels, amount: number): void;
}

export interface Histogram {
  /** `value` in the unit that the name ends with (`_seconds`). */
  observe(labels: Labels, value: number): void;
}

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Every label that a sample may carry. */
  readonly labels: readonly string[];
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface Metrics {
  /** Asking twice for one name gives the same metric. */
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions & { readonly buckets?: readonly number[] }): Histogram;
  /** A gauge whose samples are computed when somebody looks. */
  onScrape(options: MetricOptions, collect: () => Iterable<Sample>): void;
  /** The text exposition of everything. */
  expose(): Promise<string>;
  /** Current samples of one metric; empty when there is no such metric. */
  query(name: string): Promise<readonly Sample[]>;
}

/** From half a millisecond to ten seconds: the range of a reconcile and of a request. */
const DEFAULT_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

/** A registry of its own; nothing is global. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const made = new Map<string, unknown>();
  const once = <T>(name: string, make: () => T): T => {
    if (!made.has(name)) made.set(name, make());
    return made.get(name) as T;
  };
  return {
    counter: (options) => once(options.name, () => makeCounter(registry, options)),
    gauge: (options) => once(options.name, () => makeGauge(registry, options)),
    histogram: (options) => once(options.name, () => makeHistogram(registry, options)),
    onScrape: (options, collect) => {
      once(options.name, () => makeCollected(registry, options, collect));
    },
    expose: () => registry.metrics(),
    async query(name) {
      const metric = registry.getSingleMetric(name);
      if (!metric) return [];
      const { values } = await metric.get();
      return values.map(({ labels, value }) => ({ labels: textLabels(labels), value }));
    },
  };
}

function base(registry: Registry, { name, help, labels }: MetricOptions) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

function makeCounter(registry: Registry, options: MetricOptions): Counter {
  const counter = new ClientCounter(base(registry, options));
  return { add: (labels, amount = 1) => counter.inc(labels, amount) };
}

function makeGauge(registry: Registry, options: MetricOptions): Gauge {
  const gauge = new ClientGauge(base(registry, options));
  return {
    set: (labels, value) => gauge.set(labels, value),
    add: (labels, amount) => gauge.inc(labels, amount),
  };
}

function makeHistogram(
  registry: Registry,
  options: MetricOptions & { readonly buckets?: readonly number[] },
): Histogram {
  const buckets = [...(options.buckets ?? DEFAULT_BUCKETS)];
  const histogram = new ClientHistogram({ ...base(registry, options), buckets });
  return { observe: (labels, value) => histogram.observe(labels, value) };
}

function makeCollected(
  registry: Registry,
  options: MetricOptions,
  collect: () => Iterable<Sample>,
): unknown {
  return new ClientGauge({
    ...base(registry, options),
    collect() {
      this.reset();
      for (const sample of collect()) this.set(sample.labels, sample.value);
    },
  });
}

function textLabels(labels: Partial<Record<string, string | number>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]));
}
