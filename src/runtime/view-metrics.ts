/** Gauges of what the view shows, computed when somebody looks. */
import type { Metrics } from "../telemetry/metrics.ts";
import type { BoxView, RuntimeView } from "./view.ts";

interface BoxGauge {
  readonly name: string;
  readonly help: string;
  readonly label: "crd" | "name";
  readonly of: (box: BoxView) => number;
}

const GAUGES: readonly BoxGauge[] = [
  {
    name: "controller_resource_count",
    help: "Custom resources in the cache",
    label: "crd",
    of: (box) => box.resourceCount,
  },
  {
    name: "controller_workers_active",
    help: "Workers that hold a key",
    label: "crd",
    of: (box) => box.activeWorkers,
  },
  {
    name: "controller_queue_depth",
    help: "Keys that wait for a worker",
    label: "crd",
    of: (box) => box.queueDepth,
  },
  {
    name: "workqueue_depth",
    help: "Keys that wait for a worker",
    label: "name",
    of: (box) => box.queueDepth,
  },
  {
    name: "orkestra_contested_children",
    help: "Children that are left as they are for a while, since somebody keeps changing them",
    label: "crd",
    of: (box) => box.contestedCount,
  },
];

/** Call once for each registry. */
export function exposeView(view: RuntimeView, metrics: Metrics): void {
  for (const { name, help, label, of } of GAUGES) {
    metrics.onScrape({ name, help, labels: [label] }, () =>
      view.boxes.map((box) => ({ labels: { [label]: box.crd.name }, value: of(box) })),
    );
  }
  const info = {
    name: "orkestra_config_info",
    help: "What is running: the Katalog and the digest of its resolved form",
    labels: ["katalog", "digest"],
  };
  const labels = { katalog: view.katalog.metadata.name, digest: view.configDigest };
  metrics.onScrape(info, () => [{ labels, value: 1 }]);
  exposeImports(view, metrics);
}

/** One sample for each import: as many as the document has, and they do not change. */
function exposeImports({ imports }: RuntimeView, metrics: Metrics): void {
  const info = {
    name: "orkestra_import_info",
    help: "What the running document was made of: each import, its version and content digest",
    labels: ["origin", "version", "digest"],
  };
  const all = imports.map(({ origin, version = "", digest }) => ({ origin, version, digest }));
  // The documents of one chart have one origin.
  const unique = new Map(all.map((labels) => [JSON.stringify(labels), { labels, value: 1 }]));
  metrics.onScrape(info, () => [...unique.values()]);
}
