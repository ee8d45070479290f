/**
 * The one file of prom-client that we use, which has no types of its own: with the package's main module would come
 * the metrics of the process, quantiles and tracing: 95 kB of source and 0.6 MB of heap for nothing.
 */
declare module "prom-client/lib/registry.js" {
  interface Value {
    /** Where it is another one than that of the metric: `…_bucket`. */
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, string | number>>;
    /** Written behind the others; one text is kept for one object. */
    readonly sharedLabels?: Readonly<Record<string, string>>;
    readonly value: number;
  }

  interface Metric {
    readonly name: string;
    /** The metric with all its values, when somebody looks. */
    get(): Promise<{
      readonly name: string;
      readonly help: string;
      readonly type: "counter" | "gauge" | "histogram";
      readonly values: readonly Value[];
    }>;
  }

  class Registry {
    registerMetric(metric: Metric): void;
    /** The text exposition of everything. */
    metrics(): Promise<string>;
  }

  namespace Registry {
    export type { Metric, Value };
  }

  export = Registry;
}
