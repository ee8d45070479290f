/**
 * The built-in kinds of Kubernetes: names, scope, subresources and schema of each, from the table
 * that `scripts/generate-schema.ts` makes. Nothing is parsed before the first question, and of each
 * kind only the types that it reaches.
 */
import { invariant } from "../std/invariant.ts";
import type { Json } from "../std/json.ts";
import { BUILTIN_TABLE } from "./builtin.generated.ts";
import { BUILTIN_DEFAULTS } from "./builtin-defaults.ts";
import type { DerivedDefault, ListNode, MapNode, ScalarNode, SchemaNode } from "./node.ts";
import { apiVersionOf } from "./object.ts";
import { type ServedResource, STANDARD_VERBS } from "./resource.ts";

export interface BuiltinKind {
  readonly resource: ServedResource;
  /** Plain data, shared by all who ask; recursive for `CustomResourceDefinition`. */
  readonly schema: SchemaNode;
}

/** The built-in kind of that name, or `undefined` for a custom one (or an unstable version). */
export function builtinKind(apiVersion: string, kind: string): BuiltinKind | undefined {
  return builtins.find(apiVersion, kind);
}

/** Every built-in kind, sorted by group, version and kind. */
export function builtinKinds(): Iterable<BuiltinKind> {
  return builtins.all();
}

type Compact = string | number | readonly [string, ...Compact[]];

interface TypeMarks {
  /** Required fields. */
  readonly r?: readonly string[];
  /** Atomic. */
  readonly a?: 1;
}

interface TypeLine {
  readonly "~"?: TypeMarks;
  readonly [field: string]: Compact | TypeMarks | undefined;
}

/** An object node while its fields are being filled: recursive types meet it half built. */
interface OpenObjectNode {
  readonly type: "object";
  fields: Record<string, SchemaNode>;
  required?: readonly string[];
  atomic?: boolean;
  derived?: readonly DerivedDefault[];
}

const SCALARS: Readonly<Record<string, ScalarNode["type"]>> = {
  s: "string",
  y: "bytes",
  i: "integer",
  n: "number",
  b: "boolean",
  q: "quantity",
  x: "int-or-string",
  t: "timestamp",
  a: "any",
};

/** The table with what was read of it so far: a cache of constants, not state. */
class BuiltinTable {
  readonly #text: string;
  readonly #nodes: OpenObjectNode[] = [];
  readonly #kinds = new Map<string, BuiltinKind>();
  #kindLines: Map<string, string> | undefined;
  #typeLines: readonly string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  find(apiVersion: string, kind: string): BuiltinKind | undefined {
    const key = `${apiVersion} ${kind}`;
    const known = this.#kinds.get(key);
    if (known) return known;
    const line = this.#lines().get(key);
    if (line === undefined) return undefined;
    const made = this.#readKind(line);
    this.#kinds.set(key, made);
    return made;
  }

  *all(): Iterable<BuiltinKind> {
    for (const key of this.#lines().keys()) {
      const [apiVersion = "", kind = ""] = key.split(" ");
      const found = this.find(apiVersion, kind);
      if (found) yield found;
    }
  }

  #lines(): Map<string, string> {
    if (this.#kindLines) return this.#kindLines;
    const [kinds = "", types = ""] = this.#text.split("\n\n");
    this.#typeLines = types.split("\n");
    this.#kindLines = new Map(
      kinds.split("\n").map((line) => {
        const [group = "", version = "", kind] = line.split("|");
        return [`${apiVersionOf({ group, version })} ${kind}`, line];
      }),
    );
    return this.#kindLines;
  }

  #readKind(line: string): BuiltinKind {
    const column = line.split("|");
    const text = (index: number): string => column[index] ?? "";
    const list = (index: number): readonly string[] =>
      text(index) === "" ? [] : text(index).split(",");
    return {
      resource: {
        group: text(0),
        version: text(1),
        kind: text(2),
        plural: text(3),
        singular: text(4),
        listKind: `${text(2)}List`,
        namespaced: text(5) === "n",
        shortNames: list(6),
        categories: list(7),
        hasStatus: list(8).includes("status"),
        hasScale: list(8).includes("scale"),
        verbs: text(9) === "" ? STANDARD_VERBS : list(9),
      },
      schema: this.#node(Number(text(10))),
    };
  }

  #node(index: number): SchemaNode {
    const known = this.#nodes[index];
    if (known) return known;
    const line = this.#typeLines[index];
    invariant(line !== undefined, `the table of built-in kinds has a line for type ${index}`);
    const space = line.indexOf(" ");
    const node: OpenObjectNode = { type: "object", fields: Object.create(null) };
    this.#nodes[index] = node;
    const compact = JSON.parse(line.slice(space + 1)) as TypeLine;
    const extra = BUILTIN_DEFAULTS[line.slice(0, space)];
    // Marks first: a recursive field copies the half-built node, and fills share `fields` only.
    if (compact["~"]?.r) node.required = compact["~"].r;
    if (compact["~"]?.a) node.atomic = true;
    if (extra?.derived) node.derived = extra.derived;
    for (const field of Object.keys(compact)) {
      if (field === "~") continue;
      const type = this.#expand(compact[field] as Compact);
      const own = extra?.bare?.includes(field) ? withoutDefaults(type) : type;
      node.fields[field] = withDefault(own, extra?.fields?.[field]);
    }
    return node;
  }

  #expand(compact: Compact): SchemaNode {
    if (typeof compact === "number") return this.#node(compact);
    if (typeof compact === "string") return scalarNode(compact);
    const [letter, inner, ...rest] = compact;
    switch (letter.charAt(0)) {
      // `any of the type or something else`: walkers take a value of another shape as it is.
      case "o":
        return this.#node(inner as number);
      case "A":
        return { ...this.#node(inner as number), atomic: true } as SchemaNode;
      case "d":
        return withDefault(this.#expand(inner as Compact), rest[0] as Json);
      case "m":
      case "M":
        return this.#mapNode(letter, inner as Compact);
      default:
        return this.#listNode(letter, inner as Compact, rest as readonly string[]);
    }
  }

  #mapNode(letter: string, values: Compact): MapNode {
    return {
      type: "map",
      values: this.#expand(values),
      ...(letter.startsWith("M") && { atomic: true }),
      ...(letter.endsWith("?") && { omitsZero: true }),
    };
  }

  #listNode(letter: string, items: Compact, keys: readonly string[]): ListNode {
    const merge = letter.charAt(0);
    return {
      type: "list",
      items: this.#expand(items),
      listType: merge === "k" ? "map" : merge === "S" ? "set" : "atomic",
      ...(merge === "k" && { keys }),
      ...(letter.endsWith("?") && { omitsZero: true }),
    };
  }
}

const builtins = new BuiltinTable(BUILTIN_TABLE);

function scalarNode(letter: string): ScalarNode {
  const type = SCALARS[letter.charAt(0)] ?? "any";
  return letter.endsWith("?") ? { type, omitsZero: true } : { type };
}

/** A node is shared by all fields of its type, so a default of one field needs a node of its own. */
function withDefault(node: SchemaNode, value: Json | undefined): SchemaNode {
  return value === undefined ? node : { ...node, default: value };
}

function withoutDefaults(node: SchemaNode): SchemaNode {
  if (node.type !== "object") return node;
  const { derived: _, ...rest } = node;
  const fields: Record<string, SchemaNode> = Object.create(null);
  for (const [name, { default: __, ...field }] of Object.entries(node.fields)) {
    fields[name] = field as SchemaNode;
  }
  return { ...rest, fields };
}
