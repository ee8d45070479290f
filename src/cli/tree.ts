/** Custom resources and their children as a tree of text, aligned in columns. */
import type { Readiness } from "../apply/readiness.ts";
import type { KubeObject } from "../schema/object.ts";
import { getPath } from "../std/json.ts";
import { painter } from "./io.ts";

export interface TreeEntry {
  readonly object: KubeObject;
  readonly readiness: Readiness;
  readonly children?: readonly TreeEntry[];
}

interface Row {
  readonly label: string;
  readonly namespace: string;
  readonly readiness: Readiness;
  /** ` 2/2` of a workload, else nothing. */
  readonly replicas: string;
}

const MARK = { ready: "✓", progressing: "…", failed: "✗" } as const;
const STYLE = { ready: "green", progressing: "yellow", failed: "red" } as const;

/** One line for each object; empty for no objects. */
export function renderTree(entries: readonly TreeEntry[], hasColor: boolean): string {
  const paint = painter(hasColor);
  const rows = entries.flatMap(rowsOf);
  const labelWidth = Math.max(0, ...rows.map(({ label }) => label.length));
  const namespaceWidth = Math.max(0, ...rows.map(({ namespace }) => namespace.length));
  return rows
    .map(({ label, namespace, readiness, replicas }) => {
      const state = readiness.kind === "ready" ? `ready${replicas}` : readiness.reason;
      const mark = paint(STYLE[readiness.kind], `${MARK[readiness.kind]} ${state}`);
      return `${label.padEnd(labelWidth)}  ${namespace.padEnd(namespaceWidth)}  ${mark}`;
    })
    .join("\n");
}

function rowsOf(entry: TreeEntry): Row[] {
  const children = [...(entry.children ?? [])].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return [
    row(entry, ""),
    ...children.map((child, index) => row(child, index === children.length - 1 ? "└─ " : "├─ ")),
  ];
}

function row(entry: TreeEntry, prefix: string): Row {
  return {
    label: `${prefix}${nameOf(entry)}`,
    namespace: entry.object.metadata.namespace ?? "",
    readiness: entry.readiness,
    replicas: replicasOf(entry.object),
  };
}

/** Of the workloads that Kubernetes itself runs; a custom kind may mean anything by these names. */
function replicasOf({ apiVersion, spec, status }: KubeObject): string {
  if (apiVersion !== "apps/v1") return "";
  const wanted = getPath(spec, ["replicas"]);
  const ready = getPath(status, ["readyReplicas"]);
  return typeof wanted === "number" && typeof ready === "number" ? ` ${ready}/${wanted}` : "";
}

function nameOf({ object }: TreeEntry): string {
  return `${object.kind}/${object.metadata.name}`;
}
