/**
 * What servers make of what we send. A mutating webhook or a default that no schema tells of can
 * turn an applied value into another one; sending it again would change nothing, for ever. So the
 * differences between what was applied and what came back are remembered per child, and the same
 * differences do not count as drift.
 *
 * Only children whose server rewrites something take memory, and only hashes of the values.
 */
import { createHash } from "node:crypto";
import { type FieldDifference, fieldDifferences } from "../schema/differences.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject } from "../schema/object.ts";
import { canonicalJson, type Json, type JsonObject } from "../std/json.ts";

export interface Answer {
  /** The server gave this very answer to this very wish before. */
  explains(difference: FieldDifference): boolean;
}

/** What `applied` lost on its way to `stored`, or `undefined` when everything arrived as sent. */
export function rememberAnswer(
  applied: KubeObject,
  stored: KubeObject,
  schema: SchemaNode | undefined,
): Answer | undefined {
  const lost = fieldDifferences(
    applied as unknown as JsonObject,
    stored as unknown as JsonObject,
    schema,
  );
  if (lost.length === 0) return undefined;
  const known = new Set(lost.map((difference) => fingerprint([difference])));
  return { explains: (difference) => known.has(fingerprint([difference])) };
}

interface Marked {
  readonly path: string;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** A hash that stands for differences; values, which may be secret, cannot be read from it. */
export function fingerprint(differences: readonly Marked[]): string {
  const hash = createHash("sha256");
  for (const { path, before, after } of differences) {
    hash.update(`${path}\n${text(before)}\n${text(after)}\n`);
  }
  return hash.digest("base64url");
}

function text(value: Json | undefined): string {
  return value === undefined ? "" : canonicalJson(value);
}
