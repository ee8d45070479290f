/**
 * Where children are: kinds, and whether some are outside of their custom resource's namespace. The mark on a custom
 * resource names them in one text: `apps/v1/Deployment,v1/ConfigMap@*`. Pure.
 */
import type { ChildKindReference } from "./program.ts";

const FAR = "@*";

export const NO_PLACES: readonly ChildKindReference[] = Object.freeze([]);

export interface Places {
  readonly list: readonly ChildKindReference[];
  /** What the mark says of them. */
  readonly text: string;
}

export function placesOf(list: readonly ChildKindReference[]): Places {
  return { list, text: textOf(list) };
}

/** What a mark says. Whatever cannot be a kind is not taken over. */
export function readPlaces(text: string): readonly ChildKindReference[] {
  return text.split(",").flatMap((entry) => {
    const isFar = entry.endsWith(FAR);
    const name = isFar ? entry.slice(0, -FAR.length) : entry;
    const slash = name.lastIndexOf("/");
    if (slash <= 0) return [];
    return [{ apiVersion: name.slice(0, slash), kind: name.slice(slash + 1), isFar }];
  });
}

/** A kind that may be far may be near, too. */
export function namesOf(places: readonly ChildKindReference[]): ReadonlySet<string> {
  return new Set(places.flatMap((place) => [nameOf(place), nameOf({ ...place, isFar: false })]));
}

export function nameOf({ apiVersion, kind, isFar = false }: ChildKindReference): string {
  return `${apiVersion}/${kind}${isFar ? FAR : ""}`;
}

function textOf(places: readonly ChildKindReference[]): string {
  const names = new Set(places.map(nameOf));
  return [...names]
    .filter((name) => !names.has(`${name}${FAR}`))
    .sort()
    .join(",");
}
