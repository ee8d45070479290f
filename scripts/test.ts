/**
 * `npm test`: everything, one command, the same at home and in CI. It builds what it needs, shares
 * one real control plane among the suites, and ends with `N passed, N failed`.
 */
import { offeredCluster, startSharedCluster } from "../test/support/cluster-shared.ts";
import { staticSteps, unitSteps } from "./gates.ts";
import { close, runSteps, runTogether, type Step, type Tally } from "./steps.ts";

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const build: Step = { name: "build", command: ["bun", "scripts/build.ts"] };

await runTogether(staticSteps, tally);
await runTogether(unitSteps, tally);
await runSteps([build], tally);

const offer = offeredCluster();
if (offer.kind === "cluster") {
  await using shared = await startSharedCluster();
  await runSteps(suites(shared.env), tally);
} else {
  console.log(`!!   No real Kubernetes: ${offer.why}`);
  console.log("!!   The tests below that need one are SKIPPED (with CI=true they fail).");
  await runSteps(suites({}), tally);
}
process.exit(close(tally));

function suites(env: Readonly<Record<string, string>>): readonly Step[] {
  const suite = (name: string, folder: string): Step => ({
    name,
    command: ["bun", "test", "--timeout", "120000", folder],
    isTest: true,
    env,
  });
  return [
    suite("cluster", "test/support"),
    suite("oracles", "test/oracle"),
    suite("conformance", "test/conformance"),
    suite("contract", "test/contract"),
    suite("end to end", "test/e2e"),
  ];
}
