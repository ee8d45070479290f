/** Calls one function of the table as the engine would: arity first, then the function. */
import { katalogFunctions } from "../../../../src/template/functions/functions.ts";
import { Meter } from "../../../../src/template/meter.ts";
import type {
  Scope,
  TemplateEnvironment,
  TemplateValue,
} from "../../../../src/template/template.ts";
import { testEnvironment } from "./environment.ts";

export interface CallOptions {
  readonly environment?: Partial<TemplateEnvironment>;
  readonly root?: Scope;
  readonly isLiteral?: readonly boolean[];
}

/** The arguments of a row of a test table, and what they should give. */
export type Case = readonly [name: string, args: readonly TemplateValue[], result: TemplateValue];

export function callFunction(
  name: string,
  args: readonly TemplateValue[],
  { environment, root = {}, isLiteral = args.map(() => false) }: CallOptions = {},
): TemplateValue {
  const row = katalogFunctions.get(name);
  if (!row) throw new Error(`no function "${name}"`);
  if (args.length < row.minArgs || args.length > row.maxArgs) {
    throw new Error(`"${name}" takes ${row.minArgs} to ${row.maxArgs}, got ${args.length}`);
  }
  return row.call(args, {
    environment: { ...testEnvironment, ...environment },
    root,
    meter: testMeter(),
    isLiteral,
  });
}

/** As much as an evaluation of a Katalog has. */
export function testMeter(): Meter {
  return new Meter({ steps: 1_000_000, outputLength: 1 << 20 });
}
