/**
 * Which context paths of a CRD somebody knows: its schema, `normalize`, `status.fields`, and the
 * children that the box declares.
 */
import { LANGUAGE_KINDS } from "../katalog/child-keys.ts";
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { crdVersions } from "../schema/crd.ts";
import type { SchemaNode } from "../schema/node.ts";
import { suggest } from "../std/suggest.ts";
import { guessPlural } from "./plural.ts";
import { FOR_EACH_ROOTS, type PlacedForEach } from "./template-places.ts";

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly near?: string | undefined;
  /** Not a warning; in a condition it is one all the same, unless it is `always` an error. */
  readonly isError?: true | "always";
}

export interface KnownPaths {
  /** What is wrong with reading `path`, within `forEach`, if anything is. */
  judge(path: readonly string[], forEach?: PlacedForEach): Finding | undefined;
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
  };
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

/** `undefined` where the schema does not tell. */
function nodeAt(schema: SchemaNode, path: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode = schema;
  for (const step of path) {
    const next = stepInto(node, step);
    if (typeof next === "string") return undefined;
    node = next;
  }
  return node;
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

function schemaOf({ crd, type }: ResolvedCrd): SchemaNode | undefined {
  if (!crd) return undefined;
  try {
    return crdVersions(crd).find(({ resource }) => resource.version === type.version)?.schema;
  } catch {
    // A definition that cannot be read is the API server's to refuse, in better words.
    return undefined;
  }
}

/** One path is the start of the other: reading `a` or `a.b.c` of a known `a.b`. */
function isOnTheWay(known: readonly string[], read: readonly string[]): boolean {
  const length = Math.min(known.length, read.length);
  for (let index = 0; index < length; index++) if (known[index] !== read[index]) return false;
  return true;
}

function judgeSchema(
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
      const near = suggest(step, [...siblings, ...(index === 1 ? own : [])]);
      const where = parent === "" ? "" : `.${parent}`;
      const message = `Unknown path "${where}.${step}": the schema has no "${step}" there`;
      return { code: "unknown-path", message, near: near && `${where}.${near}` };
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

interface KnownChildren {
  /** Names under `.children` that this box fills. */
  readonly declared: ReadonlySet<string>;
  /** All names that mean a kind at all; made for the few that are not declared. */
  kinds(): ReadonlySet<string>;
}

/** Children that controllers make, and short forms. */
const OTHER_NAMES = ["replicaset", "replicasets", "endpointslice", "endpointslices", "pods", "pod"];
const SHORT_NAMES: Readonly<Record<string, string>> = {
  horizontalpodautoscaler: "hpa",
  poddisruptionbudget: "pdb",
  persistentvolumeclaim: "pvc",
  persistentvolume: "pv",
};

function knownChildren({ box }: ResolvedCrd, refusedKeys: readonly string[]): KnownChildren {
  const declared = new Set<string>([
    ...OTHER_NAMES,
    ...refusedKeys
      .filter((key) => Object.hasOwn(LANGUAGE_KINDS, key))
      .flatMap((key) => namesOf(key, LANGUAGE_KINDS[key] ?? "")),
  ]);
  const own = new Set<string>();
  const steps = box.onDelete.groups.flatMap((group) => group.steps);
  const ran = steps.flatMap((step) => (step.kind === "run" ? [step.entry] : []));
  for (const entry of [...box.children, ...ran]) {
    const kind = entry.key === "custom" ? String(entry.fields["kind"]) : LANGUAGE_KINDS[entry.key];
    for (const name of namesOf(entry.key, kind ?? "")) {
      declared.add(name);
      own.add(name);
    }
    // A templated kind may be any name.
    if (kind?.includes("{{")) own.add("*");
  }
  return { declared, kinds: () => new Set([...OTHER_NAMES, ...languageNames(), ...own]) };
}

function languageNames(): readonly string[] {
  return Object.entries(LANGUAGE_KINDS).flatMap(([key, kind]) => namesOf(key, kind));
}

/** Singular and plural, in lower and camel case, and the short forms, as `.children` offers them. */
function namesOf(key: string, kind: string): readonly string[] {
  const own = [key, key.toLowerCase(), ...(key === "custom" ? ["customs"] : [])];
  if (kind === "") return own;
  const lower = kind.toLowerCase();
  const camel = kind.charAt(0).toLowerCase() + kind.slice(1);
  const plural = guessPlural(kind);
  const short = SHORT_NAMES[lower];
  return [
    ...own,
    lower,
    plural,
    camel,
    camel.slice(0, -1) + plural.slice(camel.length - 1),
    ...(short ? [short, `${short}s`] : []),
  ];
}

function judgeChild(rest: readonly string[], known: KnownChildren): Finding | undefined {
  const [name] = rest;
  if (name === undefined || name === "*" || known.declared.has(name)) return undefined;
  const kinds = known.kinds();
  if (kinds.has(name)) {
    const message = `Unknown child ".children.${name}": the box declares no such child`;
    return { code: "undeclared-child", message };
  }
  if (kinds.has("*")) return undefined;
  const near = suggest(name, kinds);
  const message = `Unknown child ".children.${name}": no kind is called "${name}"`;
  return {
    code: "unknown-child-kind",
    message,
    near: near && `.children.${near}`,
    isError: true,
  };
}
