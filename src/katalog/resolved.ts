/**
 * The resolved document: what the runtime runs. Plain, canonical, deeply frozen data that `resolve`
 * makes once at start; no compiled closures and no positions in it (those are in `origins`, beside
 * it, so that the digest depends on what is declared and not on where).
 *
 * A string that contains `{{` is a template; everything else is literal.
 */
import type { SourcePosition } from "../std/issue.ts";
import type { Json, JsonObject } from "../std/json.ts";

export interface ResolvedKatalog {
  readonly apiVersion: "orkestra.orkspace.io/v1";
  readonly kind: "Katalog";
  readonly metadata: KatalogMetadata;
  /** Sorted by name. Disabled entries are kept, so that views can show them. */
  readonly crds: readonly ResolvedCrd[];
  /** Known blocks that concern other processes, kept as they were written. */
  readonly other: JsonObject;
}

export interface KatalogMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly version?: string;
  readonly description?: string;
  readonly [field: string]: Json | undefined;
}

/** One CRD entry. Durations are milliseconds. */
export interface ResolvedCrd {
  readonly name: string;
  /** `metadata.name` of the Katalog that declares it: who manages its custom resources. */
  readonly katalog: string;
  readonly isEnabled: boolean;
  readonly description?: string;
  readonly type: CrdType;
  /** The CustomResourceDefinition of `crdFile`. */
  readonly crd?: JsonObject;
  /** Objects of `crFiles`, in order. */
  readonly customResources: readonly JsonObject[];
  /** Watch scope; absent: all namespaces. */
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly dependsOn: readonly Dependency[];
  readonly workers: number;
  readonly resyncMs: number;
  readonly queue: QueueSettings;
  readonly allowedNamespaces: readonly string[];
  readonly box: OperatorBox;
}

/** `namespaced` is absent when no `crdFile` says it: discovery decides at start. */
export interface CrdType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced?: boolean;
}

export interface Dependency {
  readonly crd: string;
  readonly condition: "started" | "healthy";
}

export interface QueueSettings {
  /** 0: unbounded. */
  readonly maxDepth: number;
  readonly failureThreshold: number;
  /** Schedule of a key's first retries, in milliseconds; after it the default backoff goes on. */
  readonly retryBackoffMs: readonly number[];
}

export interface OperatorBox {
  /** In the order of the document: `onCreate` entries first, then `onReconcile`. */
  readonly children: readonly ChildEntry[];
  readonly onDelete: DeletePlan;
  readonly status: StatusPlan;
  /** Dotted path below `spec` → template. */
  readonly normalize: Readonly<Record<string, Json>>;
  readonly requeue?: { readonly after: string } & Conditional;
  /** Finalizers of other owners that the CR gets and keeps. */
  readonly finalizers: readonly string[];
}

/** `when`: all must pass; `or`: any must pass; both together when both are given. */
export interface Conditional {
  readonly when?: readonly ConditionEntry[];
  readonly or?: readonly ConditionEntry[];
}

/** Canonical form: exactly one operator, spelled as in the table of `katalog.md`. */
export interface ConditionEntry {
  /** A path (`spec.x`) or a template. */
  readonly field: string;
  readonly operator: string;
  readonly operand?: Json;
  readonly isNegated: boolean;
}

export interface ForEach {
  /** A path or a template that yields a list or a map. */
  readonly field: string;
  readonly as: string;
}

/** The Katalog's keys of children that this build can make. */
export type ChildKey =
  | "deployments"
  | "services"
  | "configMaps"
  | "secrets"
  | "serviceAccounts"
  | "ingresses"
  | "jobs"
  | "custom";

export interface ChildEntry extends Conditional {
  /** Stable address inside the box, shown in messages: `onReconcile.deployments[0]`. */
  readonly id: string;
  readonly key: ChildKey;
  /** `create`: ensured, never updated. `reconcile`: created and updated on every pass. */
  readonly mode: "create" | "reconcile";
  readonly forEach?: ForEach;
  /** The entry's own fields as written (shorthand, or the whole object for `custom`), templates and all. */
  readonly fields: JsonObject;
  /** Rendered name; absent: the kind's default name. */
  readonly name?: string;
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, Json>>;
  readonly annotations: Readonly<Record<string, Json>>;
  /** A partial object laid over the rendered one. */
  readonly patch?: JsonObject;
  readonly forceConflict: boolean;
  readonly adopt: boolean;
  readonly recreate: boolean;
  readonly whenFalse: "delete" | "keep";
  /** The namespace may come from the CR's data. */
  readonly crossNamespace: boolean;
}

/** What happens between the deletion of a CR and the removal of our finalizer. */
export interface DeletePlan extends Conditional {
  /** Groups run one after the other; the entries of one group together. */
  readonly groups: readonly DeleteGroup[];
  readonly timeoutMs: number;
}

export interface DeleteGroup {
  /** Jobs (and other full entries) are created and awaited; bare names are children to delete. */
  readonly steps: readonly DeleteStep[];
}

export type DeleteStep =
  | { readonly kind: "run"; readonly entry: ChildEntry }
  | {
      readonly kind: "delete";
      readonly id: string;
      readonly key: ChildKey;
      readonly name: string;
      readonly namespace?: string;
      /** For `custom`: the kind to delete. */
      readonly apiVersion?: string;
      readonly objectKind?: string;
      readonly conditional: Conditional;
    };

export interface StatusPlan {
  /** Write the automatic conditions. */
  readonly hasConditions: boolean;
  readonly fields: readonly StatusField[];
}

export interface StatusField extends Conditional {
  /** Dotted path below `status`. */
  readonly path: string;
  readonly value: Json;
  readonly type: "string" | "int" | "float" | "bool" | "auto";
  readonly clearOnFalse: boolean;
}

/** Where a value of the resolved document came from, by JSON pointer (RFC 6901). */
export type Origins = ReadonlyMap<string, SourcePosition>;

/** A Katalog that a Komposer imported: what was read, and how to know it again. */
export interface ImportedKatalog {
  /** `file:` and the path or URL, as positions name it. */
  readonly origin: string;
  /** `metadata.name` of the Katalog. */
  readonly katalog: string;
  readonly version?: string;
  /** `sha256:` and 64 hex digits, over the bytes of the document. */
  readonly digest: string;
  /** What it named beside itself. */
  readonly files: readonly { readonly file: string; readonly digest: string }[];
}
