/**
 * What authors of hooks write against: the module that they export, what its handlers are given, and
 * what they may give back. `orkestra/hooks` re-exports these types; `ork types` writes them to a file.
 *
 * This file stands for itself: it imports nothing, so that its text is the whole declaration.
 */

/** The default export of a hook module. */
export interface Hooks<Spec = Readonly<Record<string, unknown>>> {
  /** Called in every pass over a living custom resource: make things as they should be. */
  onReconcile?(context: HookContext<Spec>): HookReturn;
  /**
   * Called when the custom resource is being deleted; the finalizer goes only after it resolved. May
   * be called again, so what is gone already is no error. With `requeueAfter` or `notReady` it is not
   * done yet.
   */
  onDelete?(context: HookContext<Spec>): HookReturn;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is of this type.
export type HookReturn = Promise<HookResult | undefined | void> | HookResult | undefined | void;

/** What a handler is given. All of it is a copy: changing it changes nothing elsewhere. */
export interface HookContext<Spec = Readonly<Record<string, unknown>>> {
  /** The custom resource, its spec after `normalize`. */
  readonly object: CustomResource<Spec>;
  /**
   * Its children as templates see them: `children.deployment` is the first of that kind,
   * `children.deployments.<name>` any of them.
   */
  readonly children: Readonly<Record<string, HookChild | undefined>>;
  /** `args` of the Katalog, evaluated for this custom resource. */
  readonly args: Readonly<Record<string, unknown>>;
  /** The cluster, as far as `managedResources` go. */
  readonly kube: HookKube;
  readonly log: HookLog;
  /** Aborted when the deadline is over or the process stops. */
  readonly signal: AbortSignal;
  /** 1, and one more for each failure in a row. */
  readonly attempt: number;
}

export interface HookResult {
  /** Laid over the status, key by key; `null` removes. Conditions are kept by their type. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** Call again after this time: `30s`, `5m`, or milliseconds. */
  readonly requeueAfter?: string | number;
  /**
   * What is not there yet, such as `waiting for the DNS record`: the custom resource is `Ready=False`, reason
   * `Progressing`, with this text. No failure. Nothing, an empty text or `false`: it is ready.
   */
  readonly notReady?: string | false | null | undefined;
}

/** A child, or the map of all children of a kind by name. */
export interface HookChild {
  readonly metadata?: Partial<ObjectMetadata>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string | null;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

/** For `kube.get<ConfigMap>(…)` and the like; a kind that is not here is an interface of yours that extends `KubernetesObject`. */
export interface ConfigMap extends KubernetesObject {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly data?: Readonly<Record<string, string>>;
  /** Base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Secret extends KubernetesObject {
  readonly apiVersion: "v1";
  readonly kind: "Secret";
  readonly type?: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
  /** To be written only: the server keeps it as `data`. */
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Deployment extends KubernetesObject {
  readonly apiVersion: "apps/v1";
  readonly kind: "Deployment";
  readonly spec?: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
    readonly [field: string]: unknown;
  };
}

export interface CustomResource<Spec = Readonly<Record<string, unknown>>> extends KubernetesObject {
  readonly spec: Spec;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** One object by its address. Without a namespace: the custom resource's. */
export interface ObjectAddress {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface ListQuery {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ApplyOptions {
  /** Take over an object of that name that exists and belongs to nobody of ours. */
  readonly adopt?: boolean;
  /** Take fields back that others changed; true unless said otherwise. */
  readonly force?: boolean;
}

export interface PatchOptions {
  /** `merge` unless said otherwise. */
  readonly type?: "merge" | "json" | "strategic";
  readonly subresource?: "status" | "scale";
}

export interface DeleteOptions {
  /** Delete an object that does not belong to the custom resource, too; that is refused otherwise. */
  readonly foreign?: boolean;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

/**
 * The cluster. Kinds that `managedResources` does not name, and namespaces other than the custom
 * resource's unless it names them, are refused. What `create` and `apply` make gets the marks of a
 * child and, where Kubernetes allows it, an owner reference: it goes with the custom resource.
 */
export interface HookKube {
  /** `undefined` when there is no such object. */
  get<T extends KubernetesObject = KubernetesObject>(
    address: ObjectAddress,
  ): Promise<T | undefined>;
  list<T extends KubernetesObject = KubernetesObject>(query: ListQuery): Promise<readonly T[]>;
  /** Creates the object when it is absent, else leaves it as it is; gives what is there then. */
  create<T extends KubernetesObject = KubernetesObject>(object: KubernetesObject): Promise<T>;
  /** Makes the given fields so, whatever they were; costs no request when they are. */
  apply<T extends KubernetesObject = KubernetesObject>(
    object: KubernetesObject,
    options?: ApplyOptions,
  ): Promise<T>;
  patch<T extends KubernetesObject = KubernetesObject>(
    address: ObjectAddress,
    patch: object,
    options?: PatchOptions,
  ): Promise<T>;
  /** Nothing happens when there is no such object. */
  delete(address: ObjectAddress, options?: DeleteOptions): Promise<void>;
}

/** Lines of the process's log, with the custom resource's name. */
export interface HookLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A kind that hooks may touch, as `managedResources` of the Katalog lists it. */
export interface ManagedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Another namespace than the custom resource's; `*` for all. */
  readonly namespace?: string;
}

/** What {@link RunHook} is given beside the hooks. */
export interface RunHookOptions<Spec = Readonly<Record<string, unknown>>> {
  /** `onReconcile` unless said otherwise. */
  readonly handler?: "onReconcile" | "onDelete";
  /**
   * The custom resource; a namespace and a uid are filled in where they are missing. The uid follows from kind,
   * namespace and name, so that a second call finds what the first one made to be its own.
   */
  readonly object: Omit<CustomResource<Spec>, "metadata"> & {
    readonly metadata: { readonly name: string } & Partial<CustomResource<Spec>["metadata"]>;
  };
  readonly args?: Readonly<Record<string, unknown>>;
  readonly children?: HookContext["children"];
  /** As in the Katalog: what the hook may touch. */
  readonly managedResources?: readonly ManagedKind[];
  /** What is in the cluster before; `objects` of an earlier call, say. Its uids and versions are new ones. */
  readonly existing?: readonly KubernetesObject[];
  /** CustomResourceDefinitions of the kinds that are not Kubernetes' own. */
  readonly crds?: readonly KubernetesObject[];
  readonly attempt?: number;
  /** As in the Katalog: `5s`, or milliseconds; 30 s unless said otherwise. */
  readonly timeout?: string | number;
}

/** What came of one call. */
export interface HookRun {
  readonly status: Readonly<Record<string, unknown>> | undefined;
  readonly requeueAfterMs: number | undefined;
  /** `undefined`: it is ready as far as the hook is concerned. */
  readonly notReady: string | undefined;
  /** Everything of the managed kinds that is in the cluster afterwards, by kind and name. */
  readonly objects: readonly KubernetesObject[];
  /** Lines that the hook logged. */
  readonly log: readonly { readonly level: keyof HookLog; readonly message: string }[];
}

/**
 * The type of `runHook`, which calls one handler against a cluster in memory, under the rules of a real run:
 * what `managedResources` does not name is refused, a result that is none throws, and so does a handler that is
 * not over in time (one that never waits cannot be stopped here). Rejects with what the handler threw.
 */
export type RunHook = <Spec>(hooks: Hooks<Spec>, options: RunHookOptions<Spec>) => Promise<HookRun>;
