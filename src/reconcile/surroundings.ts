/** What one box hands to its reconciler: the world outside of the decisions. */
import type { ExternalAccess } from "../hook/external-call.ts";
import type { RemoteAccess } from "../hook/remote-call.ts";
import type { HookRunner } from "../hook/runner.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Store } from "../kube/informer.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import type { JsonObject } from "../std/json.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Evaluations } from "./evaluations.ts";

/** What the reconciler needs of the user's code. */
export type Hooks = Pick<HookRunner, "has" | "call"> & Partial<Pick<HookRunner, "pauseOf">>;

/** What the reconciler needs of an informer. */
export interface ObjectCache {
  readonly store: Pick<Store, "get" | "byOwner">;
  /** What it covers; without a `namespace` all of them. */
  readonly selection?: { readonly namespace?: string };
  /** Puts the answer of a write into the store, so that the next pass sees it. */
  remember(object: KubeObject): void;
  /** Says that a write to this object begins; the returned function that it was remembered. */
  expectWrite?(key: string): () => void;
  /**
   * Grows each time the informer had to list anew. Before the first deletion on the strength of
   * what a newer epoch says, the custom resource is read from the API server. Absent: always 0.
   */
  readonly epoch?: number;
}

/** The informers of child kinds, shared by all boxes. They select by our `managed` label. */
export interface ChildCaches {
  /** A cache that is open and synced, else `undefined`. */
  get(type: ResourceType): ObjectCache | undefined;
  /** Jobs of the owner with that uid that ended and went by their time to live since the last call. Absent: not known. */
  takeExpired?(ownerUid: string): readonly KubeObject[];
  /** Opens (or joins) the cache of a kind that only a template names; resolves when synced. */
  open(type: ResourceType, signal: AbortSignal): Promise<ObjectCache>;
}

/** A Kubernetes Event about a custom resource. Sent off the hot path, merged and rate-limited. */
export interface CrEvent {
  readonly object: KubeObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What one box hands to its reconciler. */
export interface Surroundings {
  /** `metadata.name` of the Katalog: the `managed-by` mark. */
  readonly katalogName: string;
  readonly configDigest: string;
  /** The custom resource's kind as the cluster serves it. */
  readonly type: ResourceType;
  readonly hasStatusSubresource: boolean;
  /** Take over custom resources that another Katalog manages. */
  readonly forceTakeover?: boolean;
  /** Nothing is made, so nothing becomes ready: what waits for it is told as if it were. */
  readonly isPlan?: boolean;
  /** Whether the plan made something so far, which never gets ready: how long that would take is not known. */
  readonly hasPlanned?: () => boolean;
  readonly client: KubeClient;
  readonly primary: ObjectCache;
  readonly children: ChildCaches;
  /** Discovery, cached by the box. `undefined`: the cluster serves no such kind. */
  lookupKind(
    apiVersion: string,
    kind: string,
    signal: AbortSignal,
  ): Promise<ResourceType | undefined>;
  /** Schema of a custom kind of child, where the cluster told it. Built-in kinds are known. */
  schemaOf?(type: ResourceType): SchemaNode | undefined;
  /** Reads anew what `schemaOf` tells of a custom kind of child: its CRD may be another one by now. */
  reloadSchema?(type: ResourceType, signal: AbortSignal): Promise<void>;
  readonly clock: Clock;
  /** Shared with all boxes of the process; absent: the box has its own. */
  readonly evaluations?: Evaluations;
  /** `size` bytes from a cryptographic source. */
  random(size: number): Uint8Array;
  /** IANA name. */
  readonly timeZone: string;
  emit(event: CrEvent): void;
  readonly log: Logger;
  /** `.metrics` and `.health` of templates and conditions. */
  /** The user's code of this box; absent where there is none, or none may run. */
  readonly hooks?: Hooks;
  /** The way to services over HTTP; absent where none may be asked. */
  readonly remote?: RemoteAccess;
  /** The same for what `onDelete` calls. */
  readonly external?: ExternalAccess;
  facts?(): { readonly metrics: JsonObject; readonly health: JsonObject };
}
