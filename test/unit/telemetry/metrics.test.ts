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

test("expose() writes every kind of metric as Prometheus reads it, in the order in which they came", async () => {
  const metrics = createMetrics();
  const sent = metrics.counter({ name: "sent_total", help: "Sent\nout", labels: ["to", "code"] });
  sent.add({ to: 'a "b"\\', code: "200" });
  sent.add({ to: "c", code: "200" }, 0.5);
  sent.add({ code: "200", to: 'a "b"\\' });
  sent.add({ to: "c" }, 0);
  metrics.counter({ name: "none_total", help: "None", labels: [] });
  const took = { name: "took_seconds", help: "Took", labels: ["of"], buckets: [0.5, 2] };
  for (const value of [0.5, 1, 3]) metrics.histogram(took).observe({ of: "x" }, value);
  const depth = metrics.gauge({ name: "depth", help: "Depth", labels: ["of"] });
  depth.set({ of: "x" }, 3);
  depth.add({ of: "x" }, -5);
  expect(await metrics.expose()).toBe(`# HELP sent_total Sent\\nout
# TYPE sent_total counter
sent_total{to="a \\"b\\"\\\\",code="200"} 2
sent_total{to="c",code="200"} 0.5
sent_total{to="c"} 0

# HELP none_total None
# TYPE none_total counter
none_total 0

# HELP took_seconds Took
# TYPE took_seconds histogram
took_seconds_bucket{le="0.5",of="x"} 1
took_seconds_bucket{le="2",of="x"} 2
took_seconds_bucket{le="+Inf",of="x"} 3
took_seconds_sum{of="x"} 4.5
took_seconds_count{of="x"} 3

# HELP depth Depth
# TYPE depth gauge
depth{of="x"} -2
`);
});

test("query() gives the buckets of a histogram with their labels", async () => {
  const metrics = createMetrics();
  const took = { name: "took_seconds", help: "Took", labels: ["of"], buckets: [0.5] };
  metrics.histogram(took).observe({ of: "x" }, 1);
  expect(await metrics.query("took_seconds")).toEqual([
    { labels: { le: "0.5", of: "x" }, value: 0 },
    { labels: { le: "+Inf", of: "x" }, value: 1 },
    { labels: { of: "x" }, value: 1 },
    { labels: { of: "x" }, value: 1 },
  ]);
  expect(await metrics.query("constructor")).toEqual([]);
});

test.each([
  ["an unknown label", () => made("a_total").add({ nope: "x" })],
  ["less than nothing", () => made("a_total").add({}, -1)],
  ["what is no number", () => made("a_total").add({}, Number.NaN)],
  ["a name that is none", () => made("a total")],
])("createMetrics() refuses %s", (_, misuse) => {
  expect(misuse).toThrow("Broken invariant");
});

function made(name: string) {
  return createMetrics().counter({ name, help: "A", labels: ["known"] });
}
