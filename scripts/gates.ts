/** The gates that every change passes, as data: the same at home and in CI. */
import type { Step } from "./steps.ts";

export const staticSteps: readonly Step[] = [
  { name: "format and lint", command: ["biome", "ci", "--colors=off", "."] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "unused code", command: ["knip", "--no-progress"] },
];

export const unitSteps: readonly Step[] = [
  { name: "architecture", command: ["bun", "test", "test/architecture.test.ts"], isTest: true },
  {
    name: "unit",
    command: ["bun", "test", "--randomize", "--timeout", "30000", "test/unit", "test/bench"],
    isTest: true,
  },
];
