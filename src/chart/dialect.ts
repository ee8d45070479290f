/**
 * Helm's template language as data: Go's functions with Go's numbers and errors, sprig's and Helm's
 * on top, missing keys as Go's `missingkey=zero` has them, nothing trimmed.
 */
import { TemplateError } from "../template/error.ts";
import { createGoBuiltins } from "../template/go-builtins.ts";
import type { Dialect, TemplateFunction } from "../template/template.ts";
import { cryptoFunctions } from "./functions/crypto.ts";
import { dateFunctions } from "./functions/dates.ts";
import { dictFunctions } from "./functions/dicts.ts";
import { durationFunctions } from "./functions/durations.ts";
import { encodingFunctions } from "./functions/encodings.ts";
import { flowFunctions } from "./functions/flow.ts";
import { listFunctions } from "./functions/lists.ts";
import { numberFunctions } from "./functions/numbers.ts";
import { patternFunctions } from "./functions/patterns.ts";
import { randomFunctions } from "./functions/random.ts";
import { stringFunctions } from "./functions/strings.ts";
import { versionFunctions } from "./functions/versions.ts";

/** Of one file: ten million steps, 8 MiB of output; of all files of a chart: fifty million steps. */
const HELM_BUDGET = {
  steps: 10_000_000,
  outputLength: 8 << 20,
  totalSteps: 50_000_000,
} as const;

/** Every function that Helm adds to Go's own. */
export const helmFunctionTable: readonly TemplateFunction[] = [
  ...stringFunctions,
  ...numberFunctions,
  ...listFunctions,
  ...dictFunctions,
  ...flowFunctions,
  ...encodingFunctions,
  ...patternFunctions,
  ...dateFunctions,
  ...durationFunctions,
  ...versionFunctions,
  ...randomFunctions,
  ...cryptoFunctions,
];

/** Functions that give another result each time, or may: dates that are none are now. */
const CHANGING: ReadonlySet<string> = new Set([
  "now",
  "ago",
  "date",
  "dateInZone",
  "date_in_zone",
  "htmlDate",
  "htmlDateInZone",
  "durationRound",
  "shuffle",
  "uuidv4",
  "bcrypt",
  "htpasswd",
  "encryptAES",
  "genPrivateKey",
  "genCA",
  "genCAWithKey",
  "genSelfSignedCert",
  "genSelfSignedCertWithKey",
  "genSignedCert",
  "genSignedCertWithKey",
  ...randomFunctions.map(({ name }) => name),
]);

/** Functions that take a tenth of a second and more, on purpose or by nature. */
const COSTLY: ReadonlySet<string> = new Set([
  "bcrypt",
  "htpasswd",
  "derivePassword",
  ...cryptoFunctions.map(({ name }) => name).filter((name) => name.startsWith("gen")),
]);

/** Of one rendering. */
const MAX_COSTLY_CALLS = 50;

/** `onChanging` hears of every call of a function that gives another result each time. For one rendering. */
export function createHelmDialect(onChanging: (name: string) => void): Dialect {
  let costlyCalls = 0;
  const beforeCall = (name: string) => {
    if (CHANGING.has(name)) onChanging(name);
    if (COSTLY.has(name) && ++costlyCalls > MAX_COSTLY_CALLS) {
      const message = `Cannot finish the chart: more than ${MAX_COSTLY_CALLS} calls of functions such as ${name}`;
      throw new TemplateError("budget", message);
    }
  };
  const table = helmFunctionTable.map((row) => {
    return CHANGING.has(row.name) || COSTLY.has(row.name) ? watched(row, beforeCall) : row;
  });
  const builtins = createGoBuiltins({ isForgiving: false, numbers: "go" });
  return {
    functions: new Map([...builtins, ...table.map((row) => [row.name, row] as const)]),
    missingKey: "zero",
    numbers: "go",
    trim: false,
    budget: HELM_BUDGET,
  };
}

function watched(row: TemplateFunction, beforeCall: (name: string) => void): TemplateFunction {
  return {
    ...row,
    call(values, circumstances) {
      beforeCall(row.name);
      return row.call(values, circumstances);
    },
  };
}
