/**
 * Hostile documents with as many entries as one list or map may have, wherever a Katalog, a Komposer or a
 * Motif has a list or map: what is checked entry by entry must take no time for each of them.
 */

const ENTRIES = 1_000;

const many = (of: (index: number) => string) =>
  Array.from({ length: ENTRIES }, (_, index) => of(index)).join("");

function katalog(spec: string): string {
  return `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: x }\nspec:\n${spec}`;
}

/** `inner` stands in the entry of one CRD, below `keys`. */
function entry(keys: readonly string[], inner: (pad: string) => string): string {
  const type = "      apiTypes: { group: g.io, version: v1, kind: A, plural: as }\n";
  const above = keys.map((key, depth) => `${" ".repeat(6 + 2 * depth)}${key}:\n`).join("");
  const pad = " ".repeat(6 + 2 * keys.length);
  return katalog(`  crds:\n    a:\n${type}${above}${inner(pad)}`);
}

function entryOf(keys: readonly string[], line: (index: number) => string): string {
  return entry(keys, (pad) => many((index) => `${pad}${line(index)}\n`));
}

const BOX = "operatorBox";
const RECONCILE = [BOX, "reconcile", "onReconcile"];

function komposer(imports: string): string {
  return `apiVersion: orkestra.orkspace.io/v1\nkind: Komposer\nmetadata: { name: x }\nimports:\n${imports}`;
}

function motif(rest: string): string {
  return `apiVersion: orkestra.orkspace.io/v1\nkind: Motif\nmetadata: { name: x }\n${rest}`;
}

export const WIDE: readonly (readonly [what: string, text: string])[] = [
  [
    "as many CRDs as there may be, without content",
    katalog(`  crds:\n${many((i) => `    c${i}: {}\n`)}`),
  ],
  ["as many CRDs in a list", katalog(`  crds:\n${many((i) => `    - { name: c${i} }\n`)}`)],
  ["CRDs that are text", katalog(`  crds:\n${many((i) => `    c${i}: text\n`)}`)],
  [
    "CRDs with an unknown key",
    katalog(`  crds:\n${many((i) => `    c${i}: { wrkers${i}: 1 }\n`)}`),
  ],
  ["finalizers", katalog(`  finalizers:\n${many((i) => `    - f${i}\n`)}  crds: {}\n`)],
  ["keys that no document has", katalog(`  crds: {}\n${many((i) => `  unknown${i}: 1\n`)}`)],
  ["keys that no entry has", entryOf([], (i) => `unknown${i}: 1`)],
  ["labels", entryOf(["labels"], (i) => `l${i}: "{{ .spec.x${i} }}"`)],
  ["broken templates", entryOf(["labels"], (i) => `l${i}: "{{ nothing${i} .spec.x }}"`)],
  ["dependencies", entryOf(["dependsOn"], (i) => `- other${i}`)],
  ["kinds of children", entryOf(RECONCILE, (i) => `kind${i}: []`)],
  ["children", entryOf([...RECONCILE, "configMaps"], (i) => `- { name: c${i}, data: { a: b } }`)],
  ["children without a name", entryOf([...RECONCILE, "deployments"], () => "- {}")],
  [
    "children of any kind",
    entryOf([...RECONCILE, "custom"], () => "- { apiVersion: v1, kind: X }"),
  ],
  ["conditions", entryOf([...RECONCILE, "when"], (i) => `- { field: spec.x${i}, equals: "1" }`)],
  [
    "conditions that are none",
    entryOf([...RECONCILE, "when"], (i) => `- { fild: x, eqals${i}: 1 }`),
  ],
  [
    "patterns",
    entryOf([...RECONCILE, "when"], (i) => `- { field: spec.x, regex: "(a|b)*c{${i % 99}}" }`),
  ],
  [
    "fields of the status",
    entryOf([BOX, "status", "fields"], (i) => `- { path: p${i}, value: x }`),
  ],
  ["rules", entryOf(["validation", "rules"], (i) => `- { field: spec.x${i}, equals: "1" }`)],
  ["mutations", entryOf(["mutation", "rules"], (i) => `- { field: spec.x${i}, default: "1" }`)],
  ["normalised fields", entryOf([BOX, "normalize", "spec"], (i) => `x${i}: "{{ .spec.y }}"`)],
  ["watches", entryOf([BOX, "watch"], (i) => `- { apiVersion: v1, kind: K${i} }`)],
  ["other CRDs", entryOf([BOX, "cross"], (i) => `- { crd: c${i} }`)],
  ["calls", entryOf([...RECONCILE, "external"], (i) => `- { name: n${i}, url: "https://x/" }`)],
  ["Motifs", entryOf(["imports"], (i) => `- { motif: ./m${i}.yaml }`)],
  [
    "inputs of a Motif",
    entry(
      ["imports"],
      (pad) => `${pad}- motif: ./m.yaml\n${pad}  with:\n${many((i) => `${pad}    i${i}: 1\n`)}`,
    ),
  ],
  ["imports of files", komposer(`  files:\n${many((i) => `    - ./f${i}.yaml\n`)}`)],
  ["imports that are none", komposer(`  files:\n${many((i) => `    - { fil: ${i} }\n`)}`)],
  [
    "imports of charts",
    komposer(`  helm:\n${many((i) => `    - { repo: https://c.example.io, chart: c${i} }\n`)}`),
  ],
  ["imports of packages", komposer(`  registry:\n${many((i) => `    - p${i}@1.0.0\n`)}`)],
  ["declared inputs", motif(`inputs:\n${many((i) => `  - { name: i${i} }\n`)}resources: {}\n`)],
  ["one declared input", motif(`inputs:\n${many(() => "  - { name: same }\n")}resources: {}\n`)],
  [
    "resources of a Motif",
    motif(`resources:\n  configMaps:\n${many((i) => `    - { name: "{{ .inputs.i${i} }}" }\n`)}`),
  ],
  ["as many values as there may be", katalog(many((i) => `  k${i}: [${"1,".repeat(196)}1]\n`))],
  ["documents that say nothing", "---\nkind: Katalog\n".repeat(1_000)],
  ["documents of Katalogs", `---\n${katalog("  crds: {}\n")}`.repeat(900)],
];
