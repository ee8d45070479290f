/** Charts in charts: what must not be unpacked, and the limits that all of them share. */
import { expect, test } from "bun:test";
import { completeChart, unpackChart } from "../../../src/source/helm-dependencies.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { HOSTILE_CHARTS } from "../../support/hostile-charts.ts";

const MIB = 1024 * 1024;
/** Microseconds of the processor. */
const MAX_CPU = 2_000_000;
/** An archive, and what is in it, each as large as may be. */
const MAX_GROWTH = 350 * MIB;

async function bring(bytes: Uint8Array) {
  const fetch = () => Promise.reject(new Error("Nothing is fetched"));
  return completeChart(await unpackChart(bytes, { name: "web" }), { name: "web", fetch });
}

test.each(HOSTILE_CHARTS)("completeChart() refuses %s, soon and within bounds", async (_, make) => {
  const bytes = make();
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const start = process.cpuUsage();
  const error = await bring(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceError);
  expect((error as SourceError).message).toMatch(/^Cannot (?:use|unpack) "web/);
  const { user, system } = process.cpuUsage(start);
  expect(user + system).toBeLessThan(MAX_CPU);
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH);
});
