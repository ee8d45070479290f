/**
 * The Katalog document in its canonical layout, as valibot schemas; the types of the document are
 * inferred from them. What is listed here is what this build acts on: settings that it only knows
 * are taken out before by `unsupported.ts`.
 */
import * as v from "valibot";
import { deletePhase, phase } from "./child-entry.ts";
import { conditional } from "./conditional.ts";
import {
  bool,
  duration,
  integer,
  isTreeMap,
  json,
  jsonObject,
  listOf,
  listOrOne,
  mapOf,
  oneOf,
  reading,
  strict,
  text,
  textMap,
  treeJson,
} from "./fields.ts";

const retrySchedule = strict({
  initial: duration,
  max: v.exactOptional(duration),
  multiplier: v.exactOptional(
    reading("a number of 1 or more", (tree) => {
      const value = Number(treeJson(tree));
      return value >= 1 ? value : undefined;
    }),
  ),
  maxAttempts: v.exactOptional(integer(1, 100)),
});

/** One duration, or a schedule. */
const retryBackoff = v.pipe(
  v.unknown(),
  v.lazy((input) => (isTreeMap(input) ? retrySchedule : duration)),
);

const queue = strict({
  maxDepth: v.exactOptional(integer(0)),
  failureThreshold: v.exactOptional(integer(Number.MIN_SAFE_INTEGER)),
  retryBackoff: v.exactOptional(retryBackoff),
});

const statusField = strict({
  path: text("a dotted path below status"),
  value: json,
  type: v.exactOptional(oneOf(["string", "int", "float", "bool", "auto"])),
  clearOnFalse: v.exactOptional(bool),
  ...conditional,
});

const status = strict({
  conditions: v.exactOptional(bool),
  fields: v.exactOptional(listOf(statusField)),
});

const operatorBox = strict({
  reconcile: v.exactOptional(
    strict({
      default: v.exactOptional(bool),
      workers: v.exactOptional(integer(1, 50)),
      resync: v.exactOptional(duration),
      queue: v.exactOptional(queue),
      requeue: v.exactOptional(strict({ after: text("a duration or a template"), ...conditional })),
      forceConflict: v.exactOptional(bool),
      onCreate: v.exactOptional(phase),
      onReconcile: v.exactOptional(phase),
      onDelete: v.exactOptional(deletePhase),
      normalize: v.exactOptional(strict({ spec: v.exactOptional(jsonObject) })),
    }),
  ),
  emit: v.exactOptional(strict({ status: v.exactOptional(status) })),
  observe: v.exactOptional(strict({})),
  preReconcile: v.exactOptional(strict({})),
  runtime: v.exactOptional(
    strict({
      finalizers: v.exactOptional(listOrOne(text())),
      allowedNamespaces: v.exactOptional(listOrOne(text())),
    }),
  ),
});

/** A selector as text, or as a map that stands for one. */
const selector = reading("a selector as text or as a mapping", selectorText);

const crdEntry = strict({
  enabled: v.exactOptional(bool),
  description: v.exactOptional(text()),
  apiTypes: v.exactOptional(
    strict({
      group: v.exactOptional(text()),
      version: v.exactOptional(text()),
      kind: v.exactOptional(text()),
      plural: v.exactOptional(text()),
      singular: v.exactOptional(text()),
      shortNames: v.exactOptional(listOrOne(text())),
      namespaced: v.exactOptional(bool),
      scope: v.exactOptional(text()),
    }),
  ),
  crdFile: v.exactOptional(text("a path")),
  crFiles: v.exactOptional(listOrOne(text("a path"))),
  namespace: v.exactOptional(text()),
  labels: v.exactOptional(textMap),
  labelSelector: v.exactOptional(selector),
  fieldSelector: v.exactOptional(selector),
  dependsOn: v.exactOptional(
    reading("a list of names, or a mapping of names to started or healthy", dependencies),
  ),
  admission: v.exactOptional(strict({})),
  operatorBox: v.exactOptional(operatorBox),
});

const metadata = strict({
  name: text("the name of the Katalog"),
  namespace: v.exactOptional(text()),
  version: v.exactOptional(text()),
  description: v.exactOptional(text()),
  author: v.exactOptional(text()),
  license: v.exactOptional(text()),
  tags: v.exactOptional(listOrOne(text())),
  clusterName: v.exactOptional(text()),
  createdBy: v.exactOptional(json),
  projects: v.exactOptional(json),
  labels: v.exactOptional(textMap),
  annotations: v.exactOptional(textMap),
});

export const katalogDocument = strict({
  apiVersion: text(),
  kind: text(),
  metadata,
  spec: strict({
    finalizers: v.exactOptional(listOrOne(text())),
    crds: mapOf(crdEntry),
  }),
});

export type KatalogDocument = v.InferOutput<typeof katalogDocument>;
export type CrdEntry = v.InferOutput<typeof crdEntry>;
export type StatusFieldDocument = v.InferOutput<typeof statusField>;
export type RetryBackoff = v.InferOutput<typeof retryBackoff>;

export interface DependencyDocument {
  readonly crd: string;
  readonly condition: "started" | "healthy";
}

/** `[a, b]`, `{a: started}`, `{a: {condition: healthy}}`, `a`. */
function dependencies(tree: Parameters<typeof treeJson>[0]): DependencyDocument[] | undefined {
  const value = treeJson(tree);
  if (typeof value === "string") return [{ crd: value, condition: "started" }];
  if (Array.isArray(value)) {
    const all = value.map((item) => (typeof item === "string" ? item : undefined));
    if (all.includes(undefined)) return undefined;
    return all.map((crd) => ({ crd: crd ?? "", condition: "started" }));
  }
  if (!isTreeMap(value)) return undefined;
  const result: DependencyDocument[] = [];
  for (const [crd, wanted] of Object.entries(value as Record<string, unknown>)) {
    const word = isTreeMap(wanted)
      ? ((wanted as Record<string, unknown>)["condition"] ?? "started")
      : wanted;
    if (word !== "started" && word !== "healthy") return undefined;
    result.push({ crd, condition: word });
  }
  return result;
}

const SET_OPERATORS: Readonly<Record<string, string>> = { In: "in", NotIn: "notin" };

/** The text form of a label or field selector. Source: Kubernetes, labels and selectors. */
function selectorText(tree: Parameters<typeof treeJson>[0]): string | undefined {
  const value = treeJson(tree);
  if (typeof value === "string") return value;
  if (!isTreeMap(value)) return undefined;
  const map = value as Record<string, unknown>;
  const isLong = "matchLabels" in map || "matchExpressions" in map;
  const flat = isLong ? map["matchLabels"] : map;
  const terms = flat === undefined ? [] : equalities(flat);
  if (!terms) return undefined;
  const expressions = isLong ? (map["matchExpressions"] ?? []) : [];
  if (!Array.isArray(expressions)) return undefined;
  for (const expression of expressions) {
    const term = setTerm(expression);
    if (term === undefined) return undefined;
    terms.push(term);
  }
  return terms.sort().join(",");
}

function equalities(flat: unknown): string[] | undefined {
  if (!isTreeMap(flat)) return undefined;
  return Object.entries(flat).map(([key, value]) => `${key}=${String(value)}`);
}

function setTerm(expression: unknown): string | undefined {
  if (!isTreeMap(expression)) return undefined;
  const { key, operator, values } = expression as Record<string, unknown>;
  if (typeof key !== "string") return undefined;
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  const word = SET_OPERATORS[String(operator)];
  if (!word || !Array.isArray(values)) return undefined;
  return `${key} ${word} (${values.map(String).join(",")})`;
}
