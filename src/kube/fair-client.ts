/**
 * The client as one of several boxes sees it: its requests that never end cannot take the places of
 * everybody else's. Watches are not counted, they hold no place.
 */
import type { Share } from "../std/fair-shares.ts";
import type { KubeClient } from "./client.ts";

export function createFairClient(client: KubeClient, share: Share): KubeClient {
  const within = async <T>(signal: AbortSignal | undefined, request: () => Promise<T>) => {
    await share.acquire(signal);
    try {
      return await request();
    } finally {
      share.release();
    }
  };
  return {
    get: (reference, options) => within(options?.signal, () => client.get(reference, options)),
    list: (type, options) => within(options?.signal, () => client.list(type, options)),
    create: (type, object, options) =>
      within(options?.signal, () => client.create(type, object, options)),
    replace: (type, object, options) =>
      within(options?.signal, () => client.replace(type, object, options)),
    apply: (type, object, options) =>
      within(options?.signal, () => client.apply(type, object, options)),
    patch: (reference, patch, options) =>
      within(options.signal, () => client.patch(reference, patch, options)),
    delete: (reference, options) =>
      within(options?.signal, () => client.delete(reference, options)),
    raw: (path, options) => within(options?.signal, () => client.raw(path, options)),
  };
}
