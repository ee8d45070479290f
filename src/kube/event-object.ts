/** What is said about an object, as an Event of the API (events.k8s.io/v1). Pure. */
import type { KubeObject, ResourceType } from "../schema/object.ts";

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/. */
export const EVENT_RESOURCE: ResourceType = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};

export interface EventRecord {
  readonly object: KubeObject;
  readonly type: "Normal" | "Warning";
  /** Why, in one UpperCamelCase word: `DriftRepaired`. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  /** What was done or tried, in one UpperCamelCase word: `Apply`; the reason unless given. */
  readonly action?: string;
  /** Another object that it is about: the child that drifted. */
  readonly related?: KubeObject;
}

export interface Reporter {
  /** A qualified name: `orkestra.orkspace.io/ork`. */
  readonly controller: string;
  /** Which process: the name of the pod or host. */
  readonly instance: string;
}

/** Limits of the API's validation; an event that is over them would be lost. */
const MAX_NOTE_BYTES = 1024;
const MAX_WORD_LENGTH = 128;
const MAX_NAME_LENGTH = 200;

export function toEventObject(
  record: EventRecord,
  reporter: Reporter,
  identity: { readonly now: number; readonly suffix: string },
): KubeObject {
  const { object, type, reason, message, action = reason, related } = record;
  const { name, namespace } = object.metadata;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: {
      name: `${shortened(name)}.${identity.suffix}`,
      // Events about cluster-scoped objects live in the default namespace.
      namespace: namespace ?? "default",
    },
    eventTime: microTime(identity.now),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, MAX_WORD_LENGTH),
    regarding: referenceTo(object),
    ...(related && { related: referenceTo(related) }),
    type,
    reason: reason.slice(0, MAX_WORD_LENGTH),
    action: action.slice(0, MAX_WORD_LENGTH),
    note: truncate(message),
  };
}

/** Events of the same key are about the same object. */
export function aboutKey({ kind, metadata }: KubeObject): string {
  const { uid, namespace, name } = metadata;
  return uid ?? `${kind}/${namespace}/${name}`;
}

/** Events that say the same of the same object are one event that counts. */
export function isSameText(one: EventRecord, other: EventRecord): boolean {
  return (
    one.message === other.message &&
    one.reason === other.reason &&
    one.type === other.type &&
    one.action === other.action
  );
}

/** `MicroTime` of the API: RFC 3339 with six digits, although our clock has three. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000Z");
}

/** Cut in the middle, a name may end with what no part of a DNS subdomain may end with. */
function shortened(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).replace(/[-.]+$/, "");
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): object {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}

function truncate(note: string): string {
  if (Buffer.byteLength(note) <= MAX_NOTE_BYTES) return note;
  const ellipsis = "…";
  const room = MAX_NOTE_BYTES - Buffer.byteLength(ellipsis);
  // A character that was cut in half decodes to a replacement character.
  return (
    Buffer.from(note)
      .subarray(0, room)
      .toString("utf8")
      .replace(/\uFFFD$/, "") + ellipsis
  );
}
