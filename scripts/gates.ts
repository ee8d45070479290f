/**
 * The gates that every change passes, as data: the same at home and in CI. What the inner loop leaves out of
 * them is work that it has done before, and repetitions; `npm test` does all of it.
 */
import { readdirSync } from "node:fs";
import type { Step } from "./steps.ts";

/** What was found out about files that did not change since the last check; it may be thrown away. */
const CACHE = "node_modules/.cache";

const lint: Step = { name: "format and lint", command: ["biome", "ci", "--colors=off", "."] };
const types: Step = {
  name: "types",
  command: ["tsc", "--noEmit"],
  // It ends before it would run out of memory: to collect garbage more often takes a fourth of its time.
  env: { GOGC: "400" },
};
const unused: Step = { name: "unused code", command: ["knip", "--no-progress"] };

export const staticSteps: readonly Step[] = [lint, types, unused];

/** Archives and signatures take as long as all the rest: the two halves run side by side. */
const HEAVY = "source";

export const unitSteps: readonly Step[] = [
  { name: "architecture", command: ["bun", "test", "test/architecture.test.ts"], isTest: true },
  unit("unit", ["test/bench", ...unitFolders().filter((name) => name !== `test/unit/${HEAVY}`)]),
  unit(`unit of ${HEAVY}`, [`test/unit/${HEAVY}`]),
];

/** Those of the inner loop: the same, in less time. */
export const quickSteps: readonly Step[] = [
  ...unitSteps.map((step) => ({ ...step, env: { ...step.env, ORK_TEST_QUICK: "1" } })),
  lint,
  withMore(types, ["--incremental", "--tsBuildInfoFile", `${CACHE}/types.tsbuildinfo`]),
  withMore(unused, ["--cache", "--cache-location", `${CACHE}/knip`]),
];

function withMore(step: Step, words: readonly string[]): Step {
  return { ...step, command: [...step.command, ...words] };
}

function unit(name: string, folders: readonly string[]): Step {
  const command = ["bun", "test", "--randomize", "--timeout", "30000", ...folders];
  // Short programs, each run a few times: to compile them in the last of its stages, and to mark garbage
  // with several threads, costs the runtime more than it brings.
  const env = { BUN_JSC_useFTLJIT: "0", BUN_JSC_numberOfGCMarkers: "1" };
  return { name, command, isTest: true, env };
}

function unitFolders(): readonly string[] {
  return readdirSync("test/unit").map((name) => `test/unit/${name}`);
}
