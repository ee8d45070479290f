/**
 * `ork template --origins -o json`: the resolved document, and for each value in it where it came from. Beside the
 * document and not in it, so that it is the same with and without.
 */
import { originOf, toPointer } from "../resolve/origins.ts";
import type { Json, PathSegment } from "../std/json.ts";
import type { Resolved } from "./resolve-files.ts";

export interface TemplateJson {
  /** The config digest. */
  readonly digest: string;
  readonly document: Json;
  /**
   * By JSON pointer (RFC 6901) into `document`: each text, number, boolean and null, each empty map and list. A place
   * is `file`, `line` and `column`; what no document says has `by`: `default`, a variable, an option.
   */
  readonly origins: Readonly<Record<string, Json>>;
}

export function templateJson({ katalog, digest, origins }: Resolved): TemplateJson {
  const document = katalog as unknown as Json;
  const places: Record<string, Json> = {};
  for (const path of valuesIn(document, [])) {
    const origin = originOf(origins, path);
    if (origin) places[toPointer(path)] = { ...origin };
  }
  return { digest, document, origins: places };
}

function* valuesIn(value: Json, path: readonly PathSegment[]): Generator<readonly PathSegment[]> {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (inner.length === 0) yield path;
  const isList = Array.isArray(value);
  for (const [key, item] of inner) {
    if (item !== undefined) yield* valuesIn(item, [...path, isList ? Number(key) : key]);
  }
}
