/** A rendered field of a child fits no shape. An error of that custom resource, not of the start. */
import type { Json } from "../../std/json.ts";

export class ChildFieldError extends Error {
  /** Path inside the entry: `probes.liveness.port`. */
  readonly path: string;
  readonly value: Json | undefined;
  /** Completes "expected …". */
  readonly expected: string;

  constructor(path: string, value: Json | undefined, expected: string) {
    const found = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
    super(`Cannot use field "${path}": value ${found}, expected ${expected}`);
    this.name = "ChildFieldError";
    this.path = path;
    this.value = value;
    this.expected = expected;
  }
}
