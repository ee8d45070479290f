/**
 * Checks the fields of a child entry against its table before anything is rendered: unknown keys,
 * wrong types, what is missing and what this build cannot do, all at once. Values that hold a
 * template are not judged; what they give is judged when it is there (`read.ts`).
 */
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../../std/json.ts";
import { suggest } from "../../std/suggest.ts";
import { expectation, type FieldSpec, type ObjectSpec } from "./field.ts";
import { ChildFieldError } from "./field-error.ts";
import { hasShapeOf, isEmpty, profileMisfit, readFields } from "./read.ts";

export type FieldProblem =
  /** `known` are the keys that may stand there. */
  | { readonly kind: "unknown-key"; readonly path: FieldPath; readonly known: readonly string[] }
  | { readonly kind: "missing-key"; readonly path: FieldPath }
  | {
      readonly kind: "wrong-type";
      readonly path: FieldPath;
      readonly value: Json;
      /** Completes "expected …". */
      readonly expected: string;
    }
  /** `say` ends the sentence. */
  | { readonly kind: "unsupported"; readonly path: FieldPath; readonly say: string };

/** Inside the entry: `["probes", "liveness", "port"]`. */
type FieldPath = readonly PathSegment[];

/** Every problem of `fields`, in the order of the document, then what is missing. */
export function checkFields(fields: JsonObject, spec: ObjectSpec): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  checkObject(fields, spec, { path: [], problems });
  return problems;
}

interface TablePlace {
  readonly spec: ObjectSpec;
  readonly path: FieldPath;
}

function checkTable(fields: JsonObject, place: TablePlace, problems: FieldProblem[]): void {
  const { spec, path } = place;
  const { fields: table, isOpen } = spec;
  const known = [...Object.keys(table), ...(spec.profile ? ["profile"] : [])];
  const meant = new Set<string>();
  for (const key of Object.keys(fields)) {
    const own = Object.hasOwn(table, key) ? table[key] : undefined;
    const value = fields[key];
    if (own && value !== undefined) checkValue(value, own, { path: [...path, key], problems });
    else if (!isOpen && !known.includes(key)) {
      problems.push({ kind: "unknown-key", path: [...path, key], known });
      meant.add(suggest(key, known) ?? "");
    }
  }
  for (const key of Object.keys(table)) {
    // A misspelt key that must be there is one mistake, not two.
    if (table[key]?.isRequired && isEmpty(fields[key]) && !meant.has(key)) {
      problems.push({ kind: "missing-key", path: [...path, key] });
    }
  }
}

interface ValuePlace {
  readonly path: FieldPath;
  readonly problems: FieldProblem[];
}

function checkValue(value: Json, spec: FieldSpec, place: ValuePlace): void {
  if (spec.kind === "unsupported") checkUnsupported(value, spec, place);
  else if (isTemplate(value) || isEmpty(value)) return;
  else if (spec.kind === "either") checkEither(value, spec, place);
  else if (spec.kind === "list") checkItems(value, spec, place);
  else if (spec.kind === "map") checkMembers(value, spec, place);
  else if (spec.kind === "json" && spec.members && isJsonObject(value)) {
    checkMembers(value, { kind: "map", values: spec.members }, place);
  } else if (spec.kind !== "object") checkLeaf(value, spec, place);
  else if (isJsonObject(value)) checkObject(value, spec, place);
  else misfit(value, spec, place);
}

function checkUnsupported(
  value: Json,
  spec: Extract<FieldSpec, { kind: "unsupported" }>,
  place: ValuePlace,
): void {
  if (isEmpty(value) || spec.allowed?.includes(String(value))) return;
  place.problems.push({ kind: "unsupported", path: place.path, say: spec.say });
}

function checkEither(
  value: Json,
  spec: Extract<FieldSpec, { kind: "either" }>,
  place: ValuePlace,
): void {
  const option = spec.options.find((each) => hasShapeOf(value, each));
  if (option) checkValue(value, option, place);
  else misfit(value, spec, place);
}

function checkObject(value: JsonObject, spec: ObjectSpec, place: ValuePlace): void {
  checkTable(value, { spec, path: place.path }, place.problems);
  const profile = value["profile"];
  if (!spec.profile || profile === undefined || isEmpty(profile) || isTemplate(profile)) return;
  const others = Object.keys(value).filter((key) => key !== "profile" && !isEmpty(value[key]));
  const expected = profileMisfit(profile, spec, others);
  if (expected === undefined) return;
  const path = [...place.path, "profile"];
  place.problems.push({ kind: "wrong-type", path, value: profile, expected });
}

function checkItems(
  value: Json,
  spec: Extract<FieldSpec, { kind: "list" }>,
  place: ValuePlace,
): void {
  if (!Array.isArray(value)) {
    misfit(value, spec, place);
    return;
  }
  for (const [index, item] of value.entries()) {
    checkValue(item, spec.items, { ...place, path: [...place.path, index] });
  }
}

function checkMembers(
  value: Json,
  spec: Extract<FieldSpec, { kind: "map" }>,
  place: ValuePlace,
): void {
  if (!isJsonObject(value)) {
    misfit(value, spec, place);
    return;
  }
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) {
      checkValue(member, spec.values, { ...place, path: [...place.path, key] });
    }
  }
}

/** The reader of rendered values judges leaves, so that the rules stand in one place. */
function checkLeaf(value: Json, spec: FieldSpec, place: ValuePlace): void {
  if (holdsTemplate(value)) return;
  try {
    readFields({ value }, { value: spec });
  } catch (error) {
    if (!(error instanceof ChildFieldError)) throw error;
    const { expected } = error;
    place.problems.push({
      kind: "wrong-type",
      path: place.path,
      value: error.value ?? value,
      expected,
    });
  }
}

function misfit(value: Json, spec: FieldSpec, place: ValuePlace): void {
  const expected = expectation(spec);
  place.problems.push({ kind: "wrong-type", path: place.path, value, expected });
}

function isTemplate(value: Json | undefined): boolean {
  return typeof value === "string" && value.includes("{{");
}

function holdsTemplate(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsTemplate);
  return isJsonObject(value) ? Object.values(value).some(holdsTemplate) : isTemplate(value);
}
