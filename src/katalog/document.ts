/**
 * The Katalog document in its canonical layout, as valibot schemas; the types of the document are
 * inferred from them. What is listed here is what this build acts on: settings that it only knows
 * are taken out before by `unsupported.ts`.
 */
import * as v from "valibot";
import { parseBoolean } from "../std/boolean.ts";
import { YamlScalar } from "../std/yaml-node.ts";
import { deletePhase, phase } from "./child-entry.ts";
import { hooks, remote } from "./code.ts";
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
  type Reads,
  readDuration,
  reading,
  strict,
  text,
  textMap,
  treeJson,
} from "./fields.ts";
import { policyBlock } from "./policy.ts";
import { retryBackoff } from "./retry-backoff.ts";

const queue = strict({
  maxDepth: v.exactOptional(integer(0)),
  failureThreshold: v.exactOptional(integer(Number.MIN_SAFE_INTEGER)),
  retryBackoff: v.exactOptional(retryBackoff),
});

/** As text: templates are rendered later, and nothing means none. */
const templatedDuration = reading("a duration such as 15s, or a template", (tree) => {
  if (!(tree instanceof YamlScalar) || tree.value === null) return undefined;
  const written = tree.text.trim();
  const isUsable = written === "" || written.includes("{{") || readDuration(written) !== undefined;
  return isUsable ? tree.text : undefined;
});

const statusField = strict({
  path: text("a dotted path below status"),
  value: json,
  type: v.exactOptional(oneOf(["string", "int", "float", "bool", "auto"])),
  clearOnFalse: v.exactOptional(bool),
  ...conditional,
});

/** Whoever lists conditions here looks for the code that says them. */
const conditionsSwitch = reading(
  "true or false: the runtime says them; conditions of your own are part of the status that hooks give back",
  (tree) => (tree instanceof YamlScalar ? parseBoolean(tree.text) : undefined),
);

const status = strict({
  conditions: v.exactOptional(conditionsSwitch),
  fields: v.exactOptional(listOf(statusField)),
});

const reconcileBlock = strict({
  default: v.exactOptional(bool),
  hooks: v.exactOptional(hooks),
  constructor: v.exactOptional(hooks),
  remote: v.exactOptional(remote),
  workers: v.exactOptional(integer(1, 50)),
  resync: v.exactOptional(duration),
  queue: v.exactOptional(queue),
  requeue: v.exactOptional(strict({ after: templatedDuration, ...conditional })),
  forceConflict: v.exactOptional(bool),
  onCreate: v.exactOptional(phase),
  onReconcile: v.exactOptional(phase),
  onDelete: v.exactOptional(deletePhase),
  normalize: v.exactOptional(strict({ spec: v.exactOptional(jsonObject) })),
});

/** Every object inherits a `constructor`, so the module of that name gets another one at once. */
const reconcile = v.pipe(
  reconcileBlock,
  v.transform((block) => {
    const { constructor: module, ...rest } = block;
    const replacement = Object.hasOwn(block, "constructor") ? module : undefined;
    return { ...rest, replacement };
  }),
);

const operatorBox = strict({
  reconcile: v.exactOptional(reconcile),
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

export interface DependencyDocument {
  readonly crd: string;
  readonly condition: "started" | "healthy";
}

const dependencyCondition = oneOf(["started", "healthy"]);

/** `{a: started}`, `{a: {condition: healthy}}`. */
const dependencyMap = v.pipe(
  mapOf(
    v.pipe(
      v.unknown(),
      v.lazy((input) =>
        isTreeMap(input)
          ? v.pipe(
              strict({ condition: v.exactOptional(dependencyCondition) }),
              v.transform(({ condition = "started" }) => condition),
            )
          : dependencyCondition,
      ),
    ),
  ),
  v.transform((map) =>
    [...map].map(([crd, condition]): DependencyDocument => ({ crd, condition })),
  ),
);

/** `[a, b]`, `a`. */
const dependencyList = v.pipe(
  listOrOne(text("the name of a CRD")),
  v.transform((names) => names.map((crd): DependencyDocument => ({ crd, condition: "started" }))),
);

const dependencies: Reads<readonly DependencyDocument[]> = v.pipe(
  v.unknown(),
  v.lazy((input) => (isTreeMap(input) ? dependencyMap : dependencyList)),
);

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
  dependsOn: v.exactOptional(dependencies),
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
  policy: v.exactOptional(policyBlock),
  spec: strict({
    finalizers: v.exactOptional(listOrOne(text())),
    crds: mapOf(crdEntry),
  }),
});

export type KatalogDocument = v.InferOutput<typeof katalogDocument>;
export type CrdEntry = v.InferOutput<typeof crdEntry>;
export type StatusFieldDocument = v.InferOutput<typeof statusField>;

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
