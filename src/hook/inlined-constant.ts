/**
 * An error of a module whose place a compiler moved. Bun writes a constant that is `undefined` or `null` wherever its
 * name stands, and takes it along: what goes wrong there is told of the declaration, without the name. Pure.
 */
import { escapeRegex } from "../std/escape-regex.ts";
import type { SourcePosition } from "../std/issue.ts";
import { positionAt } from "../std/text-position.ts";
import type { SourceFile } from "./snapshot.ts";

export interface PlacedMessage {
  readonly message: string;
  readonly position: SourcePosition;
}

/** What JavaScriptCore says was evaluated, from the constant on. */
const EVALUATED = /\(evaluating '(\(void 0\)|null)(?=[.[(])(\.[\w$]+)?/;
const DECLARATION = /\bconst\s+([A-Za-z_$][\w$]*)(?:\s*:[^=;\n]*)?\s*=\s*$/;

/** As the author wrote it: the constant's name in the message, and its first use of that form as the place. */
export function restoreConstant(
  { message, position }: PlacedMessage,
  files: readonly Pick<SourceFile, "name" | "text">[],
): PlacedMessage {
  const unchanged = { message, position };
  const [evaluated, value = "", member] = EVALUATED.exec(message) ?? [];
  const file = files.find(({ name }) => name === position.file);
  if (evaluated === undefined || !file) return unchanged;
  const at = offsetOf(file.text, position);
  if (!/^(?:undefined|null|void)\b/.test(file.text.slice(at))) return unchanged;
  const [, name] = DECLARATION.exec(file.text.slice(0, at)) ?? [];
  if (name === undefined) return unchanged;
  const next = member === undefined ? "[[(]" : `${escapeRegex(member)}(?![\\w$])`;
  const use = new RegExp(`(?<![\\w$.])${escapeRegex(name)}!?\\s*${next}`).exec(file.text.slice(at));
  if (!use) return unchanged;
  return {
    message: message.replace(`'${value}`, `'${name}`),
    position: positionAt(file.text, at + use.index, file.name),
  };
}

function offsetOf(text: string, { line, column }: SourcePosition): number {
  const before = text.split("\n").slice(0, line - 1);
  return before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}
