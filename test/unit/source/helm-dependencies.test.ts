/** Charts in charts: what must not be unpacked, and the limits that all of them share. */
import { expect, test } from "bun:test";
import { completeChart, unpackChart } from "../../../src/source/helm-dependencies.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { boundedRefusal } from "../../support/bounded-refusal.ts";
import { HOSTILE_CHARTS } from "../../support/hostile-charts.ts";

const MIB = 1024 * 1024;
/** An archive, and what is in it, each as large as may be. */
const MAX_GROWTH = 350 * MIB;

async function bring(bytes: Uint8Array) {
  const fetch = () => Promise.reject(new Error("Nothing is fetched"));
  return completeChart(await unpackChart(bytes, { name: "web" }), { name: "web", fetch });
}

test.each(HOSTILE_CHARTS)("completeChart() refuses %s, soon and within bounds", async (_, make) => {
  const error = await boundedRefusal({ make, read: bring, maxGrowth: MAX_GROWTH });
  expect(error).toBeInstanceOf(SourceError);
  expect((error as SourceError).message).toMatch(/^Cannot (?:use|unpack) "web/);
});
