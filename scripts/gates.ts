/** The gates that every change passes, as data: the same at home and in CI. */
import { readdirSync } from "node:fs";
import type { Step } from "./steps.ts";

export const staticSteps: readonly Step[] = [
  { name: "format and lint", command: ["biome", "ci", "--colors=off", "."] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "unused code", command: ["knip", "--no-progress"] },
];

/** Archives and signatures take as long as all the rest: the two halves run side by side. */
const HEAVY = "source";

export const unitSteps: readonly Step[] = [
  { name: "architecture", command: ["bun", "test", "test/architecture.test.ts"], isTest: true },
  unit("unit", ["test/bench", ...unitFolders().filter((name) => name !== `test/unit/${HEAVY}`)]),
  unit(`unit of ${HEAVY}`, [`test/unit/${HEAVY}`]),
];

function unit(name: string, folders: readonly string[]): Step {
  const command = ["bun", "test", "--randomize", "--timeout", "30000", ...folders];
  return { name, command, isTest: true };
}

function unitFolders(): readonly string[] {
  return readdirSync("test/unit").map((name) => `test/unit/${name}`);
}
