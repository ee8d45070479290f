/** The inputs of one use of a Motif: what `with` gives, else the defaults, checked against the types. */
import { inputOfType } from "../katalog/input-type.ts";
import type { PlacedInputs } from "../katalog/katalog.ts";
import type { InputDocument, Motif, PlacedMotif } from "../katalog/motif.ts";
import type { MotifInput, MotifInputs } from "../katalog/resolved.ts";
import type { Issue } from "../std/issue.ts";
import type { Json } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { isUnset, nodeAt, positionOf, type YamlNode, YamlScalar } from "../std/yaml-node.ts";
import { compileTemplate } from "../template/compile.ts";
import type { Dialect } from "../template/template.ts";
import { type InputUse, rewriteValue } from "./motif-inputs.ts";

export interface UseOptions {
  readonly one: PlacedMotif;
  /** Under which its values are found at run time. */
  readonly key: string;
  /** The use of the Motif that `with` stands in. */
  readonly outer: InputUse | undefined;
  readonly dialect: Dialect;
}

export interface UsedMotif {
  readonly use: InputUse;
  readonly inputs: MotifInputs;
  readonly places: PlacedInputs;
  readonly issues: readonly Issue[];
}

export function usesOf(motif: Motif, options: UseOptions): UsedMotif {
  const { one, key, outer, dialect } = options;
  const issues: Issue[] = [];
  const given = one.with ?? {};
  const values: Record<string, Json> = {};
  const typed: Record<string, MotifInput> = {};
  const runtime = new Set<string>();
  for (const input of motif.inputs) {
    const read = givenOrDefault(input, options, issues);
    const { value } = outer ? rewriteValue(read, outer) : { value: read };
    values[input.name] = value;
    typed[input.name] = { value, ...(input.type && { type: input.type }) };
    if (isRuntime(value, input)) runtime.add(input.name);
  }
  for (const stray of strayInputs(Object.keys(given), motif, one)) issues.push(stray);
  issues.push(
    ...templateIssues(nodeAt(one.node, ["with"]), { dialect, isInMotif: outer !== undefined }),
  );
  return {
    use: { key, values, runtime, dialect },
    inputs: { key, motif: motif.name, values: typed },
    places: placesOf(motif, one),
    issues,
  };
}

function placesOf({ namePosition: motif, inputNodes }: Motif, { node }: PlacedMotif): PlacedInputs {
  const values = new Map<string, YamlNode>();
  for (const [name, declared] of inputNodes) {
    const places = [nodeAt(node, ["with", name]), nodeAt(declared, ["default"])];
    const value = places.find((one) => !isUnset(one));
    if (value) values.set(name, value);
  }
  return { use: node.position, motif, declared: inputNodes, values };
}

function givenOrDefault(input: InputDocument, { one }: UseOptions, issues: Issue[]): Json {
  const given = one.with?.[input.name];
  const isGiven = given !== undefined && given !== null;
  const value = isGiven ? given : input.default;
  if (value === undefined || value === null) {
    if (input.required) issues.push(missingInput(input, one));
    return input.type === undefined || input.type === "string" ? "" : null;
  }
  if (typeof value === "string" && value.includes("{{")) return value;
  const fitting = inputOfType(value, input.type);
  if (fitting !== undefined) return fitting;
  issues.push({
    code: "wrong-type",
    severity: "error",
    message: `Cannot use the input "${input.name}" of the Motif "${one.motif}": found ${JSON.stringify(value)}, expected ${input.type}`,
    position: positionOf(one.node, ["with", input.name]),
  });
  return value;
}

/** What no expression can stand for: lists and maps, text with templates in it, what is typed later. */
function isRuntime(value: Json, { type }: InputDocument): boolean {
  if (typeof value === "object") return true;
  return (
    typeof value === "string" && value.includes("{{") && (type !== undefined || !isPath(value))
  );
}

function isPath(value: string): boolean {
  return /^\{\{-?\s*\$?(?:\.[A-Za-z_]\w*)+\s*-?\}\}$/.test(value.trim());
}

function missingInput({ name, description }: InputDocument, one: PlacedMotif): Issue {
  return {
    code: "missing-input",
    severity: "error",
    message: `The Motif "${one.motif}" needs the input "${name}"`,
    hint: description ? `${name}: ${description}` : `Give it below "with"`,
    position: one.node.position,
  };
}

function strayInputs(names: readonly string[], motif: Motif, one: PlacedMotif): readonly Issue[] {
  const known = motif.inputs.map((input) => input.name);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = suggest(name, known);
      return {
        code: "unknown-input",
        severity: "error",
        message: `The Motif "${one.motif}" has no input "${name}"`,
        hint: near ? `Did you mean "${near}"?` : `Its inputs: ${known.join(", ") || "none"}`,
        position: positionOf(one.node, ["with", name], "key"),
      } as const;
    });
}

interface TemplateSurroundings {
  readonly dialect: Dialect;
  /** `.inputs` of the Motif that `with` stands in may be read. */
  readonly isInMotif: boolean;
}

/** Made anew on every pass, they would never be the same twice. */
const RANDOM = /^random/;

function templateIssues(
  node: YamlNode | undefined,
  around: TemplateSurroundings,
): readonly Issue[] {
  return scalarsOf(node).flatMap((scalar): readonly Issue[] => {
    const position = { file: "", line: 1, column: 1 };
    const result = compileTemplate(scalar.text, { dialect: around.dialect, position });
    const found: Issue[] = result.issues.map((issue) => ({ ...issue, position: scalar.position }));
    if (result.kind === "failed") return found;
    const { references, functionNames } = result.template;
    const say = (message: string) =>
      found.push({ code: "bad-input", severity: "error", message, position: scalar.position });
    if (!around.isInMotif && references.some(({ path }) => path[0] === "inputs")) {
      say('Cannot read ".inputs" here: only what a Motif brings has inputs');
    }
    const random = [...functionNames].find((name) => RANDOM.test(name));
    if (random) say(`Cannot use "${random}" in "with": it would be another value on each pass`);
    return found;
  });
}

function scalarsOf(node: YamlNode | undefined): readonly YamlScalar[] {
  if (node instanceof YamlScalar) return node.text.includes("{{") ? [node] : [];
  if (node?.kind === "list") return node.items.flatMap(scalarsOf);
  if (node?.kind !== "map") return [];
  return [...node.entries.values()].flatMap(({ value }) => scalarsOf(value));
}

/** For reading a Motif alone: every input is there, and only a custom resource would say what. */
export function standInUse(motif: Motif, dialect: Dialect): InputUse {
  const values = Object.fromEntries(motif.inputs.map(({ name }): [string, Json] => [name, null]));
  return { key: "m0", values, runtime: new Set(Object.keys(values)), dialect };
}
