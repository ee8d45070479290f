/**
 * Which context paths of a CRD somebody knows: its schema, `normalize`, `status.fields`, and the
 * children that the box declares.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { builtinKind } from "../schema/builtin.ts";
import type { SchemaNode } from "../schema/node.ts";
import { judgeChild, knownChildren } from "./known-children.ts";
import { type Finding, judgeSchema, nodeAt, schemaOf } from "./schema-paths.ts";
import { FOR_EACH_ROOTS, type PlacedForEach } from "./template-places.ts";

export interface KnownPaths {
  /** What is wrong with reading `path`, within `forEach`, if anything is. */
  judge(path: readonly string[], forEach?: PlacedForEach): Finding | undefined;
  /** What is wrong with writing the dotted path below the status. */
  judgeWrite(path: string): Finding | undefined;
  /** What the schema of the CRD says of a path, if it does. */
  nodeAt(path: readonly string[]): SchemaNode | undefined;
}

/** `refusedKeys`: kinds of children that are declared and that an issue refuses. */
export function knownPaths(crd: ResolvedCrd, refusedKeys: readonly string[] = []): KnownPaths {
  const schema = schemaOf(crd);
  const children = knownChildren(crd, refusedKeys);
  const own = {
    spec: Object.keys(crd.box.normalize),
    status: [...crd.box.status.fields.map((field) => field.path), ...AUTOMATIC_STATUS],
  };
  const isOwn = (root: SchemaRoot, rest: readonly string[]) =>
    own[root].some((known) => isOnTheWay(known.split("."), rest));
  const judgeRoot = (path: readonly string[]): Finding | undefined => {
    const [root = "", ...rest] = path;
    if (root === "inputs") return judgeInput(rest, crd);
    const source = UNFILLED.get(root);
    if (source) return refusedKeys.includes(source) ? undefined : unfilled(root);
    if (root === "children") return judgeChild(rest, children);
    if (root === "metadata") return judgeMetadata(path);
    if (!isOfSchema(root) || !schema || rest.length === 0 || isOwn(root, rest)) return undefined;
    return judgeSchema(schema, path, own[root]);
  };
  return {
    judge(path, forEach) {
      if (!forEach || !isOfElement(path[0] ?? "", forEach)) return judgeRoot(path);
      const [source = "", ...steps] = forEach.over ?? [];
      if (!schema || !isOfSchema(source) || isOwn(source, steps)) return undefined;
      return judgeElement(path, forEach, schema);
    },
    judgeWrite: (path) => schema && judgeWrite(schema, path),
    nodeAt: (path) =>
      schema && !isOwn(path[0] === "status" ? "status" : "spec", path.slice(1))
        ? nodeAt(schema, path)
        : undefined,
  };
}

/** A field that the server would drop is one that never appears. */
function judgeWrite(schema: SchemaNode, path: string): Finding | undefined {
  const found = judgeSchema(schema, ["status", ...path.split(".")], []);
  if (!found) return undefined;
  const { near, others } = found;
  const message = `The status field "${path}" is not in the schema of the CRD: the API server drops it`;
  return {
    code: "unknown-status-field",
    message,
    near: near?.replace(".status.", ""),
    others: others ?? [],
  };
}

/** The same of every kind. */
function judgeMetadata(path: readonly string[]): Finding | undefined {
  const schema = path.length > 1 && builtinKind("v1", "ConfigMap")?.schema;
  return schema ? judgeSchema(schema, path, []) : undefined;
}

/** What the schema speaks of. */
type SchemaRoot = "spec" | "status";

function isOfSchema(root: string): root is SchemaRoot {
  return root === "spec" || root === "status";
}

/** A name of the language before that of an element: what a custom resource has wins (`withItem`). */
function isOfElement(root: string, { as }: PlacedForEach): boolean {
  return !isOfSchema(root) && (FOR_EACH_ROOTS.includes(root) || root === as);
}

/** As far as the schema tells what the `forEach` goes over: of a list its elements, of a map keys and values. */
function judgeElement(
  [root = "", ...rest]: readonly string[],
  { as, over = [] }: PlacedForEach,
  schema: SchemaNode,
): Finding | undefined {
  const source = nodeAt(schema, over);
  if (source?.type !== "list" && source?.type !== "map") return undefined;
  const isElement = root === "item" || root === as;
  if (root === "value" && !isElement && source.type === "list") {
    const message = `Unknown path ".value": ".${over.join(".")}" is a list, only maps have values`;
    return { code: "unknown-path", message, near: `.${as}` };
  }
  let node: SchemaNode = { type: "integer" };
  if (isElement) node = source.type === "list" ? source.items : { type: "string" };
  else if (root === "value" && source.type === "map") node = source.values;
  const found = judgeSchema({ type: "object", fields: { [root]: node } }, [root, ...rest], []);
  return found && { ...found, message: `${found.message} (an element of ".${over.join(".")}")` };
}

/** Roots of the language that this build leaves empty, and the setting that would fill them. */
const UNFILLED: ReadonlyMap<string, string> = new Map([
  ["cross", "cross"],
  ["external", "external"],
  ["request", "admission"],
  ["events", "events"],
  ["previous", "mutation"],
  ["_normalizeChanges", "audit"],
]);

/** What a Motif brings reads its inputs under the key of its use; nobody else has any. */
function judgeInput([key]: readonly string[], { box }: ResolvedCrd): Finding | undefined {
  if (box.inputs?.some((one) => one.key === key)) return undefined;
  const message = 'Cannot read ".inputs": only what a Motif brings has inputs';
  return { code: "no-inputs", message, isError: "always" };
}

function unfilled(root: string): Finding {
  const message = `Cannot read ".${root}": this build does not support it yet`;
  return { code: "unsupported", message, isError: "always" };
}

/** Written by the runtime itself. */
const AUTOMATIC_STATUS = ["conditions", "observedGeneration"];

/** One path is the start of the other: reading `a` or `a.b.c` of a known `a.b`. */
function isOnTheWay(known: readonly string[], read: readonly string[]): boolean {
  const length = Math.min(known.length, read.length);
  for (let index = 0; index < length; index++) if (known[index] !== read[index]) return false;
  return true;
}
