/** Reads what the API server meant when it refused a write of a child. Pure. */
import {
  isConflict,
  isForbidden,
  isInvalid,
  isKubeError,
  isNotFound,
  isUnauthenticated,
  isUntyped,
  type KubeError,
} from "../kube/error.ts";
import type { ObjectNode, SchemaNode } from "../schema/node.ts";
import { isJsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import type { FieldChange } from "./changes.ts";
import { contrast } from "./contrast.ts";
import { ChildError } from "./error.ts";

/** Of a field that holds others, so many are named. */
const MAX_NAMED = 3;

/** How kinds say that a field cannot change, as kube-apiserver 1.36 does; `update-refusal.ts` for all others. */
const UNCHANGING =
  /immutable|updates to .* (?:are|is) forbidden|may not (?:change|add or remove|be (?:changed|updated|unset))|can ?not (?:change|be changed)/i;

/** An admission plugin says this of a claim that is bound (403). */
const RESIZING = /only dynamically provisioned pvc can be resized/;
const STORAGE = "spec.resources.requests.storage";

/** Names of the fields that the server says cannot change; empty when that is not the reason. */
export function immutableFields(error: unknown): readonly string[] {
  if (isKubeError(error) && isForbidden(error) && RESIZING.test(error.message)) return [STORAGE];
  if (!isInvalid(error)) return [];
  return causesOf(error)
    .filter(({ field, message }) => field !== "metadata.uid" && UNCHANGING.test(message))
    .map(({ field }) => field);
}

/**
 * The object that we meant is not there any more: it is gone (409 on the uid) or another one has
 * its name (422 on `metadata.uid`).
 */
export function isAnotherObject(error: unknown): boolean {
  if (isInvalid(error)) return causesOf(error).some(({ field }) => field === "metadata.uid");
  return isConflict(error) && contestedFields(error).length === 0;
}

/** Fields that other managers own, with their names and both values, of an apply without force. */
function contestedFields(error: unknown, changes: readonly FieldChange[] = []): readonly string[] {
  if (!isConflict(error)) return [];
  return causesOf(error)
    .filter(({ reason }) => reason === "FieldManagerConflict")
    .map(({ field, message }) => {
      const name = field.replace(/^\./, "");
      // The server quotes the keys of list items.
      const path = name.replaceAll('"', "");
      const change = changes.find((one) => one.path === path);
      return `${name} (${message}${change ? `: ${contrast(change)}` : ""})`;
    });
}

/**
 * Paths of the fields that the server says the kind does not have: of a strict create (400), or of an apply (500).
 * Names only, which no value is in.
 */
export function unknownFields(error: unknown): readonly string[] {
  if (!isKubeError(error)) return [];
  const { status, message } = error;
  if (status === 400 || status === 422) {
    return [...message.matchAll(/\bunknown field "([^"\s]+)"/g)].map(([, path = ""]) => path);
  }
  // Of a live object that does not fit, no entry of ours is the cause.
  if (!isUntyped(error) || !message.includes("typed patch object")) return [];
  const found = message.matchAll(/(?:^|\s)\.(\S+): field not declared in schema/g);
  return [...found].map(([, path = ""]) => path.replaceAll('"', ""));
}

/** Which field beside it may be meant. */
function hintFor(path: string, schema: SchemaNode | undefined): string {
  const steps = path.replaceAll(/\[[^\]]*\]/g, "").split(".");
  const name = steps.pop() ?? "";
  let node = schema;
  for (const step of steps) node = withFields(node)?.fields[step];
  const near = suggest(name, Object.keys(withFields(node)?.fields ?? {}));
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

/** The structure itself, or that of the items. */
function withFields(node: SchemaNode | undefined): ObjectNode | undefined {
  if (node?.type === "list") return withFields(node.items);
  return node?.type === "object" ? node : undefined;
}

export interface RefusedWrite {
  /** What it was to change. */
  readonly changes?: readonly FieldChange[] | undefined;
  /** The entry of the Katalog that the child comes from. */
  readonly entry?: string;
  /** Of the child. */
  readonly kind?: string;
  /** Of the child's kind, where it is known. */
  readonly schema?: SchemaNode | undefined;
}

/** Who may not do everything may bind a Role only when it is there. */
const BINDINGS: ReadonlySet<string> = new Set(["RoleBinding", "ClusterRoleBinding"]);

function missingText(kind: string | undefined): string {
  return kind !== undefined && BINDINGS.has(kind)
    ? "the role that it names does not exist yet"
    : "its namespace or kind does not exist";
}

/** A refused write as an error about the child: what happened, then the way out. */
export function explainRejection(
  title: string,
  error: unknown,
  { changes = [], entry, kind, schema }: RefusedWrite = {},
): ChildError {
  const unknown = unknownFields(error);
  if (unknown.length > 0) {
    const fields = unknown.map((field) => `"${field}"${hintFor(field, schema)}`).join(", ");
    const where = entry === undefined ? "" : ` of "${entry}"`;
    return new ChildError(
      "rejected",
      `Cannot write ${title}${where}: its kind has no field ${fields}, correct the name or leave it out`,
      { cause: error },
    );
  }
  if (immutableFields(error).length > 0) return immutableError(title, error, changes);
  const contested = contestedFields(error, changes);
  if (contested.length > 0) {
    return new ChildError(
      "contested",
      `Cannot update ${title}: other managers own ${contested.join(", ")}, set "forceConflict: true" on the entry or leave the fields out`,
      { cause: error },
    );
  }
  if (isAnotherObject(error)) {
    return new ChildError("stale", `Cannot write ${title}: it changed in the meantime`, {
      cause: error,
    });
  }
  if (isNotFound(error)) {
    return new ChildError("rejected", `Cannot write ${title}: ${missingText(kind)}`, {
      cause: error,
    });
  }
  const said = wordsOf(title, error);
  return new ChildError("rejected", `Cannot write ${title}: ${answer(error)}${said}`, {
    cause: error,
  });
}

/** Which field, and the way out. `changes`: what the update was to change. */
export function immutableError(
  title: string,
  error: unknown,
  changes: readonly FieldChange[] = [],
): ChildError {
  const known = immutableFields(error);
  const fields = known.length > 0 ? known : fieldsOf(error);
  const named = [...new Set(fields)].map((field) => `"${field}"${within(field, changes)}`);
  const why = known.length > 0 ? "the field is immutable" : "the server refuses to change it";
  return new ChildError(
    "immutable",
    `Cannot change ${named.join(", ")} of ${title}: ${why}, set "recreate: true" on the entry or delete the object`,
    { cause: error },
  );
}

/** Of a field that holds others, like "spec", those that were to change. */
function within(field: string, changes: readonly FieldChange[]): string {
  const inner = changes.filter(({ path }) => path.startsWith(`${field}.`));
  if (inner.length === 0) return "";
  const names = inner.slice(0, MAX_NAMED).map(({ path }) => `"${path}"`);
  const more = inner.length > MAX_NAMED ? ` and ${inner.length - MAX_NAMED} more` : "";
  return ` (${names.join(", ")}${more})`;
}

/** Those that the server names. */
function fieldsOf(error: unknown): readonly string[] {
  return causesOf(error)
    .map(({ field }) => field)
    .filter((field) => field !== "");
}

/** What the server itself says. It may quote values, which of a Secret must not get about. */
function wordsOf(title: string, error: unknown): string {
  if (!isKubeError(error) || error.status === 0 || isUnauthenticated(error)) return "";
  const mayQuote = title.startsWith("Secret ") && !isRbacDenial(error);
  return mayQuote ? "" : `: ${error.message}`;
}

function answer(error: unknown): string {
  if (!isKubeError(error)) return "the request failed";
  if (isUnauthenticated(error)) return lowerFirst(error.message);
  if (error.status === 0) return "the API server did not answer";
  if (isNamespaceTerminating(error)) return "its namespace is being deleted";
  if (isRbacDenial(error)) {
    return 'the API server forbids it, give the rights that "ork rbac -f <your Katalog>" prints';
  }
  return `the API server refused it (${error.reason || error.status})`;
}

/** A sentence, behind a colon. */
function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Nothing can be created any more where it should be. */
export function isNamespaceTerminating(error: unknown): boolean {
  return causesOf(error).some(({ reason }) => reason === "NamespaceTerminating");
}

/** Quota, Pod Security and other admission answer 403, too; only RBAC says it like this. */
function isRbacDenial({ status, message }: KubeError): boolean {
  return status === 403 && /cannot \w+ resource/.test(message);
}

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** What the server says of single fields. */
export function causesOf(error: unknown): readonly Cause[] {
  const list = isKubeError(error) ? error.details?.["causes"] : undefined;
  if (!Array.isArray(list)) return [];
  return list.filter(isJsonObject).map((cause) => ({
    reason: String(cause["reason"] ?? ""),
    field: String(cause["field"] ?? ""),
    message: String(cause["message"] ?? ""),
  }));
}
