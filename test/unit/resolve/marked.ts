/**
 * Katalogs with the place of the expected issue marked in them by `§`, so that a test shows where
 * it is instead of counting lines.
 */
import { type ResolveOptions, resolve } from "../../../src/resolve/resolve.ts";
import type { Issue, SourcePosition } from "../../../src/std/issue.ts";
import { memoryFiles } from "./memory-files.ts";

export const HEADER = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata:
  name: test
`;

/** A CustomResourceDefinition with a small schema, as text. */
export const WEBSITE_CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: websites.demo.orkestra.io }
spec:
  group: demo.orkestra.io
  scope: Namespaced
  names: { kind: Website, plural: websites }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                image: { type: string }
                replicas: { type: integer }
                regions: { type: array, items: { type: object, properties: { name: { type: string } } } }
                labels: { type: object, additionalProperties: { type: string } }
                anything: { type: object, x-kubernetes-preserve-unknown-fields: true }
            status:
              type: object
              properties:
                phase: { type: string }
`;

/** A Katalog of one CRD entry called `website`; `entry` is indented below it. */
export function katalogOf(entry: string): string {
  const body = entry.replace(/^\n/, "").replaceAll(/^/gm, "      ");
  return `${HEADER}spec:\n  crds:\n    website:\n${body}\n`;
}

/** The same with `apiTypes`, and `box` below `operatorBox`. */
export function boxOf(box: string): string {
  const body = box.replace(/^\n/, "").replaceAll(/^/gm, "  ");
  return katalogOf(
    `apiTypes: { group: demo.orkestra.io, version: v1, kind: Website, plural: websites }\noperatorBox:\n${body}`,
  );
}

/** Like {@link boxOf}, with the definition of {@link WEBSITE_CRD}. */
export function definedBoxOf(box: string): string {
  return katalogOf(
    `crdFile: ./crd.yaml\noperatorBox:\n${box.replace(/^\n/, "").replaceAll(/^/gm, "  ")}`,
  );
}

export interface Marked {
  readonly text: string;
  readonly position?: SourcePosition;
}

export function unmark(marked: string, file = "katalog.yaml"): Marked {
  const offset = marked.indexOf("§");
  if (offset < 0) return { text: marked };
  const before = marked.slice(0, offset).split("\n");
  const position = { file, line: before.length, column: (before.at(-1) ?? "").length + 1 };
  return { text: marked.replace("§", ""), position };
}

export async function resolveText(text: string, options: Partial<ResolveOptions> = {}) {
  const files = memoryFiles({ "katalog.yaml": text, "crd.yaml": WEBSITE_CRD });
  return resolve({ paths: ["katalog.yaml"], env: {}, files, ...options });
}

export async function issuesOf(
  text: string,
  options: Partial<ResolveOptions> = {},
): Promise<readonly Issue[]> {
  return (await resolveText(text, options)).issues;
}
