/**
 * `.inputs` of a Motif → what stands for them in the document that uses it. What is known at start
 * (a literal, a path of the custom resource) takes the place of the reference, so that everything
 * that is checked at start sees it; the rest is read at run time, under the key of this use.
 *
 * Scalars that change still know where each of their characters stands in the Motif.
 */
import type { Json, JsonObject } from "../std/json.ts";
import { type YamlEntry, type YamlNode, YamlScalar } from "../std/yaml-node.ts";
import { compileTemplate } from "../template/compile.ts";
import type { Dialect } from "../template/template.ts";

export interface InputUse {
  /** Where the values are at run time: `.inputs.<key>.<name>`. */
  readonly key: string;
  /** Of each declared input. */
  readonly values: JsonObject;
  /** Inputs whose value is only known with a custom resource. */
  readonly runtime: ReadonlySet<string>;
  readonly dialect: Dialect;
}

export interface RewrittenInputs {
  readonly node: YamlNode;
  /** Something in it asks at run time. */
  readonly isRead: boolean;
  /** Names that are read and that nobody declares, each with its place. */
  readonly unknown: readonly { readonly name: string; readonly scalar: YamlScalar }[];
}

export function rewriteInputs(node: YamlNode, use: InputUse): RewrittenInputs {
  const work = new Rewriter(use);
  const rewritten = work.visit(node, "");
  return { node: rewritten, isRead: work.isRead, unknown: work.unknown };
}

/** A template or a literal of `with`, which may read the inputs of the Motif that it stands in. */
export function rewriteValue(value: Json, use: InputUse): { value: Json; isRead: boolean } {
  const work = new Rewriter(use);
  return { value: work.value(value), isRead: work.isRead };
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

class Rewriter {
  isRead = false;
  readonly unknown: { readonly name: string; readonly scalar: YamlScalar }[] = [];
  readonly #use: InputUse;
  readonly #dialect: Dialect;

  constructor(use: InputUse) {
    this.#use = use;
    // Which roots there are depends on the place; that is checked where the template ends up.
    const { roots: _, ...dialect } = use.dialect;
    this.#dialect = dialect;
  }

  visit(node: YamlNode, key: string): YamlNode {
    if (node.kind === "list")
      return { ...node, items: node.items.map((item) => this.visit(item, "")) };
    if (node.kind === "map") {
      const entries = new Map<string, YamlEntry>();
      for (const [name, entry] of node.entries) {
        entries.set(name, { ...entry, value: this.visit(entry.value, name) });
      }
      return { ...node, entries };
    }
    const edits = node.text.includes("{{") ? this.#edits(node) : this.#bareEdit(node, key);
    return edits.length === 0 ? node : edited(node, edits);
  }

  value(value: Json): Json {
    if (typeof value === "string") {
      return value.includes("{{")
        ? applyEdits(
            value,
            this.#editsOf(value, () => {}),
          )
        : value;
    }
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, one]) => [key, this.value(one ?? null)]);
    return Object.fromEntries(entries) as Json;
  }

  #edits(scalar: YamlScalar): readonly Edit[] {
    return this.#editsOf(scalar.text, (name) => this.unknown.push({ name, scalar }));
  }

  #editsOf(text: string, onUnknown: (name: string) => void): readonly Edit[] {
    const position = { file: "", line: 1, column: 1 };
    const result = compileTemplate(text, { dialect: this.#dialect, position });
    if (result.kind === "failed") return [];
    const lines = lineStarts(text);
    const edits = new Map<number, Edit>();
    for (const { path, position: at } of result.template.references) {
      if (path[0] !== "inputs" || !at) continue;
      const start = (lines[at.line - 1] ?? 0) + at.column - 1;
      const chain = /^\$?((?:\.\w+)+)/.exec(text.slice(start));
      // The same field of something else, inside of a range.
      if (!chain || !path.join(".").startsWith((chain[1] ?? "").slice(1))) continue;
      const [name, ...rest] = (chain[1] ?? "").split(".").slice(2);
      const end = start + chain[0].length;
      edits.set(start, { start, end, text: this.#expression(name, rest, onUnknown) });
    }
    return [...edits.values()].sort((a, b) => a.start - b.start);
  }

  /** `.inputs`, `.inputs.name` or `.inputs.name.rest`, as an expression. */
  #expression(
    name: string | undefined,
    rest: readonly string[],
    onUnknown: (name: string) => void,
  ): string {
    const { key, values, runtime } = this.#use;
    if (name !== undefined && !Object.hasOwn(values, name)) {
      onUnknown(name);
      return '("")';
    }
    const known =
      name === undefined || runtime.has(name) ? undefined : literal(values[name] ?? "", rest);
    if (known !== undefined) return known;
    this.isRead = true;
    return ["$.inputs", key, ...(name === undefined ? [] : [name]), ...rest].join(".");
  }

  /** `field: inputs.name` of a condition or a loop: a path without braces. */
  #bareEdit(scalar: YamlScalar, key: string): readonly Edit[] {
    const found =
      key === "field" ? /^\.?inputs\.(\w+)((?:\.\w+)*)$/.exec(scalar.text.trim()) : null;
    if (!found) return [];
    const [, name = "", rest = ""] = found;
    const onUnknown = (unknown: string) => this.unknown.push({ name: unknown, scalar });
    const text = this.#expression(name, rest.split(".").slice(1), onUnknown);
    const isPath = text.startsWith("$.");
    return [{ start: 0, end: scalar.text.length, text: isPath ? text.slice(2) : `{{ ${text} }}` }];
  }
}

/** A text that is nothing but a path of the custom resource. */
const SIMPLE_PATH = /^\{\{-?\s*\$?((?:\.[A-Za-z_]\w*)+)\s*-?\}\}$/;

/** What stands for a value that is known now; `undefined`: nothing does. */
function literal(value: Json, rest: readonly string[]): string | undefined {
  if (typeof value === "string") {
    const path = SIMPLE_PATH.exec(value.trim())?.[1];
    if (path !== undefined) return `$${[path, ...rest].join(".")}`;
    if (value.includes("{{") || rest.length > 0) return undefined;
    // In parentheses it is a value like any other: which of two literals is the default is no question.
    return `(${JSON.stringify(value)})`;
  }
  if (rest.length > 0) return undefined;
  if (typeof value === "boolean") return String(value);
  const isPlain = typeof value === "number" && /^\d+(\.\d+)?$/.test(String(value));
  return isPlain ? `(${value})` : undefined;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let end = 0;
  for (const edit of edits) {
    result += text.slice(end, edit.start) + edit.text;
    end = edit.end;
  }
  return result + text.slice(end);
}

function edited(scalar: YamlScalar, edits: readonly Edit[]): YamlScalar {
  const text = applyEdits(scalar.text, edits);
  const locate = (offset: number) => scalar.positionAt(offsetBefore(offset, edits));
  return new YamlScalar(text, text, {
    raw: text,
    style: "plain",
    locate: (offset) => (offset === 0 ? scalar.position : locate(offset)),
  });
}

/** Where a character stood before the edits; one of an edit stands where the edit begins. */
function offsetBefore(offset: number, edits: readonly Edit[]): number {
  let shift = 0;
  for (const { start, end, text } of edits) {
    if (offset < start + shift) break;
    if (offset < start + shift + text.length) return start;
    shift += text.length - (end - start);
  }
  return offset - shift;
}
