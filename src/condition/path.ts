/**
 * Bare paths of conditions: `spec.replicas`, `children.deployment.status.readyReplicas`,
 * `spec.ports[0].name`, `metadata.labels['app.kubernetes.io/name']`. Own keys only.
 */
import type { TemplateValue } from "../template/template.ts";

const SEGMENT = /\.?([^.[\]]+)|\[\s*(?:(\d+)|'([^']*)'|"([^"]*)")\s*\]/y;

/** The segments of a path, or `undefined` when the text is none. A leading dot is allowed. */
export function parsePath(text: string): readonly string[] | undefined {
  const segments: string[] = [];
  let offset = 0;
  while (offset < text.length) {
    SEGMENT.lastIndex = offset;
    const match = SEGMENT.exec(text);
    if (!match) return undefined;
    const [whole, plain, index, single, double] = match;
    const segment = plain ?? index ?? single ?? double ?? "";
    if (plain !== undefined && (/\s/.test(plain) || (offset > 0 && !whole.startsWith(".")))) {
      return undefined;
    }
    segments.push(segment);
    offset += whole.length;
  }
  return segments.length > 0 ? segments : undefined;
}

/**
 * Reads a path. A number indexes a list. Where that leads nowhere, keys that contain dots are tried,
 * so that `metadata.labels.app.kubernetes.io/name` finds its label.
 */
export function readPath(value: unknown, path: readonly string[], from = 0): TemplateValue {
  if (from === path.length) return value as TemplateValue;
  if (typeof value !== "object" || value === null) return undefined;
  const key = path[from] ?? "";
  if (Object.hasOwn(value, key) && isReadable(value, key)) {
    const found = readPath((value as Record<string, unknown>)[key], path, from + 1);
    if (found !== undefined) return found;
  }
  return Array.isArray(value) ? undefined : readDottedKey(value, path, from);
}

function readDottedKey(value: object, path: readonly string[], from: number): TemplateValue {
  for (let to = from + 2; to <= path.length; to++) {
    const key = path.slice(from, to).join(".");
    if (Object.hasOwn(value, key)) {
      return readPath((value as Record<string, unknown>)[key], path, to);
    }
  }
  return undefined;
}

/** Lists have an own key `length`, which is no part of the data. */
function isReadable(value: object, key: string): boolean {
  return !Array.isArray(value) || /^\d+$/.test(key);
}
