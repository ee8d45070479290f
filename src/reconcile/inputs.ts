/** `.inputs`: what the Motifs of a box were given, where only the custom resource says it. */
import { inputOfType } from "../katalog/input-type.ts";
import type { MotifInput, MotifInputs } from "../katalog/resolved.ts";
import type { Json } from "../std/json.ts";
import { TemplateError } from "../template/error.ts";
import type { Scope, TemplateEnvironment } from "../template/template.ts";
import { compileValue, type Value, type ValueContext } from "./value.ts";

interface InputProgram extends Pick<MotifInput, "type"> {
  readonly name: string;
  readonly value: Value;
}

interface UseProgram {
  readonly key: string;
  readonly motif: string;
  readonly inputs: readonly InputProgram[];
}

/** Uses in the order in which they build on each other. */
export type InputsProgram = readonly UseProgram[];

export function compileInputs(uses: readonly MotifInputs[], context: ValueContext): InputsProgram {
  return uses.map(({ key, motif, values }) => ({
    key,
    motif,
    inputs: Object.entries(values).map(([name, { value, type }]) => ({
      name,
      value: compileValue(value, { ...context, path: [...context.path, key, name] }),
      ...(type && { type }),
    })),
  }));
}

/** By the key of the use, then by name. Throws `TemplateError`. */
export function evaluateInputs(
  program: InputsProgram,
  scope: Scope,
  environment: TemplateEnvironment,
): Readonly<Record<string, Json>> {
  const result: Record<string, Json> = {};
  const inner: Scope = Object.defineProperties(
    {},
    // Descriptors, not values: a spread would run the getters.
    { ...Object.getOwnPropertyDescriptors(scope), inputs: { value: result, enumerable: true } },
  );
  for (const { key, motif, inputs } of program) {
    const values = inputs.map(({ name, value, type }): [string, Json] => {
      const found = value.evaluate(inner, environment) ?? "";
      const typed = inputOfType(found, type) ?? (found === "" ? "" : undefined);
      if (typed !== undefined) return [name, typed];
      const shown = JSON.stringify(found);
      const message = `Cannot use ${shown} as the input "${name}" of the Motif "${motif}": expected ${type}`;
      throw new TemplateError("failed", message);
    });
    result[key] = Object.fromEntries(values);
  }
  return result;
}
