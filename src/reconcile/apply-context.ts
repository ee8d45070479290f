/** What `apply` needs to know, from what a pass knows. */
import type { ApplyContext } from "../apply/apply.ts";
import { Breaker } from "../apply/breaker.ts";
import { childKey, type DesiredChild } from "../apply/child.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { childEpoch, confirmedWriter } from "./confirm.ts";
import { tellContested } from "./contested.ts";
import type { PassContext } from "./context.ts";
import { noteRemoved } from "./memory.ts";
import type { Observed } from "./observe.ts";

/** So long the server is not asked again about a child that no cache shows. */
const HIDDEN_RESYNCS = 10;

export function applyContext(
  object: KubeObject,
  observed: Observed,
  context: PassContext,
): ApplyContext {
  const { owner, program, surroundings, signal, kinds, memory, nowMs } = context;
  return {
    ownerUid: owner.uid,
    ownerBornAt: object.metadata.creationTimestamp ?? undefined,
    writer: confirmedWriter(object, context),
    client: surroundings.client,
    signal,
    observed: ({ type, object }) => observed.find(type, object.metadata),
    hidden(child) {
      const known = memory.hidden?.get(keyOf(child));
      const isFresh = known?.generation === object.metadata.generation;
      return known && isFresh && nowMs < known.untilMs ? known.object : undefined;
    },
    rememberHidden(child, stored) {
      const { generation } = object.metadata;
      const untilMs = nowMs + HIDDEN_RESYNCS * program.crd.resyncMs;
      memory.hidden ??= new Map();
      memory.hidden.set(keyOf(child), { object: stored, generation, untilMs });
    },
    remember: (type, object) => surroundings.children.get(type)?.remember(object),
    noteRemoved: (child) => noteRemoved(child, memory),
    expectWrite({ type, object: child }) {
      const cache = surroundings.children.get(type);
      return cache?.expectWrite?.(objectKey(child.metadata)) ?? (() => {});
    },
    schemaOf: (type) => kinds.schemaOf(type),
    epochOf: (type) => childEpoch(type, surroundings),
    answers: {
      get: (uid) => memory.answers?.get(uid),
      set(uid, answer) {
        memory.answers ??= new Map();
        memory.answers.set(uid, answer);
      },
      delete: (uid) => memory.answers?.delete(uid),
    },
    get breaker() {
      memory.breaker ??= new Breaker();
      return memory.breaker;
    },
    nowMs,
    onContested: (contest) => tellContested(object, contest, context),
  };
}

function keyOf({ type, object }: DesiredChild): string {
  return childKey(type, object.metadata);
}
