/**
 * The context of templates and conditions: what follows the first dot. Costly roots are getters, so
 * that a pass which never asks for `.children` never builds it.
 */
import type { ObservedChild } from "../apply/prune.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Json, JsonObject } from "../std/json.ts";
import type { Scope } from "../template/template.ts";
import { buildChildren } from "./children-scope.ts";
import type { PassContext } from "./context.ts";
import { evaluateInputs } from "./inputs.ts";

export interface ScopeParts {
  /** After `normalize`. */
  readonly spec: Json | undefined;
  readonly status: JsonObject;
  readonly children: readonly ObservedChild[];
  /** What came of calls to outside services, by their names. */
  readonly external?: Readonly<Record<string, JsonObject>> | undefined;
}

export function scopeFor(object: KubeObject, parts: ScopeParts, context: PassContext): Scope {
  const { program, surroundings, environment } = context;
  let children: JsonObject | undefined;
  const facts = () => {
    environment.markVolatile();
    return surroundings.facts?.() ?? { metrics: {}, health: {} };
  };
  let inputs: JsonObject | undefined;
  const scope: Scope = {
    ...object,
    spec: parts.spec,
    status: parts.status,
    ...(parts.external && { external: parts.external }),
    get children() {
      children ??= buildChildren(parts.children, program.declaredKinds);
      return children;
    },
    get metrics() {
      return facts().metrics;
    },
    get health() {
      return facts().health;
    },
    get inputs() {
      if (!program.inputs) return undefined;
      inputs ??= evaluateInputs(program.inputs, scope, environment);
      return inputs;
    },
  };
  return scope;
}
