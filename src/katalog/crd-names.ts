/** What people may call an entry: its name, and the names of its kind that kubectl knows, too. Pure. */
import { getPath } from "../std/json.ts";
import type { ResolvedCrd } from "./resolved.ts";

export function isCalled(crd: Pick<ResolvedCrd, "name" | "type" | "crd">, word: string): boolean {
  const wanted = word.toLowerCase();
  return namesOf(crd).some((name) => name.toLowerCase() === wanted);
}

function namesOf(crd: Pick<ResolvedCrd, "name" | "type" | "crd">) {
  return [crd.name, crd.type.kind, crd.type.plural, ...shortNamesOf(crd)];
}

/** `singular` and `shortNames` of its CRD, where the Katalog has one. */
export function shortNamesOf({ crd }: Pick<ResolvedCrd, "crd">): readonly string[] {
  if (!crd) return [];
  const singular = getPath(crd, ["spec", "names", "singular"]);
  const short = getPath(crd, ["spec", "names", "shortNames"]);
  const all = [singular, ...(Array.isArray(short) ? short : [])];
  return all.filter((name) => typeof name === "string");
}
