/** Everything a pass found out → the one condition that people look at: `Ready`. Pure. */
import { isChildError } from "../apply/error.ts";
import { conditionOf, type Readiness } from "../apply/readiness.ts";
import type { JsonObject } from "../std/json.ts";
import { type Failure, isSameFailure } from "../std/same-failure.ts";
import { brief } from "./brief.ts";
import type { Condition } from "./conditions.ts";

/** What `Ready` follows from. The first that applies, from top to bottom, decides. */
export interface ReadyFacts {
  readonly generation?: number | undefined;
  /** What went wrong; empty when nothing did. */
  readonly errors: readonly Error[];
  /** What is being waited for, in the words of `apply`. */
  readonly waiting: readonly string[];
  /** Undeclared children that stay for now, in whole sentences. */
  readonly kept?: readonly string[];
  /** Children with their titles. */
  readonly children: readonly { readonly title: string; readonly readiness: Readiness }[];
}

/** `stored`: the status as it is. What fails as before keeps its words: they may differ with each try. */
export function readyCondition(facts: ReadyFacts, stored: JsonObject = {}): Condition {
  const verdict = facts.errors.length > 0 ? failing(facts, stored) : decideReady(facts);
  return {
    type: "Ready",
    ...verdict,
    ...(facts.generation === undefined ? {} : { observedGeneration: facts.generation }),
  };
}

function decideReady({ waiting, kept = [], children }: ReadyFacts): Verdict {
  for (const { title, readiness } of children) {
    if (readiness.kind === "failed") {
      return { status: "False", reason: "ChildFailed", message: `${title} ${readiness.reason}` };
    }
  }
  const unready = [...waiting, ...kept, ...children.flatMap(describeProgress)];
  if (unready.length > 0) {
    return { status: "False", reason: "Progressing", message: unready.join("; ") };
  }
  // No count: a message that changes without need is a write without need.
  return { status: "True", reason: "Ready", message: "Everything declared is there and ready" };
}

type Verdict = Pick<Condition, "status" | "reason" | "message">;

/** What it waits for beside is told, too: nobody would look for it in the events. */
function failing(
  { errors, waiting, kept = [], generation }: ReadyFacts,
  stored: JsonObject,
): Verdict {
  const reason = errorReason(errors[0]);
  const message = errors.map((each) => brief(each.message)).join("; ");
  const rest = [...waiting, ...kept].map((sentence) => `; ${sentence}`).join("");
  const told = toldMessage({ reason, message, generation }, { stored, rest });
  return { status: "False", reason, message: told };
}

interface FailedCondition extends Failure {
  readonly reason: string;
}

/** In the words of the stored `Ready` where that tells the same failure; `rest`: what stands behind it in any case. */
export function toldMessage(
  { reason, ...failure }: FailedCondition,
  { stored, rest = "" }: { readonly stored: JsonObject; readonly rest?: string },
): string {
  const ready = conditionOf(stored, "Ready");
  const text = ready?.["message"];
  const isOfReason = ready?.["status"] === "False" && ready["reason"] === reason;
  if (isOfReason && typeof text === "string" && text.endsWith(rest)) {
    const generation = Number(ready["observedGeneration"]);
    const before = { message: text.slice(0, text.length - rest.length), generation };
    if (isSameFailure(before, failure)) return text;
  }
  return `${failure.message}${rest}`;
}

function describeProgress({ title, readiness }: ReadyFacts["children"][number]): readonly string[] {
  return readiness.kind === "progressing" ? [`${title}: ${readiness.reason}`] : [];
}

function errorReason(error: Error | undefined): string {
  if (!isChildError(error)) return "ReconcileError";
  switch (error.code) {
    case "conflict":
      return "Conflict";
    case "immutable":
      return "ImmutableField";
    case "contested":
      return "FieldConflict";
    case "stale":
    case "rejected":
      return "ChildError";
    default:
      return error.code satisfies never;
  }
}
