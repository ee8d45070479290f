/**
 * The independent observer: watches the CRs and their children itself and notes when it saw what. It
 * runs in the benchmark's process, so that its clock is the clock of the calls. It asks for whole
 * objects, as the contestant does: the server then encodes each event only once for both.
 */
import type { Cluster } from "../support/cluster-client.ts";

export type Kind = "Site" | "Deployment" | "Service" | "ConfigMap";

export interface Sighting {
  readonly kind: Kind;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly name: string;
  /** `performance.now()` when it arrived. */
  readonly atMs: number;
  readonly resourceVersion: number;
  /** Of a Site: its status covers its present spec. */
  readonly isSettled: boolean;
}

const PATHS: Readonly<Record<Kind, (namespace: string) => string>> = {
  Site: (namespace) => `/apis/bench.orkestra.dev/v1/namespaces/${namespace}/sites`,
  Deployment: (namespace) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  Service: (namespace) => `/api/v1/namespaces/${namespace}/services`,
  ConfigMap: (namespace) => `/api/v1/namespaces/${namespace}/configmaps`,
};

export const CHILD_KINDS = ["Deployment", "Service", "ConfigMap"] as const;

export function collectionPath(kind: Kind, namespace: string): string {
  return PATHS[kind](namespace);
}

export class Witness implements Disposable {
  readonly #listeners = new Set<(sighting: Sighting) => void>();
  readonly #stop = new AbortController();

  /** Resolves when all watches are open. */
  static async open(cluster: Cluster, namespace: string): Promise<Witness> {
    const witness = new Witness();
    const kinds = Object.keys(PATHS) as Kind[];
    await Promise.all(kinds.map((kind) => witness.#watch(cluster, kind, namespace)));
    return witness;
  }

  /** Calls for every sighting until disposed. */
  listen(listener: (sighting: Sighting) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Resolves with the first sighting that passes `test`. Call it before the act that causes it.
   * @throws Error after `timeoutMs`
   */
  async next(
    what: string,
    test: (sighting: Sighting) => boolean,
    timeoutMs = 30_000,
  ): Promise<Sighting> {
    const { promise, resolve, reject } = Promise.withResolvers<Sighting>();
    using _listening = this.listen((sighting) => {
      if (test(sighting)) resolve(sighting);
    });
    const timer = setTimeout(
      () => reject(new Error(`${what}: not seen within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async #watch(cluster: Cluster, kind: Kind, namespace: string): Promise<void> {
    const path = `${collectionPath(kind, namespace)}?watch=true`;
    const response = await cluster.request("GET", path, {
      signal: this.#stop.signal,
    });
    if (!response.ok || response.body === null) {
      throw new Error(`Cannot watch ${kind}: the server answered ${response.status}`);
    }
    this.#read(response.body, kind).catch((error) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  async #read(body: ReadableStream<Uint8Array>, kind: Kind): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of body) {
      const atMs = performance.now();
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#tell(toSighting(JSON.parse(line), kind, atMs));
    }
    if (!this.#stop.signal.aborted) throw new Error(`The watch of ${kind} ended`);
  }

  #tell(sighting: Sighting): void {
    for (const listener of this.#listeners) listener(sighting);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}

function toSighting({ type, object }: WatchEvent, kind: Kind, atMs: number): Sighting {
  const { name, resourceVersion, generation } = object.metadata;
  return {
    kind,
    type,
    name,
    atMs,
    resourceVersion: Number(resourceVersion),
    isSettled: kind === "Site" && object.status?.observedGeneration === generation,
  };
}

interface WatchEvent {
  readonly type: Sighting["type"];
  readonly object: {
    readonly metadata: {
      readonly name: string;
      readonly resourceVersion: string;
      readonly generation?: number;
    };
    readonly status?: { readonly observedGeneration?: number };
  };
}
