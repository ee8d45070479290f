/**
 * The API server refused an update of a child (422). Is it the update that it refuses, since a field cannot change, or
 * what is declared? Every kind says the first in other words ("cannot change roleRef", "may not change once set",
 * "pod updates may not change fields other than …", rules of a CRD in words of their own), and some say only what does
 * not fit any more. So the server is asked, by a dry run, whether it would create what is declared: when nothing but
 * its name is taken, deleting and creating it is the way. That also keeps an object from being deleted for one that is
 * invalid itself.
 */
import { isAlreadyExists, isInvalid, isKubeError } from "../kube/error.ts";
import type { FieldChange } from "./changes.ts";
import { causesOf, immutableFields, isAnotherObject } from "./rejection.ts";

/** Ports of nodes and addresses are not shorter. */
const VALUE = /[\w.:]{4,}/g;

/** Worth the question: the kind's own validation speaks, which names fields. Policies and webhooks are not gone round. */
export function mayConcernUpdate(error: unknown): boolean {
  if (immutableFields(error).length > 0) return true;
  return isInvalid(error) && !isAnotherObject(error) && causesOf(error).some(hasField);
}

export interface RefusedUpdate {
  /** What it was to change. */
  readonly changes: readonly FieldChange[];
  /** A dry run of the creation, with the name that is taken. */
  tryCreate(): Promise<unknown>;
}

/** Throws what the dry run says when what is declared is invalid itself, or when the server does not answer. */
export async function concernsUpdate(
  error: unknown,
  { changes, tryCreate }: RefusedUpdate,
): Promise<boolean> {
  try {
    await tryCreate();
    return true;
  } catch (answer) {
    if (isAlreadyExists(answer) || isHeldByItself(answer, changes)) return true;
    if (isInvalid(answer) || !isKubeError(answer) || isPassing(answer.status)) throw answer;
    // A webhook that takes no dry runs, for example: then the words have to do.
    return immutableFields(error).length > 0;
  }
}

/** A port or an address that the object to be deleted holds; one that is to be new, another one holds. */
function isHeldByItself(error: unknown, changes: readonly FieldChange[]): boolean {
  const causes = isInvalid(error) ? causesOf(error) : [];
  const fresh = changes.flatMap(({ after = null }) => JSON.stringify(after).match(VALUE) ?? []);
  const isHeld = ({ message }: { readonly message: string }) =>
    /is already allocated\b/.test(message) && !fresh.some((value) => message.includes(value));
  return causes.length > 0 && causes.every(isHeld);
}

function isPassing(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}

function hasField({ field }: { readonly field: string }): boolean {
  return field !== "";
}
