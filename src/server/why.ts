/** `…/why`: what triggered the last reconciles of a custom resource, what they did, what is in the way. */
import type { KeyHistory, Unsettled } from "../runtime/history.ts";
import type { BoxView, RuntimeView } from "../runtime/view.ts";
import { type StoredReady, storedReady } from "../status/stored-ready.ts";
import type { Answer } from "./answer.ts";

/** `-o json` of `ork why`, and what its text is made of. */
export interface Why {
  readonly crd: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Of the custom resource, as its status says; absent before the first reconcile. */
  readonly ready?: { readonly status: string; readonly reason?: string; readonly message?: string };
  /** What stands in the way; absent when nothing does. */
  readonly blockedBy?: Blocker;
  /** When it is looked at again without a change; absent where nothing is planned. */
  readonly next?: { readonly why: string; readonly at: string };
  /** Newest first: those that changed something or failed. */
  readonly history: KeyHistory["entries"];
}

export interface Blocker {
  /**
   * `waiting`: for something outside. `error`: tried again with backoff. `stuck`: tried again when something changes,
   * and at each resync. `child`: a kind of its children cannot be watched.
   */
  readonly kind: "waiting" | "error" | "stuck" | "standby" | "crd" | "child" | "dependency";
  readonly message: string;
  readonly failures?: number;
}

interface WhyContext {
  readonly view: RuntimeView;
  readonly nowMs: number;
}

/** `key` is `namespace/name`, or `name`. */
export function whyAnswer(box: BoxView, key: string, { view, nowMs }: WhyContext): Answer {
  const object = box.object(key);
  const known = box.historyOf(key);
  if (!object && known.entries.length === 0) {
    return { status: 404, body: { error: `No ${box.crd.type.kind} "${key}"` } };
  }
  const [name = key, namespace] = key.split("/").reverse();
  const blockedBy = blocker(box, { key, known }, view);
  const next = nextLook(box, { key, known, nowMs });
  const ready = object && storedReady(object);
  const why: Why = {
    crd: box.crd.name,
    kind: box.crd.type.kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(ready && { ready: readyOf(ready) }),
    ...(blockedBy && { blockedBy }),
    ...(next && object && { next }),
    history: known.entries,
  };
  return { status: 200, body: why };
}

function readyOf({ status, reason, message }: StoredReady): NonNullable<Why["ready"]> {
  return { status, ...(reason !== "" && { reason }), ...(message !== "" && { message }) };
}

/** The outermost first: what stops the box stops each of its custom resources. */
function blocker(
  box: BoxView,
  { key, known }: Pick<Look, "key" | "known">,
  { election }: RuntimeView,
): Blocker | undefined {
  if (election?.isLeading === false) {
    const who = election.holder === "" ? "nobody leads yet" : `"${election.holder}" leads`;
    return { kind: "standby", message: `this process stands by: ${who}` };
  }
  const { obstacle } = box.health;
  if (obstacle) {
    const ofBox = obstacle.isOfChild ? "child" : "crd";
    const kind = obstacle.kind === "dependency" ? "dependency" : ofBox;
    return { kind, message: obstacle.message };
  }
  const pause = box.pauseOf(key);
  if (pause !== undefined) return { kind: "waiting", message: pause };
  return known.unsettled && unsettledBlocker(known.unsettled);
}

const BLOCKER_KIND = { waiting: "waiting", retry: "error", stuck: "stuck" } as const;

function unsettledBlocker({ result, message, failures }: Unsettled): Blocker {
  return { kind: BLOCKER_KIND[result], message, ...(failures > 0 && { failures }) };
}

interface Look {
  readonly key: string;
  readonly known: KeyHistory;
  readonly nowMs: number;
}

/** Whatever comes first: what the last pass asked for, or the resync. */
function nextLook(box: BoxView, { key, known, nowMs }: Look): Why["next"] {
  const resyncMs = box.resyncDueMs(key);
  if (resyncMs === undefined) return undefined;
  const resync = { why: "resync", atMs: nowMs + resyncMs };
  const { next } = known;
  const first = next && next.atMs < resync.atMs && next.atMs >= nowMs ? next : resync;
  return { why: first.why, at: new Date(first.atMs).toISOString() };
}
