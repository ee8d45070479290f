/**
 * Everything that an API server refused to let us look at, as one obstacle: each of the refused requests in the
 * server's words, and the rules that allow them, to be pasted into a Role. What is to be written is not tried
 * before all is read, so the command that knows all rules is named, too. Pure.
 *
 * Source: the message of an RBAC refusal,
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-whether-a-request-is-allowed-or-denied.
 */
import { isForbidden } from "../kube/error.ts";
import type { Obstacle } from "./health.ts";
import { obstacleOf } from "./obstacle.ts";

/** `errors`: at least one; what is no refusal counts where none is. */
export function readingObstacle(errors: readonly unknown[]): Obstacle {
  const refused = errors.filter(isForbidden).map((error) => (error as Error).message);
  if (refused.length === 0) return obstacleOf(errors[0]);
  const messages = [...new Set(refused)].sort();
  const rules = [...new Set(messages.flatMap(ruleOf))];
  const hint =
    rules.length === 0
      ? ""
      : `; a Role needs what "ork rbac -f <your Katalog>" prints, to begin with the rules [${rules.join(", ")}]`;
  return { kind: "forbidden", message: `${messages.join("; ")}${hint}` };
}

/** Whoever may not list may not watch either, and the other way round: both are asked for. */
function ruleOf(message: string): readonly string[] {
  const [, resource, group] =
    /cannot \w+ resource "([^"]+)" in API group "([^"]*)"/.exec(message) ?? [];
  if (resource === undefined || group === undefined) return [];
  const of = `apiGroups: [${group === "" ? '""' : group}], resources: [${resource}]`;
  return [`{${of}, verbs: [get, list, watch]}`];
}
