/** One reconcile as `ork why` shows it: JSON that fits into a few hundred characters. Pure. */
import type { Change, FieldChange } from "../apply/changes.ts";
import { holdsField } from "../kube/field-managers.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { excerptsOf } from "../std/excerpt.ts";
import type { Json } from "../std/json.ts";
import { redactField, redactText } from "../telemetry/redact.ts";
import type { Cause, ChildName } from "./causes.ts";
import { ownChanges } from "./own-changes.ts";

export interface HistoryEntry {
  /** RFC 3339. */
  readonly at: string;
  readonly tookMs: number;
  readonly causes: readonly ShownCause[];
  readonly result: Outcome["kind"];
  /** Why it waits, or what went wrong. */
  readonly message?: string;
  readonly changes: readonly ShownChange[];
  /** Changes that are not listed, because there were too many. */
  readonly moreChanges?: number;
}

export interface ShownCause {
  readonly kind: Cause["kind"];
  /** A sentence without its end. */
  readonly text: string;
  readonly child?: ChildName;
  readonly manager?: string;
}

export interface ShownChange {
  readonly action: Change["action"];
  readonly kind: string;
  /** Where it is another one than that of the custom resource. */
  readonly namespace?: string;
  readonly name: string;
  readonly fields?: readonly ShownField[];
  readonly reason?: string;
}

export interface ShownField {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
  /** Who had set what was there before. */
  readonly manager?: string;
}

export interface Reconciled {
  /** Milliseconds since the Unix epoch, of its begin. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly causes: readonly Cause[];
  readonly outcome: Outcome;
  /** The custom resource as the cache held it. */
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

export const MAX_CHANGES = 12;
const MAX_FIELDS = 8;
const MAX_VALUE_CHARS = 120;
const MAX_MESSAGE_CHARS = 2_000;

/** `undefined` when it changed nothing and nothing went wrong. */
export function historyEntry(reconciled: Reconciled): HistoryEntry | undefined {
  const { atMs, tookMs, causes, outcome } = reconciled;
  const changes: readonly (Change | OwnChange)[] = [
    ...(outcome.changes ?? []).filter(isChange),
    ...changeOfOwner(reconciled),
  ];
  const message = messageOf(outcome);
  if (changes.length === 0 && message === undefined) return undefined;
  const more = changes.length - MAX_CHANGES;
  return {
    at: new Date(atMs).toISOString(),
    tookMs: Math.round(tookMs),
    causes: causes.map(shownCause),
    result: outcome.kind,
    ...(message !== undefined && { message }),
    changes: changes.slice(0, MAX_CHANGES).map((change) => shownChange(change, reconciled)),
    ...(more > 0 && { moreChanges: more }),
  };
}

/** What was found as it should be, and has nothing to say, is no news. */
function isChange({ action, reason }: Change): boolean {
  return action !== "unchanged" || reason !== undefined;
}

function messageOf(outcome: Outcome): string | undefined {
  if (outcome.kind === "settled") return undefined;
  const text = outcome.kind === "waiting" ? outcome.reason : outcome.error.message;
  return cut(redactText(text), MAX_MESSAGE_CHARS);
}

type OwnChange = Omit<Change, "type"> & { readonly kind: string };

function changeOfOwner({ before, after }: Reconciled): readonly OwnChange[] {
  if (before === undefined || after === undefined) return [];
  const fields = ownChanges(before, after);
  if (fields.length === 0) return [];
  const { kind, metadata } = after;
  const { name } = metadata;
  return [{ action: "configured", kind, name, fields }];
}

function shownChange(
  change: Change | OwnChange,
  { causes, before, after }: Reconciled,
): ShownChange {
  const { action, name, namespace, reason, fields = [] } = change;
  const home = (after ?? before)?.metadata.namespace;
  const kind = "kind" in change ? change.kind : change.type.kind;
  const isFar = namespace !== undefined && namespace !== home;
  const shown: Writable<ShownChange> = isFar
    ? { action, kind, namespace, name }
    : { action, kind, name };
  if (fields.length > 0) {
    const first = fields.slice(0, MAX_FIELDS);
    shown.fields = first.map((field) => shownField(field, { kind, name }, causes));
  }
  if (reason !== undefined) shown.reason = cut(redactText(reason), MAX_MESSAGE_CHARS);
  return shown;
}

/** Filled in member by member: entries are made for every custom resource that comes. */
type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

function shownField(field: FieldChange, child: ChildName, causes: readonly Cause[]): ShownField {
  const { path } = field;
  const shown: Writable<ShownField> = { path };
  const [before, after] = shownValues(field);
  if (before !== undefined) shown.before = before;
  if (after !== undefined) shown.after = after;
  const writer = causes.findLast((cause) => isWriter(cause, child, path));
  if (writer?.kind === "child" && writer.by) shown.manager = writer.by.manager;
  return shown;
}

/** Whether it names somebody who holds this field of this child. */
function isWriter(cause: Cause, child: ChildName, path: string): boolean {
  return (
    cause.kind === "child" &&
    isOf(cause, child) &&
    cause.by !== undefined &&
    holdsField(cause.by, path)
  );
}

function isOf(cause: Extract<Cause, { readonly kind: "child" }>, child: ChildName): boolean {
  return cause.child.kind === child.kind && cause.child.name === child.name;
}

/** Without secrets; of long ones, as text, the part in which they differ. */
function shownValues({ path, before, after }: FieldChange): readonly (Json | undefined)[] {
  const was = before === undefined ? undefined : redactField(path, before);
  const is = after === undefined ? undefined : redactField(path, after);
  const [wasText, isText] = [plainText(was), plainText(is)];
  const [short, other] = excerptsOf(wasText, isText, MAX_VALUE_CHARS);
  return [short === wasText ? was : short, other === isText ? is : other];
}

/** A text is itself: whoever shows it puts it in quotes. */
function plainText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : JSON.stringify(value);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function shownCause(cause: Cause): ShownCause {
  const text = causeText(cause);
  if (cause.kind === "child") {
    const { child, by } = cause;
    return { kind: "child", text, child, ...(by && { manager: by.manager }) };
  }
  const isEdit = cause.kind === "custom resource" && cause.event === "updated";
  const manager = isEdit ? cause.manager : undefined;
  return { kind: cause.kind, text, ...(manager !== undefined && { manager }) };
}

const STARTS = {
  process: "the process started",
  leadership: "this process became the leader",
  dependency: "what it depends on became ready",
  crd: "its CRD became another one",
} as const;

const DUE = {
  resync: "resync",
  retry: "retry after a failure",
  requeue: "requeue",
  waited: "another look at what it waited for",
} as const;

const EDITS = {
  spec: "spec edited",
  status: "status changed",
  metadata: "metadata changed",
  "deletion requested": "deletion requested",
} as const;

function causeText(cause: Cause): string {
  switch (cause.kind) {
    case "start":
      return STARTS[cause.detail];
    case "custom resource": {
      if (cause.event !== "updated") return `custom resource ${cause.event}`;
      const generation = cause.generation === undefined ? "" : ` (generation ${cause.generation})`;
      return `${EDITS[cause.what]}${generation}${byText(cause.manager)}`;
    }
    case "child": {
      const { child, event, by } = cause;
      const part = by?.subresource ? ` (${by.subresource})` : "";
      return `${child.kind} "${child.name}" ${event}${part}${byText(by?.manager)}`;
    }
    case "resync":
    case "retry":
    case "requeue":
    case "waited":
      return DUE[cause.kind];
    default:
      return cause satisfies never;
  }
}

function byText(manager: string | undefined): string {
  return manager === undefined ? "" : ` by "${manager}"`;
}
