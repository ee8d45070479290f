/**
 * `npm test`: everything, one command, the same at home and in CI. It builds what it needs, plays the
 * suites in lanes, each with a real control plane, and ends with `N passed, N failed`.
 */
import { offeredCluster } from "../test/support/cluster-shared.ts";
import { Board } from "./board.ts";
import { staticSteps, unitSteps } from "./gates.ts";
import { playInLanes } from "./lanes.ts";
import { close, runSteps, runTogether, type Step, type Tally } from "./steps.ts";
import { planSuites } from "./suites.ts";

const startedMs = performance.now();
const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const build: Step = { name: "build", command: ["bun", "scripts/build.ts"] };
const plan = planSuites();

await runTogether(staticSteps, tally);
await runTogether(unitSteps, tally);
await runSteps([build], tally);

const offer = offeredCluster();
if (offer.kind === "none") {
  console.log(`!!   No real Kubernetes: ${offer.why}`);
  console.log("!!   The tests below that need one are SKIPPED (with CI=true they fail).");
}
{
  using board = new Board(plan, tally);
  await playInLanes(plan, { board, hasCluster: offer.kind === "cluster" });
}
const seconds = Math.round((performance.now() - startedMs) / 1_000);
console.log(`\nTook ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
process.exit(close(tally));
