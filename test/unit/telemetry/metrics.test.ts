import { expect, test } from "bun:test";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

test("createMetrics() counts, sets, observes and exposes", async () => {
  const metrics = createMetrics();
  const requests = metrics.counter({ name: "requests_total", help: "Requests", labels: ["code"] });
  requests.add({ code: "200" });
  requests.add({ code: "200" }, 2);
  metrics.gauge({ name: "depth", help: "Depth", labels: [] }).set({}, 7);
  metrics.histogram({ name: "time_seconds", help: "Time", labels: [] }).observe({}, 0.02);
  const text = await metrics.expose();
  expect(text).toContain('requests_total{code="200"} 3');
  expect(text).toContain("# TYPE depth gauge\ndepth 7");
  expect(text).toContain('time_seconds_bucket{le="0.025"} 1');
});

test("createMetrics() gives the same metric for the same name", async () => {
  const metrics = createMetrics();
  const options = { name: "a_total", help: "A", labels: [] };
  metrics.counter(options).add({});
  metrics.counter(options).add({});
  expect(await metrics.query("a_total")).toEqual([{ labels: {}, value: 2 }]);
});

test("onScrape() computes samples when somebody looks, and forgets the old ones", async () => {
  const metrics = createMetrics();
  let names = ["a", "b"];
  metrics.onScrape({ name: "size", help: "Size", labels: ["of"] }, () =>
    names.map((of) => ({ labels: { of }, value: 1 })),
  );
  expect(await metrics.query("size")).toHaveLength(2);
  names = ["b"];
  expect(await metrics.query("size")).toEqual([{ labels: { of: "b" }, value: 1 }]);
  expect(await metrics.query("nothing")).toEqual([]);
});
