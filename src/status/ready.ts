/** Everything a pass found out → the one condition that people look at: `Ready`. Pure. */
import { isChildError } from "../apply/error.ts";
import type { Readiness } from "../apply/readiness.ts";
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

export function readyCondition(facts: ReadyFacts): Condition {
  const verdict = decideReady(facts);
  return {
    type: "Ready",
    ...verdict,
    ...(facts.generation === undefined ? {} : { observedGeneration: facts.generation }),
  };
}

function decideReady({
  errors,
  waiting,
  kept = [],
  children,
}: ReadyFacts): Pick<Condition, "status" | "reason" | "message"> {
  const [error] = errors;
  if (error) {
    const message = [...errors.map((each) => brief(each.message)), ...kept].join("; ");
    return { status: "False", reason: errorReason(error), message };
  }
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

function describeProgress({ title, readiness }: ReadyFacts["children"][number]): readonly string[] {
  return readiness.kind === "progressing" ? [`${title}: ${readiness.reason}`] : [];
}

function errorReason(error: Error): string {
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
