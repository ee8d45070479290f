/**
 * Values as Go's `%v` prints them: what an action writes, `print` and `println`. Maps are
 * `map[a:1 b:2]` in key order, lists `[a b]`, an absent or null value inside them `<nil>`.
 */
import { formatFloat, formatNumber } from "./go-number.ts";
import { GoNumber, isGoObject } from "./go-object.ts";
import { sortedKeys } from "./go-value.ts";
import type { TemplateValue } from "./template.ts";

/** Text of any value; `nothing` stands for an absent or null one. */
export function goText(value: TemplateValue, nothing: string): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return formatNumber(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? nothing : collectionText(value);
    default:
      return nothing;
  }
}

function collectionText(value: object): string {
  if (isGoObject(value)) {
    if (!(value instanceof GoNumber)) return value.text();
    return value.isFloat ? formatFloat(value.value, "g", -1) : formatNumber(value.value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item: TemplateValue) => goText(item, "<nil>")).join(" ")}]`;
  }
  const members = sortedKeys(value).map(
    (key) => `${key}:${goText((value as Record<string, TemplateValue>)[key], "<nil>")}`,
  );
  return `map[${members.join(" ")}]`;
}

/** `print`: a space between two operands of which neither is a text. */
export function goPrint(args: readonly TemplateValue[], nothing: string): string {
  let text = "";
  args.forEach((arg, index) => {
    const isSpaced = index > 0 && !isText(arg, nothing) && !isText(args[index - 1], nothing);
    text += (isSpaced ? " " : "") + goText(arg, nothing);
  });
  return text;
}

/** `println`: a space between all operands and a line feed at the end. */
export function goPrintln(args: readonly TemplateValue[], nothing: string): string {
  return `${args.map((arg) => goText(arg, nothing)).join(" ")}\n`;
}

/** Where an absent value prints nothing it behaves as the empty text. */
function isText(value: TemplateValue, nothing: string): boolean {
  return typeof value === "string" || (nothing === "" && (value === undefined || value === null));
}
