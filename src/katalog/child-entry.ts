/**
 * Children as a Katalog lists them: the fields that every kind shares, and the rest, which belongs
 * to the kind. Also the phases that hold them (`onCreate`, `onReconcile`, `onDelete`).
 */
import * as v from "valibot";
import type { Json, JsonObject } from "../std/json.ts";
import { setOwn } from "../std/yaml-node.ts";
import { CHILD_KEYS } from "./child-keys.ts";
import { conditional } from "./conditional.ts";
import { external } from "./external.ts";
import {
  bool,
  duration,
  isTreeMap,
  jsonObject,
  listOf,
  oneOf,
  open,
  type Reads,
  reading,
  strict,
  type Tree,
  text,
  treeJson,
  treeNative,
} from "./fields.ts";
import type { ChildKey } from "./resolved.ts";

/** Labels may be templated, and non-text values are text: kept as they were written. */
const templatedMap = reading("a mapping of text to text", (tree) => {
  const map = isTreeMap(tree) ? (treeJson(tree) as JsonObject) : pairs(tree);
  const isText = map && Object.values(map).every((value) => typeof value !== "object");
  return isText ? map : undefined;
});

/** `[{key, value}]` as a map. */
function pairs(tree: Tree): JsonObject | undefined {
  if (!Array.isArray(tree)) return undefined;
  const result: Record<string, Json> = {};
  for (const item of tree as readonly Tree[]) {
    const pair = isTreeMap(item) ? (treeJson(item) as JsonObject) : {};
    if (typeof pair["key"] !== "string" || pair["value"] === undefined) return undefined;
    setOwn(result, pair["key"], pair["value"]);
  }
  return result;
}

/** The name of an element is a root of the context, beside those that are always there. */
const elementName = reading("a name of its own, of letters and digits", (tree) => {
  const name = treeJson(tree);
  const isName = typeof name === "string" && /^[A-Za-z_]\w*$/.test(name);
  return isName && !CONTEXT_ROOTS.has(name) ? name : undefined;
});

/** Source: `katalog.md` section 4, without what `forEach` itself brings. */
const CONTEXT_ROOTS: ReadonlySet<string> = new Set([
  "apiVersion",
  "kind",
  "metadata",
  "spec",
  "status",
  "children",
]);

const common = {
  name: v.exactOptional(text()),
  namespace: v.exactOptional(text()),
  labels: v.exactOptional(templatedMap),
  annotations: v.exactOptional(templatedMap),
  reconcile: v.exactOptional(bool),
  forEach: v.exactOptional(
    strict({ field: text("a path or a template"), as: v.exactOptional(elementName) }),
  ),
  forceConflict: v.exactOptional(bool),
  adopt: v.exactOptional(bool),
  recreate: v.exactOptional(bool),
  whenFalse: v.exactOptional(oneOf(["delete", "keep"])),
  crossNamespace: v.exactOptional(bool),
  patch: v.exactOptional(jsonObject),
  ...conditional,
};

/** Keys that mean the same for every kind. */
export const COMMON_CHILD_FIELDS: readonly string[] = Object.keys(common);

/** An entry of any kind: what is common, typed; its own fields, as they are. */
type Common = v.InferOutput<ReturnType<typeof open<typeof common>>>;
type Entry = Common & { readonly fields: JsonObject };

/** Of a whole object, what is nothing but text: `labels: { version: 1.10 }` is `"1.10"`. */
const TEXT_FIELDS = new Set(["apiVersion", "kind", "metadata"]);

function entryOf(form: "shorthand" | "object"): Reads<Entry> {
  return v.pipe(
    open(common),
    v.transform((entry): Entry => {
      const shared: Record<string, unknown> = {};
      const fields: Record<string, Json> = {};
      for (const [key, value] of Object.entries(entry)) {
        if (Object.hasOwn(common, key)) shared[key] = value;
        // A whole object keeps YAML's types; a shorthand's table decides, from the text.
        else {
          const read = form === "object" && !TEXT_FIELDS.has(key) ? treeNative : treeJson;
          setOwn(fields, key, read(value as Tree));
        }
      }
      return { ...(shared as Common), fields };
    }),
  );
}

const kinds = Object.fromEntries(
  CHILD_KEYS.map((key) => [
    key,
    v.exactOptional(listOf(entryOf(key === "custom" ? "object" : "shorthand"))),
  ]),
) as Record<ChildKey, v.ExactOptionalSchema<Reads<readonly Entry[]>, undefined>>;

export type ChildEntryDocument = Entry;

export const phase = strict({ ...kinds, ...conditional });

export const deletePhase = strict({
  ...kinds,
  ...conditional,
  external: v.exactOptional(listOf(external)),
  ordered: v.exactOptional(bool),
  timeout: v.exactOptional(duration),
  groups: v.exactOptional(listOf(strict({ ...kinds, ...conditional }))),
});

export type PhaseDocument = v.InferOutput<typeof phase>;
export type DeletePhaseDocument = v.InferOutput<typeof deletePhase>;
