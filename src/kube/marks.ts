/**
 * The names that we leave on objects of the cluster: labels to select by, annotations to account
 * by. They are an interface: other programs and older releases read them.
 */

/** On every CR that we reconcile and every child that we own; the value is `"true"`. */
export const MANAGED_LABEL = "orkestra.orkspace.io/managed";
/** On a child: name of its CR, shortened with a hash where it is over 63 characters. */
export const OWNER_LABEL = "orkestra-owner";
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const MANAGED_BY_VALUE = "orkestra";

/** On a child: uid of its CR. Present where an owner reference is not allowed, too. */
export const OWNER_UID_ANNOTATION = "orkestra.orkspace.io/owner-uid";

/** On a child that code of the user made, `hook` or `remote`: it is declared nowhere. */
export const MADE_BY_ANNOTATION = "orkestra.orkspace.io/made-by";

/** On a child with values that were made once, at random: whoever deletes it loses them. */
export const GENERATED_ANNOTATION = "orkestra.orkspace.io/generated";

/** On a CR: the Katalog that manages it, since when, and at which configuration. On a Lease, too. */
export const MANAGED_BY_ANNOTATION = "orkestra.orkspace.io/managed-by";
export const MANAGED_SINCE_ANNOTATION = "orkestra.orkspace.io/managed-since";
export const CONFIG_DIGEST_ANNOTATION = "orkestra.orkspace.io/config-digest";

/** On the Lease that replicas elect their leader by, which also carries the two annotations above. */
export const ELECTION_LABEL = "orkestra.orkspace.io/leader-election";

/** What `kubectl apply` without `--server-side` leaves: the whole object once more, as text. */
export const LAST_APPLIED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

/** The same map where there is nothing to leave out. */
export function withoutLastApplied<T>(annotations: Readonly<Record<string, T>>) {
  if (!Object.hasOwn(annotations, LAST_APPLIED_ANNOTATION)) return annotations;
  const { [LAST_APPLIED_ANNOTATION]: _, ...rest } = annotations;
  return rest;
}
