/**
 * Where the document as a whole came from: its head from the first document, blocks for other processes
 * from whichever said them. The entries have `origins`.
 */
import type { KatalogSource } from "../katalog/katalog.ts";
import type { Origin, Origins, ResolvedKatalog } from "../katalog/resolved.ts";
import { getPath, type Json } from "../std/json.ts";
import { nodeAt, toJson, type YamlNode } from "../std/yaml-node.ts";
import { DEFAULT } from "./child-origins.ts";
import { recordNode } from "./entry.ts";
import { isSame, UNIONS } from "./fill-in.ts";
import { toPointer } from "./origins.ts";

export function documentOrigins(
  katalogs: readonly KatalogSource[],
  { other }: ResolvedKatalog,
): Origins {
  const origins = new Map<string, Origin>();
  const [first] = katalogs;
  if (!first) return origins;
  const { root } = first.source;
  origins.set("", root.position);
  for (const key of ["apiVersion", "kind", "metadata"]) {
    const node = nodeAt(root, [key]);
    if (node) recordNode(origins, `/${key}`, node);
  }
  origins.set("/crds", nodeAt(root, ["spec", "crds"])?.position ?? root.position);
  const [block] = katalogs.flatMap(({ kept }) => kept);
  origins.set("/other", block ? block.node.position : { by: DEFAULT });
  // What is said first stays.
  for (const { kept } of [...katalogs].reverse()) {
    for (const { path, node } of kept) {
      recordNode(origins, `/other${toPointer(path)}`, node);
    }
  }
  for (const pointer of UNIONS) recordUnion(origins, { pointer, katalogs, other });
  return origins;
}

interface Union {
  readonly pointer: string;
  readonly katalogs: readonly KatalogSource[];
  readonly other: ResolvedKatalog["other"];
}

/** A list that several documents fill: each item is found by what it says. */
function recordUnion(origins: Map<string, Origin>, { pointer, katalogs, other }: Union): void {
  const path = pointer.slice(1).split("/");
  const list = getPath(other, path);
  const nodes = katalogs.flatMap(({ kept }) => kept.flatMap((one) => itemsBelow(one, path)));
  for (const [index, item] of (Array.isArray(list) ? (list as Json[]) : []).entries()) {
    const node = nodes.find((one) => isSame(toJson(one), item));
    if (node) recordNode(origins, `/other${pointer}/${index}`, node);
  }
}

function itemsBelow(
  { path, node }: KatalogSource["kept"][number],
  wanted: readonly string[],
): readonly YamlNode[] {
  if (!path.every((step, index) => wanted[index] === step)) return [];
  const list = nodeAt(node, wanted.slice(path.length));
  return list?.kind === "list" ? list.items : [];
}
