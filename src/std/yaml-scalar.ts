/**
 * The second door to the `yaml` package: what the source of one scalar stands for. Every rule of
 * YAML's quotes, escapes, folding and types is the package's; only what needs none is read here.
 */
import { CST, isScalar, Schema } from "yaml";
import type { YamlScalar } from "./yaml-node.ts";
import type { ScalarStyle } from "./yaml-offset.ts";

const CORE = new Schema({ schema: "core" });

/** What plain text can begin with when YAML 1.2 core reads it as anything but text. */
const TYPED = /^[-+.0-9~nNtTfF]/;

/** The value of a plain scalar, by the package's own tests. */
export function plainValue(source: string): YamlScalar["value"] {
  if (!TYPED.test(source)) return source;
  for (const tag of CORE.tags) {
    if (typeof tag === "string" || tag.collection || tag.default !== true) continue;
    if (!tag.test?.test(source)) continue;
    const resolved: unknown = tag.resolve(source, () => {}, {});
    return scalarValue(isScalar(resolved) ? resolved.value : resolved, source);
  }
  return source;
}

/** JSON has no infinity and no integers beyond 2^53: both stay the text that was written. */
export function scalarValue(value: unknown, source: string): YamlScalar["value"] {
  if (typeof value === "number") {
    const isSafe =
      Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    return isSafe ? value : source;
  }
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  return source;
}

/** The text of a plain or quoted scalar; `undefined` where the package finds a fault in it. */
export function flowText(source: string, style: ScalarStyle): string | undefined {
  const isOneLine = !source.includes("\n");
  if (isOneLine && style === "plain") return source;
  if (isOneLine && style === "single") return source.slice(1, -1).replaceAll("''", "'");
  if (isOneLine && style === "double") {
    const text = source.includes("\\") ? jsonText(source) : source.slice(1, -1);
    if (text !== undefined) return text;
  }
  const type = style === "plain" ? "scalar" : (`${style}-quoted-scalar` as CST.FlowScalar["type"]);
  return textOf({ type, offset: 0, indent: 0, source });
}

/**
 * The escapes of JSON mean the same in YAML 1.2, and are read in a tenth of the time. What JSON does not
 * know (`\x41`, a tab as it is) is for the package.
 */
function jsonText(source: string): string | undefined {
  try {
    return JSON.parse(source) as string;
  } catch {
    return undefined;
  }
}

/** The same of a literal or folded block: its header line, and the lines below it. */
export function blockText(
  header: string,
  source: string,
  /** Of the map or list around it. */
  indent: number,
): string | undefined {
  const own = header.trimEnd();
  if (own === "|" || own === "|-") {
    const plain = literalText(source);
    if (plain !== undefined) return own === "|" ? `${plain}\n` : plain;
  }
  const props: CST.Token[] = [
    { type: "block-scalar-header", offset: 0, indent, source: own },
    { type: "newline", offset: own.length, indent, source: "\n" },
  ];
  return textOf({ type: "block-scalar", offset: 0, indent, props, source });
}

/** Of a literal block whose lines are all empty or indented like the first of them, without its end. */
function literalText(source: string): string | undefined {
  const indent = /^ *(?=[^ \n])/.exec(source)?.[0];
  if (!indent || !/[^\s]\n$/.test(source.slice(-2)) || source.includes("\t")) return undefined;
  const lines = source.slice(0, -1).split("\n");
  if (!lines.every((line) => line === "" || line.startsWith(indent))) return undefined;
  return lines.map((line) => line.slice(indent.length)).join("\n");
}

function textOf(token: CST.FlowScalar | CST.BlockScalar): string | undefined {
  let isSound = true;
  const resolved = CST.resolveAsScalar(token, true, () => {
    isSound = false;
  });
  return isSound ? resolved?.value : undefined;
}
