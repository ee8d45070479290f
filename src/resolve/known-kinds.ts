/**
 * The kinds of the groups of Kubernetes itself, for what a Katalog calls by one of these groups; another group
 * may be anybody's. What is asked for over and over is judged once.
 */
import { builtinKinds } from "../schema/builtin.ts";
import { apiVersionOf, parseApiVersion, type ResourceType } from "../schema/object.ts";
import { suggest } from "../std/suggest.ts";

export interface KindName {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface StrangeKind {
  /** What is unknown, as messages name it. */
  readonly what: string;
  readonly found: string;
  /** What may be meant. */
  readonly near: string | undefined;
  /** Where the mistake stands. */
  readonly key: "apiVersion" | "kind";
}

export class KnownKinds {
  readonly #judged = new Map<string, StrangeKind | undefined>();
  #all: readonly ResourceType[] | undefined;

  /** `undefined`: Kubernetes has it, or it is somebody else's. */
  judge(name: KindName): StrangeKind | undefined {
    const key = `${name.apiVersion} ${name.kind}`;
    if (!this.#judged.has(key)) this.#judged.set(key, this.#strange(name));
    return this.#judged.get(key);
  }

  #strange({ apiVersion, kind }: KindName): StrangeKind | undefined {
    this.#all ??= [...builtinKinds()].map(({ resource }) => resource);
    const { group } = parseApiVersion(apiVersion);
    const siblings = this.#all.filter((one) => one.group === group);
    if (siblings.length === 0) return strangeGroup({ apiVersion, kind }, group, this.#all);
    const versions = siblings.filter((one) => one.kind === kind).map(apiVersionOf);
    // Kinds that are on their way come and go with releases.
    if (versions.length === 0 && /(?:alpha|beta)\d+$/.test(apiVersion)) return undefined;
    const kinds = siblings.map((one) => one.kind);
    return {
      what: `kind "${kind}" of "${apiVersion}"`,
      found: "Kubernetes itself has none that is stable",
      near: versions[0] ?? suggest(kind, kinds),
      key: versions.length > 0 ? "apiVersion" : "kind",
    };
  }
}

/** Groups of others have a dot, and may be near to one of Kubernetes; with a kind of it they are meant for it. */
function strangeGroup(
  { apiVersion, kind }: KindName,
  group: string,
  all: readonly ResourceType[],
): StrangeKind | undefined {
  const known = group.includes(".") ? all.filter((one) => one.kind === kind) : all;
  const near = suggest(apiVersion, [...new Set(known.map(apiVersionOf))]);
  if (group.includes(".") && near === undefined) return undefined;
  const found = "Kubernetes itself has no such group";
  return { what: `API "${apiVersion}"`, found, near, key: "apiVersion" };
}
