/** Why a child is not written although nothing failed: an object of its name exists and is not ours. Pure. */
import { type OwnerReference, parseApiVersion } from "../schema/object.ts";
import type { Decision } from "./decide.ts";
import { ChildError } from "./error.ts";
import { leftBehindText } from "./reclaim.ts";

/** `title`: `Service "default/orders"`. Names the owner of the object, where it has one. */
export function refusal(
  title: string,
  decision: Extract<Decision, { readonly kind: "refuse" }>,
): ChildError {
  return new ChildError("conflict", `Cannot create ${title}: it exists and ${reason(decision)}`);
}

function reason({ controller, owner, namesake }: Parameters<typeof refusal>[1]): string {
  // The owner may be gone already: the garbage collector takes its time.
  if (controller) {
    return `${titleOf(controller)} controls it: wait until it goes with that one, or take another name`;
  }
  if (owner !== undefined && namesake) {
    const leftBehind = leftBehindText({ owner, ownerUid: namesake.uid });
    return `was ${leftBehind}: delete it, or set "adopt: true" on the entry to take it over`;
  }
  if (owner !== undefined) {
    return `belongs to "${owner}": take another name, or set "adopt: true" on the entry to take it from that one`;
  }
  return 'belongs to somebody else, set "adopt: true" on the entry to take it over';
}

/** `Database.data.example.com "orders"`. */
function titleOf({ apiVersion, kind, name }: OwnerReference): string {
  const { group } = parseApiVersion(apiVersion);
  return `${kind}${group === "" ? "" : `.${group}`} "${name}"`;
}
