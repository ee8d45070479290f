/**
 * A Motif by itself, as `ork validate -f motif.yaml` reads it: what it brings is checked like the box
 * of a CRD entry, with inputs that could be anything.
 */
import { readNormalised } from "../katalog/katalog.ts";
import { type Motif, readMotif } from "../katalog/motif.ts";
import { SourcePaths } from "../katalog/source-paths.ts";
import type { Issue } from "../std/issue.ts";
import { type YamlEntry, type YamlMap, type YamlNode, YamlScalar } from "../std/yaml-node.ts";
import { CheckedTemplates } from "./checked-templates.ts";
import { resolveCrd } from "./crd.ts";
import { readDefaults } from "./defaults.ts";
import { EntryScope } from "./entry.ts";
import type { LoadedDocument } from "./load.ts";
import { rewriteInputs } from "./motif-inputs.ts";
import { standInUse } from "./motif-values.ts";
import type { CheckedMotif, DocumentOptions } from "./read-documents.ts";
import { checkEntry } from "./static-check.ts";

export interface MotifCheck {
  readonly motifs: readonly CheckedMotif[];
  readonly issues: readonly Issue[];
}

export function checkMotif(document: LoadedDocument, options: DocumentOptions): MotifCheck {
  const sourcePaths = new SourcePaths();
  const { motif, issues } = readMotif(document.root, sourcePaths);
  if (!motif) return { motifs: [], issues };
  const { node, unknown } = rewriteInputs(motif.entry, standInUse(motif, options.dialect));
  const strangers = unknown.map(
    ({ name, scalar }): Issue => ({
      code: "unknown-input",
      severity: "warning",
      message: `".inputs.${name}" is always empty: the Motif has no such input`,
      position: scalar.position,
    }),
  );
  const read = readNormalised({ root: asKatalog(node, motif), issues: [], sourcePaths }, options);
  return {
    motifs: [{ name: motif.name, inputs: motif.inputs.length }],
    issues: [...issues, ...strangers, ...read.issues, ...checkBox(read.katalog, motif, options)],
  };
}

function checkBox(
  katalog: ReturnType<typeof readNormalised>["katalog"],
  motif: Motif,
  { dialect }: DocumentOptions,
): readonly Issue[] {
  const entry = katalog?.document.spec.crds.get(NAME);
  if (!katalog || !entry) return [];
  const values = Object.fromEntries(motif.inputs.map(({ name }) => [name, { value: "" }]));
  const inputs = new Map([[NAME, [{ key: "m0", motif: motif.name, values }]]]);
  const declared = { name: NAME, entry, katalog: { ...katalog, inputs } };
  // Whoever uses it says which namespaces there are.
  const scope = new EntryScope(declared, "/crds/0", {
    allowCrossNamespace: true,
    dialect,
    templates: new CheckedTemplates(dialect),
  });
  const crd = resolveCrd(scope, {
    resource: { type: TYPE, customResources: [] },
    code: NO_CODE,
    defaults: readDefaults({}).defaults,
    finalizers: [],
  });
  checkEntry(scope, crd);
  return scope.issues.filter(({ code }) => code !== "cross-namespace");
}

const NAME = "motif";
const TYPE = { group: "motif.example.io", version: "v1", kind: "Motif", plural: "motifs" };
const NO_CODE = { files: [] };

function asKatalog(entry: YamlNode, { name }: Motif): YamlNode {
  const crds = mapOf(entry, { [NAME]: entry });
  return mapOf(entry, {
    apiVersion: textOf(entry, "orkestra.orkspace.io/v1"),
    kind: textOf(entry, "Katalog"),
    metadata: mapOf(entry, { name: textOf(entry, name) }),
    spec: mapOf(entry, { crds }),
  });
}

function mapOf({ position }: YamlNode, nodes: Readonly<Record<string, YamlNode>>): YamlMap {
  const entries = Object.entries(nodes).map(([key, value]): [string, YamlEntry] => [
    key,
    { keyPosition: position, value },
  ]);
  return { kind: "map", position, entries: new Map(entries) };
}

function textOf({ position }: YamlNode, text: string): YamlScalar {
  return new YamlScalar(text, text, { raw: text, style: "plain", locate: () => position });
}
