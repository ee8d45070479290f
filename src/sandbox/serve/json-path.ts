/**
 * The JSONPath of printer columns: fields, indexes, `[*]` and filters like `[?(@.type=="Ready")]`.
 * Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/.
 */
import { isJsonObject, type Json } from "../../std/json.ts";

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | {
      readonly kind: "filter";
      readonly path: readonly Step[];
      readonly operator: string;
      readonly value: Json;
    }
  | { readonly kind: "exists"; readonly path: readonly Step[] };

export type JsonPath = readonly Step[];

const STEP_PATTERN =
  /\.((?:\\.|[^.[\\])+)|\[\s*(-?\d+)\s*\]|(\[\s*\*\s*\]|\.\*)|\[\s*['"]([^'"]*)['"]\s*\]|\[\?\(\s*@([^\s=!<>)]*)\s*(?:(==|!=|>=|<=|>|<)\s*([^)]*?)\s*)?\)\]/y;

/** `undefined` for a path of another form. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  const path = text.startsWith(".") || text.startsWith("[") ? text : `.${text}`;
  // Of its own: filters hold paths, and a sticky expression remembers where it was.
  const step = new RegExp(STEP_PATTERN);
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null) return undefined;
    const made = stepOf(match);
    if (made === undefined) return undefined;
    steps.push(made);
  }
  return steps;
}

function stepOf(match: RegExpExecArray): Step | undefined {
  const [, field, index, all, quoted, filtered, operator, value] = match;
  if (all !== undefined) return { kind: "all" };
  if (field !== undefined) {
    return field === "*"
      ? { kind: "all" }
      : { kind: "field", name: field.replaceAll(/\\(.)/g, "$1") };
  }
  if (index !== undefined) return { kind: "index", index: Number(index) };
  if (quoted !== undefined) return { kind: "field", name: quoted };
  const path = filtered === undefined ? undefined : parseJsonPath(filtered);
  if (path === undefined) return undefined;
  if (operator === undefined) return { kind: "exists", path };
  return { kind: "filter", path, operator, value: literal(value ?? "") };
}

function literal(text: string): Json {
  const quoted = /^(['"])(.*)\1$/.exec(text);
  if (quoted) return quoted[2] ?? "";
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

export function findAll(path: JsonPath, value: Json | undefined): Json[] {
  let found: Json[] = value === undefined ? [] : [value];
  for (const step of path) found = found.flatMap((one) => takeStep(step, one));
  return found;
}

function takeStep(step: Step, value: Json): Json[] {
  switch (step.kind) {
    case "field": {
      const child =
        isJsonObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
      return child === undefined ? [] : [child];
    }
    case "index": {
      const child = Array.isArray(value) ? value.at(step.index) : undefined;
      return child === undefined ? [] : [child];
    }
    case "all":
      return childrenOf(value);
    case "exists":
      return childrenOf(value).filter((child) => findAll(step.path, child).length > 0);
    case "filter":
      return childrenOf(value).filter((child) =>
        findAll(step.path, child).some((one) => compare(one, step.operator, step.value)),
      );
    default:
      return step satisfies never;
  }
}

function childrenOf(value: Json): Json[] {
  if (Array.isArray(value)) return [...value];
  if (!isJsonObject(value)) return [];
  return Object.values(value).filter((child) => child !== undefined);
}

function compare(left: Json, operator: string, right: Json): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case ">":
      return Number(left) > Number(right);
    case "<":
      return Number(left) < Number(right);
    case ">=":
      return Number(left) >= Number(right);
    default:
      return Number(left) <= Number(right);
  }
}
