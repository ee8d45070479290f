/** What people may call an entry: its name, and the names of its kind that kubectl knows, too. Pure. */
import { getPath } from "../std/json.ts";
import type { ResolvedCrd } from "./resolved.ts";

export function isCalled(crd: Pick<ResolvedCrd, "name" | "type" | "crd">, word: string): boolean {
  const { name, type } = crd;
  const { group, version, kind, plural } = type;
  const names = [kind, plural, ...shortNamesOf(crd)];
  return isNamed({ name, names, group, version }, word);
}

/** An entry by what it may be called. */
export interface CrdNames {
  /** Of the entry. */
  readonly name: string;
  /** Of its kind, in every form. */
  readonly names: readonly string[];
  readonly group: string;
  readonly version: string;
}

/** By the name of the entry, or by one of its kind: bare, or as `name.group` or `name.version.group`. */
export function isNamed({ name, names, group, version }: CrdNames, word: string): boolean {
  const wanted = word.toLowerCase();
  if (name.toLowerCase() === wanted) return true;
  const tails = group === "" ? [""] : ["", `.${group}`, `.${version}.${group}`];
  return names.some((one) => tails.some((tail) => `${one}${tail}`.toLowerCase() === wanted));
}

/** `singular` and `shortNames` of its CRD, where the Katalog has one. */
export function shortNamesOf({ crd }: Pick<ResolvedCrd, "crd">): readonly string[] {
  if (!crd) return [];
  const singular = getPath(crd, ["spec", "names", "singular"]);
  const short = getPath(crd, ["spec", "names", "shortNames"]);
  const all = [singular, ...(Array.isArray(short) ? short : [])];
  return all.filter((name) => typeof name === "string");
}
