/**
 * A watch of one Lease that says when to look at it, and nothing else: what it tells is not read, and where
 * it cannot be opened (no right to watch) looking now and then has to do.
 */
import { LEASE_RESOURCE, type LeasePlace } from "./lease.ts";
import { resourcePath, withQuery } from "./resource-path.ts";
import type { Transport } from "./transport.ts";

/** The server ends it by itself after this, and the next look opens it anew. */
const WATCH_SECONDS = 300;

/** Resolves when the watch has ended, for whatever reason. */
export async function followLease(
  transport: Pick<Transport, "stream">,
  { namespace, name }: LeasePlace,
  { onChange, signal }: { readonly onChange: () => void; readonly signal: AbortSignal },
): Promise<void> {
  const path = withQuery(resourcePath(LEASE_RESOURCE, { namespace }), {
    watch: true,
    fieldSelector: `metadata.name=${name}`,
    timeoutSeconds: WATCH_SECONDS,
  });
  try {
    for await (const _ of await transport.stream({ method: "GET", path, signal })) onChange();
  } catch {
    // Whoever looks at the Lease runs into the same trouble, and tells it.
  }
}
