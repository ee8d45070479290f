/**
 * The suites of `npm test` that run the built `ork`, as data: which there are, which of their files take
 * long, and which must have the machine for themselves.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

export interface Suite {
  readonly name: string;
  /** Below `test/`. */
  readonly folder: string;
}

/** One file of tests: `contract/r5-resync`. */
export interface SuiteFile {
  readonly suite: Suite;
  readonly name: string;
  readonly path: string;
}

export interface SuitePlan {
  /** In the order in which they begin, side by side. */
  readonly together: readonly SuiteFile[];
  /** After those, one after the other. */
  readonly alone: readonly SuiteFile[];
}

const SUITES: readonly Suite[] = [
  { name: "cluster", folder: "support" },
  { name: "oracles", folder: "oracle" },
  { name: "conformance", folder: "conformance" },
  { name: "contract", folder: "contract" },
  { name: "end to end", folder: "e2e" },
];

/** The longest of all, the longest first: begun late, one of them would run on when all others are done. */
const LONG: readonly string[] = [
  "contract/r4-examples",
  "e2e/docs",
  "contract/r1-histories",
  "conformance/conformance",
  "contract/r1-watch-faults",
  "e2e/examples",
  "contract/r7-finalizer",
  "e2e/artefacts",
  "e2e/plan",
  "contract/c2-all-or-nothing",
  "contract/r1-at-least-once",
];

/** They hold times against bars of a second and less: what runs beside them would be measured, too. */
const ALONE: readonly string[] = [
  "contract/c5-deterministic",
  "contract/c7-lock",
  "contract/c9-safe-to-load",
  "contract/hooks-isolation",
  "contract/leader-election",
  "contract/r9-isolation",
];

const ENDING = ".test.ts";

/** @throws Error when a file that is named here is not there any more */
export function planSuites(): SuitePlan {
  const files = SUITES.flatMap(filesOf);
  const named = [...LONG, ...ALONE];
  const lost = named.filter((name) => !files.some((file) => file.name === name));
  if (lost.length > 0) {
    throw new Error(`Cannot plan the tests: there is no ${lost.join(", ")}, see scripts/suites.ts`);
  }
  const isNamed = (file: SuiteFile) => named.includes(file.name);
  return {
    together: [...pick(files, LONG), ...files.filter((file) => !isNamed(file))],
    alone: pick(files, ALONE),
  };
}

function filesOf(suite: Suite): readonly SuiteFile[] {
  const folder = join("test", suite.folder);
  return readdirSync(folder, { encoding: "utf8", recursive: true })
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => ({
      suite,
      name: `${suite.folder}/${file.slice(0, -ENDING.length)}`,
      path: `./${folder}/${file}`,
    }));
}

function pick(files: readonly SuiteFile[], names: readonly string[]): readonly SuiteFile[] {
  return names.flatMap((name) => files.filter((file) => file.name === name));
}
