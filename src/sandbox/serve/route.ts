/** What a request path names. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris. */

export type Route =
  | {
      readonly kind: "resource";
      readonly group: string;
      readonly version: string;
      readonly plural: string;
      /** Empty: cluster-scoped, or all namespaces. */
      readonly namespace: string;
      /** Empty: the collection. */
      readonly name: string;
      readonly subresource: string;
    }
  | { readonly kind: "group-version"; readonly group: string; readonly version: string }
  | { readonly kind: "group"; readonly group: string }
  | { readonly kind: "other"; readonly path: string };

export function parseRoute(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const decoded = parts.map(decodePart);
  const [root, ...rest] = decoded;
  if (root === "api" && rest.length > 0) return inVersion("", rest);
  if (root === "apis" && rest.length > 0) {
    const [group = "", ...below] = rest;
    return below.length === 0 ? { kind: "group", group } : inVersion(group, below);
  }
  return { kind: "other", path: `/${decoded.join("/")}` };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A name with a broken escape names nothing.
    return part;
  }
}

/** These, below a namespace's name, belong to the namespace itself. */
const OF_NAMESPACES: ReadonlySet<string> = new Set(["status", "finalize"]);

function inVersion(group: string, [version = "", ...parts]: readonly string[]): Route {
  if (parts.length === 0) return { kind: "group-version", group, version };
  const [first = "", second = "", third = ""] = parts;
  const isScoped = first === "namespaces" && parts.length > 2 && !OF_NAMESPACES.has(third);
  const [plural = "", name = "", ...below] = isScoped ? parts.slice(2) : parts;
  const namespace = isScoped ? second : "";
  const subresource = below.join("/");
  return { kind: "resource", group, version, plural, namespace, name, subresource };
}
