import { expect, test } from "bun:test";
import type { RuntimeView } from "../../../src/runtime/view.ts";
import { exposeView } from "../../../src/runtime/view-metrics.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

test("exposeView() shows each box as it is when somebody looks, and what is running", async () => {
  const metrics = createMetrics();
  const box = {
    crd: { name: "lamp" },
    resourceCount: 3,
    activeWorkers: 1,
    queueDepth: 7,
    contestedCount: 2,
  };
  const katalog = { metadata: { name: "home" } };
  const chart = { origin: "helm:https://charts.io/c@1.2.0", version: "1.2.0", digest: "sha256:b" };
  const file = { origin: "file:a.yaml", katalog: "a", digest: "sha256:c", files: [] };
  const two = ["one", "two"].map((name) => ({ ...chart, katalog: name, files: [] }));
  const imports = [...two, file];
  exposeView(
    { boxes: [box], katalog, configDigest: "sha256:a", imports } as unknown as RuntimeView,
    metrics,
  );
  box.resourceCount = 4;
  const text = await metrics.expose();
  for (const line of [
    'controller_resource_count{crd="lamp"} 4',
    'controller_workers_active{crd="lamp"} 1',
    'controller_queue_depth{crd="lamp"} 7',
    'workqueue_depth{name="lamp"} 7',
    'orkestra_contested_children{crd="lamp"} 2',
    'orkestra_config_info{katalog="home",digest="sha256:a"} 1',
    'orkestra_import_info{origin="helm:https://charts.io/c@1.2.0",version="1.2.0",digest="sha256:b"} 1',
    'orkestra_import_info{origin="file:a.yaml",version="",digest="sha256:c"} 1',
  ]) {
    expect(text.split("\n").filter((one) => one === line)).toEqual([line]);
  }
});
