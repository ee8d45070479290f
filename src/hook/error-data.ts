/** Errors as data, for the way between threads: what is thrown in a module may be anything at all. */
import type { SourcePosition } from "../std/issue.ts";
import { isJsonObject } from "../std/json.ts";
import type { ErrorData } from "./protocol.ts";

const MAX_TEXT = 8_192;

export function errorData(thrown: unknown): ErrorData {
  if (!(thrown instanceof Error)) return thrownValue(thrown);
  const [first] = compilerMessages(thrown);
  const position = compilerPosition(first ?? thrown) ?? positionInText(thrown.message);
  const kube = (thrown as { kube?: unknown }).kube;
  const { stack } = thrown;
  return {
    name: String(thrown.name),
    message: clip(sentence(first?.message ?? thrown.message)),
    ...(typeof stack === "string" && stack !== "undefined" && { stack: clip(plain(stack)) }),
    ...(position && { position }),
    ...(isJsonObject(kube) && { kube: kube as unknown as NonNullable<ErrorData["kube"]> }),
  };
}

function thrownValue(thrown: unknown): ErrorData {
  // Bun's messages of its compiler are no errors.
  const message = isJsonObject(thrown) ? thrown["message"] : undefined;
  if (typeof message === "string") {
    const position = compilerPosition(thrown);
    return { name: "Error", message: clip(message), ...(position && { position }) };
  }
  return { name: "Error", message: clip(`Threw ${describeValue(thrown)}, which is no error`) };
}

/** `a string "x"`, `an object`, `null`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 80))}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  return `the ${typeof value} ${String(value)}`;
}

/** Bun collects what is wrong with a file in one `AggregateError`. */
function compilerMessages(error: Error): readonly { readonly message: string }[] {
  const inner: unknown = (error as { errors?: unknown }).errors;
  if (!Array.isArray(inner)) return [];
  return inner.filter((each) => compilerPosition(each) !== undefined);
}

/** Bun's `BuildMessage` says where. */
function compilerPosition(error: unknown): SourcePosition | undefined {
  const place = (error as { position?: unknown } | null)?.position;
  if (typeof place !== "object" || place === null) return undefined;
  const { file, line, column } = place as Record<string, unknown>;
  if (typeof file !== "string" || typeof line !== "number" || typeof column !== "number") {
    return undefined;
  }
  return { file, line, column };
}

/** Deno's messages end with the place: `at file:///hooks/a.ts:3:25`. */
function positionInText(message: string): SourcePosition | undefined {
  const [, url, line, column] = /\bat (file:\/\/\S+?):(\d+):(\d+)/.exec(plain(message)) ?? [];
  if (url === undefined || !URL.canParse(url)) return undefined;
  const file = decodeURIComponent(new URL(url).pathname);
  return { file, line: Number(line), column: Number(column) };
}

/** Of a compiler's message the first line, without the place and the period at its end. */
function sentence(message: string): string {
  const text = plain(message);
  const isPlaced = positionInText(message) !== undefined;
  const own = isPlaced ? (text.split("\n")[0] ?? text) : text;
  return own.replace(/\s+at file:\/\/\S+$/, "").replace(/(?<!\.)\.$/, "");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the start of an ANSI code is one.
const ANSI = /\u001b\[[0-9;]*m/g;

function plain(text: string): string {
  return text.replace(ANSI, "");
}

function clip(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
