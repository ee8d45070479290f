/**
 * `children` for the way to a thread: each child is in it under several names (`deployment`,
 * `deployments.web` …) and must not be sent once for each.
 */
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";

/** Children by number, and under which names they are: by themselves, or in a map by their own name. */
export interface PackedChildren {
  readonly objects: readonly JsonObject[];
  readonly names: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  /** What is neither a child nor a map of children. */
  readonly rest: JsonObject;
}

export function packChildren(children: JsonObject, objects: readonly JsonObject[]): PackedChildren {
  const numbers = new Map(objects.map((object, index) => [object as Json, index]));
  const names: [string, PackedChildren["names"][string]][] = [];
  const rest: [string, Json][] = [];
  for (const [name, value] of Object.entries(children)) {
    if (value === undefined) continue;
    const packed = numbers.get(value) ?? packMap(value, numbers);
    if (packed === undefined) rest.push([name, value]);
    else names.push([name, packed]);
  }
  return { objects, names: Object.fromEntries(names), rest: Object.fromEntries(rest) };
}

function packMap(
  value: Json,
  numbers: ReadonlyMap<Json, number>,
): Readonly<Record<string, number>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries: [string, number][] = [];
  for (const [name, member] of Object.entries(value)) {
    const number = member === undefined ? undefined : numbers.get(member);
    if (number === undefined) return undefined;
    entries.push([name, number]);
  }
  return Object.fromEntries(entries);
}

export function unpackChildren({ objects, names, rest }: PackedChildren): JsonObject {
  const children: Record<string, Json> = {};
  for (const [name, place] of Object.entries(names)) {
    children[name] =
      typeof place === "number"
        ? (objects[place] ?? null)
        : Object.fromEntries(
            Object.entries(place).map(([own, index]) => [own, objects[index] ?? null]),
          );
  }
  return { ...rest, ...children };
}
