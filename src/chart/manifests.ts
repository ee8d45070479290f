/**
 * Rendered files → documents: cut at `---`, empty ones and hooks left out, ordered by kind as Helm
 * installs them (https://helm.sh/docs/topics/charts/).
 */
import type { Issue } from "../std/issue.ts";
import { compareTexts } from "../template/go-value.ts";
import { getField, isMap } from "./go-map.ts";
import { textAt } from "./metadata.ts";
import { readYaml } from "./yaml-read.ts";

export interface RenderedDocument {
  /** `chart/templates/file.yaml`, `chart/charts/below/templates/file.yaml`. */
  readonly template: string;
  readonly text: string;
}

/** What is not in it comes last, by its name. */
const INSTALL_ORDER = (
  "PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodSecurityPolicy " +
  "PodDisruptionBudget ServiceAccount Secret SecretList ConfigMap StorageClass PersistentVolume " +
  "PersistentVolumeClaim CustomResourceDefinition ClusterRole ClusterRoleList ClusterRoleBinding " +
  "ClusterRoleBindingList Role RoleList RoleBinding RoleBindingList Service DaemonSet Pod " +
  "ReplicationController ReplicaSet Deployment HorizontalPodAutoscaler StatefulSet Job CronJob " +
  "IngressClass Ingress APIService MutatingWebhookConfiguration ValidatingWebhookConfiguration"
).split(" ");

export type ManifestsResult =
  | { readonly kind: "split"; readonly documents: readonly RenderedDocument[] }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

interface Manifest extends RenderedDocument {
  readonly kind: string;
}

/** `first` stands before everything else, as it is. */
export function splitManifests(
  rendered: ReadonlyMap<string, string>,
  first: readonly RenderedDocument[],
): ManifestsResult {
  const manifests: Manifest[] = [];
  const paths = [...rendered.keys()].sort(compareTexts);
  for (const path of paths) {
    for (const text of documentsOf(rendered.get(path) ?? "")) {
      const head = readHead(text, path);
      if (head.kind === "failed") return head;
      if (!head.isHook) manifests.push({ template: path, text, kind: head.name });
    }
  }
  const sorted = manifests.toSorted((left, right) => compareKinds(left.kind, right.kind));
  return {
    kind: "split",
    documents: [...first, ...sorted.map(({ template, text }) => ({ template, text }))],
  };
}

function documentsOf(text: string): readonly string[] {
  return text
    .trimStart()
    .split(/^---[ \t]*/m)
    .filter((part) => part.trim() !== "")
    .map((part) => part.trimStart());
}

type Head =
  | { readonly kind: "read"; readonly name: string; readonly isHook: boolean }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

function readHead(text: string, path: string): Head {
  const parsed = readYaml(text, path);
  if (parsed.kind === "failed") {
    const issues = parsed.issues.map((issue) => ({
      ...issue,
      code: "chart-output",
      message: `Cannot read what the template rendered: ${issue.message}`,
    }));
    return { kind: "failed", issues };
  }
  const [document] = parsed.documents;
  if (document === undefined || document === null) return { kind: "read", name: "", isHook: false };
  if (!isMap(document)) {
    const position = { file: path, line: 1, column: 1 };
    const message = "Cannot use what the template rendered: a document is not a mapping";
    return {
      kind: "failed",
      issues: [{ code: "chart-output", severity: "error", message, position }],
    };
  }
  const metadata = getField(document, "metadata");
  const annotations = isMap(metadata) ? getField(metadata, "annotations") : undefined;
  const isHook = isMap(annotations) && getField(annotations, "helm.sh/hook") !== undefined;
  return { kind: "read", name: textAt(document, "kind"), isHook };
}

function compareKinds(left: string, right: string): number {
  const [a, b] = [INSTALL_ORDER.indexOf(left), INSTALL_ORDER.indexOf(right)];
  if (a < 0 && b < 0) return compareTexts(left, right);
  if (a < 0 || b < 0) return a < 0 ? 1 : -1;
  return a - b;
}
