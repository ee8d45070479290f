/** One thing that is wrong with a CustomResourceDefinition, for servers and for people. */
import type { Json, PathSegment } from "../std/json.ts";
import type { FieldError } from "./field-error.ts";

export interface DefinitionProblem {
  /** In the definition: `["spec", "versions", 0, "name"]`; what is missing is named all the same. */
  readonly path: readonly PathSegment[];
  /** `advice`: the server takes it, and it does not do what its author seems to want. */
  readonly fault: "required" | "invalid" | "unsupported" | "forbidden" | "advice";
  readonly value?: Json;
  /** The server's words behind the value; of `unsupported` nothing. */
  readonly detail: string;
  readonly allowed?: readonly string[];
  /** Of a default: what its own schema says of it, instead of `detail`. */
  readonly violations?: readonly FieldError[];
  /** For people: what was found, then what is expected. */
  readonly message: string;
  readonly hint?: string;
}
