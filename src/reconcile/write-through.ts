/** Writes whose answer goes into the cache at once, so that its echo on the watch is known as one. */
import { type KubeObject, objectKey } from "../schema/object.ts";
import type { ObjectCache } from "./surroundings.ts";

export async function writeThrough(
  cache: ObjectCache,
  metadata: { readonly namespace?: string; readonly name: string },
  write: () => Promise<KubeObject>,
): Promise<KubeObject> {
  const release = cache.expectWrite?.(objectKey(metadata));
  try {
    const stored = await write();
    cache.remember(stored);
    return stored;
  } finally {
    release?.();
  }
}
