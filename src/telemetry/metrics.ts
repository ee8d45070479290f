/**
 * Metrics in the Prometheus data model: counters, gauges and histograms with labels, and the text
 * exposition (https://prometheus.io/docs/instrumenting/exposition_formats/). What is counted is kept in
 * cells of ours, which cost next to nothing; the registry, which writes the text when somebody looks, is
 * prom-client's.
 */
import Registry, { type Metric, type Value } from "prom-client/lib/registry.js";
import { invariant } from "../std/invariant.ts";
import { Cells, type Labels } from "./cells.ts";
import { HistogramCells } from "./histogram.ts";

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

/** A metric as it was made: what its users do with it, and what whoever looks gets to see. */
interface Made<Use> {
  readonly type: "counter" | "gauge" | "histogram";
  readonly use: Use;
  values(): readonly Value[];
}

interface Entry {
  readonly use: unknown;
  readonly metric: Metric;
}

interface Held {
  readonly labels: Labels;
  value: number;
}

/** A registry of its own; nothing is global. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const entries = new Map<string, Entry>();
  const once = <Use>(options: MetricOptions, make: (options: MetricOptions) => Made<Use>): Use => {
    const known = entries.get(options.name);
    if (known !== undefined) return known.use as Use;
    const made = make(options);
    const metric = toMetric(options, made);
    registry.registerMetric(metric);
    entries.set(options.name, { use: made.use, metric });
    return made.use;
  };
  return {
    counter: (options) => once(options, makeCounter),
    gauge: (options) => once(options, makeGauge),
    histogram: (options) => once(options, () => makeHistogram(options)),
    onScrape: (options, collect) => once(options, () => makeCollected(options, collect)),
    expose: () => registry.metrics(),
    async query(name) {
      const values = (await entries.get(name)?.metric.get())?.values ?? [];
      return values.map(({ labels, sharedLabels, value }) => ({
        labels: textLabels({ ...labels, ...sharedLabels }),
        value,
      }));
    },
  };
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Source of the names: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels. */
function toMetric({ name, help, labels }: MetricOptions, made: Made<unknown>): Metric {
  invariant(METRIC_NAME.test(name), `"${name}" is a name of a metric`);
  invariant(
    labels.every((label) => LABEL_NAME.test(label) && label !== "le"),
    `"${labels.join(", ")}" are names of labels`,
  );
  return { name, get: async () => ({ name, help, type: made.type, values: made.values() }) };
}

function holdingCells({ labels }: MetricOptions): Cells<Held> {
  return new Cells<Held>(labels, (of) => ({ labels: of, value: 0 }));
}

function makeCounter(options: MetricOptions): Made<Counter> {
  const cells = holdingCells(options);
  const add = (labels: Labels, amount = 1) => {
    invariant(amount >= 0 && amount < Infinity, `"${options.name}" only grows, not by ${amount}`);
    cells.of(labels).value += amount;
  };
  return { type: "counter", use: { add }, values: () => cells.all };
}

function makeGauge(options: MetricOptions): Made<Gauge> {
  const cells = holdingCells(options);
  const use: Gauge = {
    set(labels, value) {
      cells.of(labels).value = value;
    },
    add(labels, amount) {
      cells.of(labels).value += amount;
    },
  };
  return { type: "gauge", use, values: () => cells.all };
}

function makeHistogram(
  options: MetricOptions & { readonly buckets?: readonly number[] },
): Made<Histogram> {
  const cells = new HistogramCells(options, options.buckets ?? DEFAULT_BUCKETS);
  return { type: "histogram", use: cells, values: () => cells.values() };
}

function makeCollected(options: MetricOptions, collect: () => Iterable<Sample>): Made<undefined> {
  const cells = holdingCells(options);
  const values = () => {
    cells.clear();
    for (const { labels, value } of collect()) cells.of(labels).value = value;
    return cells.all;
  };
  return { type: "gauge", use: undefined, values };
}

function textLabels(labels: Value["labels"]): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]));
}
