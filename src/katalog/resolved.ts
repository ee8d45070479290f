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
  /** What imports were held against; absent where nothing is asked of them. */
  readonly acceptedBy?: AcceptedBy;
}

/** Keys and trusted roots stand here by the SHA-256 of their files: `sha256:` and 64 hex digits. */
export interface AcceptedBy {
  /** `policy.verify`, each rule once, in a canonical order. */
  readonly signatures: readonly AcceptedSignatures[];
  /** Katalogs, by name, of charts whose provenance has to fit a keyring. */
  readonly charts: readonly { readonly name: string; readonly keyring: string }[];
}

export interface AcceptedSignatures {
  readonly match: string;
  readonly keys: readonly string[];
  readonly identities?: readonly AcceptedIdentity[];
  readonly signedAs?: string;
}

export interface AcceptedIdentity {
  readonly kind: "exact" | "pattern";
  readonly text: string;
  readonly issuer: string;
  readonly trustedRoot: string;
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
  /** Code of the user's, beside the declared children or in their place. */
  readonly hooks?: HooksPlan;
  /** The same over HTTP. */
  readonly remote?: RemotePlan;
  /** Finalizers of other owners that the CR gets and keeps. */
  readonly finalizers: readonly string[];
  /** Inputs of Motifs that only a custom resource can fill, in the order in which they build on each other. */
  readonly inputs?: readonly MotifInputs[];
}

/** One use of a Motif: templates read its values as `.inputs.<key>.<name>`. */
export interface MotifInputs {
  readonly key: string;
  /** `metadata.name` of the Motif. */
  readonly motif: string;
  readonly values: Readonly<Record<string, MotifInput>>;
}

export interface MotifInput {
  /** Templates over the custom resource, or data. */
  readonly value: Json;
  readonly type?: "string" | "int" | "float" | "bool" | "list" | "map";
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
  /** Calls to outside services, one after the other, before the groups; absent: none. */
  readonly external?: readonly ExternalCall[];
}

/** A call to an outside service; all of its texts are templates. */
export interface ExternalCall extends Conditional {
  /** Stable address inside the box, shown in messages: `onDelete.external[0]`. */
  readonly id: string;
  /** `.external.<name>` is what came of it. */
  readonly name: string;
  readonly url: string;
  readonly query: JsonObject;
  readonly method: string;
  readonly headers: JsonObject;
  /** A mapping or a list is sent as JSON. */
  readonly body?: Json;
  readonly credential?: CallCredential;
  readonly timeoutMs: number;
  /** `204`, or a class, `2xx`: any of them. */
  readonly expectedStatus: readonly string[];
  readonly continueOnError: boolean;
  /** Waits before the first retries. */
  readonly retryBackoffMs: readonly number[];
}

export type CallCredential =
  | { readonly kind: "auth"; readonly auth: RemoteAuth }
  /** Sent as `Bearer`. */
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "variable"; readonly name: string };

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

/** A module of hooks: which code, and what it may do. */
export interface HooksPlan {
  /** `constructor`: nothing is declared, the module makes all children. */
  readonly role: "hooks" | "constructor";
  /** Path of the module, from the folder of its document. */
  readonly module: string;
  /** The module and everything that it imports, by path: `sha256:` and 64 hex digits each. */
  readonly files: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly managedResources: readonly ManagedResource[];
  /** Templates and all. */
  readonly args: JsonObject;
  readonly runHooksFirst: boolean;
}

/** A service that is asked once in each pass. */
export interface RemotePlan {
  /** A URL, or a template of one. */
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly auth?: RemoteAuth;
  readonly args: JsonObject;
  readonly payload: JsonObject;
  readonly managedResources: readonly ManagedResource[];
}

export interface RemoteAuth {
  readonly source:
    | { readonly kind: "secret"; readonly name: string; readonly key: string }
    | { readonly kind: "env"; readonly name: string };
  readonly header: string;
}

/** A kind that code may touch, and where: absent, in the custom resource's namespace; `*`: anywhere. */
export interface ManagedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
}

/** Where values of the resolved document came from, by JSON pointer (RFC 6901); what stands in one came with it. */
export type Origins = ReadonlyMap<string, Origin>;

/** A place in a document, or what gave the value where no document does: a default, a variable, an option. */
export type Origin = SourcePosition | { readonly by: string };

/** Where what may fail at run time stands: as the lists of the box are, item by item. */
export interface BoxPlaces {
  readonly children: readonly SourcePosition[];
  readonly statusFields: readonly SourcePosition[];
}

/** A Katalog that a Komposer imported: what was read, and how to know it again. */
export interface ImportedKatalog {
  /** `file:` and the path or URL, `helm:<repo>/<chart>@<version>`, `registry:` and the reference. */
  readonly origin: string;
  /** `metadata.name` of the Katalog. */
  readonly katalog: string;
  /** Of the chart or the artifact; of a file the Katalog's own. */
  readonly version?: string;
  /** Of what was fetched: of a file its bytes, else of the chart, the artifact or the commit. */
  readonly digest: string;
  /** What was read beside it, the document itself included where it came in a bundle. */
  readonly files: readonly { readonly file: string; readonly digest: string }[];
}
