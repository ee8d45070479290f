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

export interface TreeOptions {
  readonly hasColor: boolean;
  /** Width to keep to; without it lines are as long as they are. */
  readonly columns?: number | undefined;
}

/** One line for each object; empty for no objects. A reason that is too long for the line is cut. */
export function renderTree(
  entries: readonly TreeEntry[],
  { hasColor, columns = Number.POSITIVE_INFINITY }: TreeOptions,
): string {
  const paint = painter(hasColor);
  const rows = entries.flatMap(rowsOf);
  const labelWidth = widest(rows.map(({ label }) => label));
  const namespaceWidth = widest(rows.map(({ namespace }) => namespace));
  // Two gaps, the mark and a blank stand before it.
  const space = Math.max(LEAST_REASON, columns - labelWidth - namespaceWidth - 6);
  return rows
    .map(({ label, namespace, readiness, replicas }) => {
      const state = readiness.kind === "ready" ? `ready${replicas}` : cut(readiness.reason, space);
      const mark = paint(STYLE[readiness.kind], `${MARK[readiness.kind]} ${state}`);
      return `${label.padEnd(labelWidth)}  ${namespace.padEnd(namespaceWidth)}  ${mark}`;
    })
    .join("\n");
}

/** On a terminal that is narrower the line wraps. */
const LEAST_REASON = 20;

/** What a server says may have lines of its own. */
function cut(reason: string, space: number): string {
  const line = reason.replaceAll(/\s*\n\s*/g, " ");
  return line.length > space ? `${line.slice(0, space - 1)}…` : line;
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

/** Of very many, too: a call takes some ten thousand arguments at most. */
function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
