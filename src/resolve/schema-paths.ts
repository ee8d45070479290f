/** Paths of a context against the schema of what they lead into. */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { crdVersions } from "../schema/crd.ts";
import type { SchemaNode } from "../schema/node.ts";
import { suggestLoosely } from "../std/suggest.ts";

export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly near?: string | undefined;
  /** What there is instead, where nothing is near. */
  readonly others?: readonly string[];
  /** Not a warning; in a condition it is one all the same, unless it is `always` an error. */
  readonly isError?: true | "always";
}

export function schemaOf({ crd, type }: ResolvedCrd): SchemaNode | undefined {
  if (!crd) return undefined;
  try {
    return crdVersions(crd).find(({ resource }) => resource.version === type.version)?.schema;
  } catch {
    // A definition that cannot be read is the API server's to refuse, in better words.
    return undefined;
  }
}

/** `undefined` where the schema does not tell. */
export function nodeAt(schema: SchemaNode, path: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode = schema;
  for (const step of path) {
    const next = stepInto(node, step);
    if (typeof next === "string") return undefined;
    node = next;
  }
  return node;
}

export function judgeSchema(
  schema: SchemaNode,
  path: readonly string[],
  own: readonly string[],
): Finding | undefined {
  let node = schema;
  for (const [index, step] of path.entries()) {
    const next = stepInto(node, step);
    if (next === "anything") return undefined;
    if (next === "nothing") {
      const parent = path.slice(0, index).join(".");
      const siblings = node.type === "object" ? Object.keys(node.fields) : [];
      const others = [...new Set([...siblings, ...(index === 1 ? own : [])])];
      const near = suggestLoosely(step, others);
      const where = parent === "" ? "" : `.${parent}`;
      const message = `Unknown path "${where}.${step}": the schema has no "${step}" there`;
      return { code: "unknown-path", message, near: near && `${where}.${near}`, others };
    }
    node = next;
  }
  return undefined;
}

function stepInto(node: SchemaNode, step: string): SchemaNode | "anything" | "nothing" {
  switch (node.type) {
    case "object": {
      const field = Object.hasOwn(node.fields, step) ? node.fields[step] : undefined;
      if (field) return field;
      return node.open || node.embedded || step === "*" ? "anything" : "nothing";
    }
    case "map":
      return node.values;
    case "list":
      // An element by number or by range; a field of the list itself there is none.
      return step === "*" || /^\d+$/.test(step) ? node.items : "nothing";
    case "any":
      return "anything";
    default:
      return "nothing";
  }
}
