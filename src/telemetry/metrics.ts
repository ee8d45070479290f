/**
 * Metrics registry in the Prometheus data model: counters, gauges and histograms with labels, and
 * the text exposition (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels?: Labels, amount?: number): void;
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
}

export interface Metrics {
  /** Asking twice for one name gives the same metric. */
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions & { readonly buckets?: readonly number[] }): Histogram;
  /** A gauge whose samples are computed when somebody looks. */
  onScrape(options: MetricOptions, collect: () => Iterable<readonly [Labels, number]>): void;
  /** The text exposition of everything. */
  expose(): string;
  /** Current samples of one metric, for `/api/v1/query`. */
  query(name: string): readonly { readonly labels: Labels; readonly value: number }[];
}
