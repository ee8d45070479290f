/** From an offset in a text to the line and column that editors show. */
import type { SourcePosition } from "./issue.ts";

export function positionAt(text: string, offset: number, file: string): SourcePosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  return { file, line, column: offset - lineStart + 1 };
}
