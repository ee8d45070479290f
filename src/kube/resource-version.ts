/**
 * Order of resource versions. Within one resource they are decimal integers that grow
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions, comparable since
 * Kubernetes 1.35); they may be longer than a `number` can hold, so they are compared as text.
 */

/** True when both are decimal integers and `left` is the smaller; false when that cannot be said. */
export function isOlderVersion(left: string, right: string): boolean {
  if (left === right || !isDecimal(left) || !isDecimal(right)) return false;
  return left.length === right.length ? left < right : left.length < right.length;
}

function isDecimal(version: string): boolean {
  if (version === "") return false;
  for (let index = 0; index < version.length; index++) {
    const code = version.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  // A leading zero would make the longer one the smaller one.
  return version.length === 1 || version.charCodeAt(0) !== 48;
}
