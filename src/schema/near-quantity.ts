/** Which quantity is meant by text that is none. */
import { parseQuantity } from "./quantity.ts";

const SUFFIXES: ReadonlyMap<string, string> = new Map(
  ["k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi"].map((one) => [one.toLowerCase(), one]),
);

/** `1G` for `1GB`, `512Mi` for `512 MiB`, `100m` for `100mm`; `undefined` where none is near. */
export function nearQuantity(text: string): string | undefined {
  const [, digits, unit = ""] = /^\s*([0-9.]+)\s*([A-Za-z]+)\s*$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const lower = unit.toLowerCase();
  const suffix = /^m+$/.test(unit) ? "m" : SUFFIXES.get(lower.replace(/b(?:ytes?)?$/, ""));
  const near = suffix && `${digits}${suffix}`;
  return near && parseQuantity(near) ? near : undefined;
}
