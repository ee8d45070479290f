/** `onDelete.external` compiled: calls to outside services, ready to be made. */
import type { Conditions } from "../condition/conditions.ts";
import type { Conditional, ExternalCall } from "../katalog/resolved.ts";
import type { Json } from "../std/json.ts";
import { compileValue, type Value, type ValueContext } from "./value.ts";

export interface CallProgram {
  readonly call: ExternalCall;
  readonly conditions: Conditions;
  readonly url: Value;
  readonly query: Value;
  readonly method: Value;
  readonly headers: Value;
  readonly body: Value;
  /** `token`, where it is no variable. */
  readonly token: Value;
}

export function compileCalls(
  calls: readonly ExternalCall[],
  outer: ValueContext,
  conditionsOf: (source: Conditional, context: ValueContext) => Conditions,
): readonly CallProgram[] {
  return calls.map((call): CallProgram => {
    const context = { ...outer, path: [...outer.path, call.id] };
    const compile = (source: Json | undefined, name: string) =>
      compileValue(source, { ...context, path: [...context.path, name] });
    const { credential } = call;
    return {
      call,
      conditions: conditionsOf(call, context),
      url: compile(call.url, "url"),
      query: compile(call.query, "query"),
      method: compile(call.method, "method"),
      headers: compile(call.headers, "headers"),
      body: compile(call.body, "body"),
      token: compile(credential?.kind === "token" ? credential.token : undefined, "token"),
    };
  });
}

/** Depends on what came of a call. */
export function readsCalls({ references }: Pick<Value, "references">): boolean {
  return [...references].some((path) => path === "external" || path.startsWith("external."));
}
