import { expect, test } from "bun:test";
import type { Severity } from "../../../src/std/issue.ts";
import { boxOf, definedBoxOf, HEADER, issuesOf, katalogOf, resolveText, unmark } from "./marked.ts";

interface Case {
  readonly what: string;
  readonly code: string;
  readonly severity?: Severity;
  readonly text: string;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

const TYPES = "apiTypes: { group: demo.orkestra.io, version: v1, kind: Website, plural: websites }";

const CASES: readonly Case[] = [
  {
    what: "broken YAML",
    code: "yaml-syntax",
    text: `${HEADER}spec:\n  crds: { a: [ }§\n`,
    message: /flow|]/i,
  },
  {
    what: "a duplicate key",
    code: "yaml-duplicate-key",
    text: `${HEADER}§kind: Katalog\nspec: { crds: {} }\n`,
    message: /"kind" is given twice: first in line 2/,
  },
  {
    what: "another API",
    code: "not-a-katalog",
    text: "apiVersion: §v1\nkind: Pod\n",
    message: /found apiVersion "v1", expected "orkestra.orkspace.io\/v1"/,
    hint: /an object for the cluster, of kind Pod: kubectl apply -f takes it/,
  },
  {
    what: "a definition",
    code: "not-a-katalog",
    text: "apiVersion: §apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n",
    message: /found apiVersion "apiextensions.k8s.io\/v1"/,
    hint: /defines a kind: name its file in "crdFile"/,
  },
  {
    what: "the resolved form",
    code: "resolved-document",
    text: `# sha256:0\n${HEADER}§crds: [{ name: a, katalog: test, isEnabled: true }]\nother: {}\n`,
    message: /it is the resolved form, as "ork template" prints it/,
    hint: /no source/,
  },
  {
    what: "a misspelt kind",
    code: "not-a-katalog",
    text: "apiVersion: orkestra.orkspace.io/v1\nkind: §Katolog\n",
    message: /found kind "Katolog"/,
    hint: /Katalog/,
  },
  ...["E2E", "Simulate"].map((kind) => ({
    what: `kind ${kind}`,
    code: "unsupported-kind",
    text: `apiVersion: orkestra.orkspace.io/v1\nkind: §${kind}\n`,
    message: new RegExp(`does not support kind "${kind}" yet`),
  })),
  {
    what: "a list for a document",
    code: "not-a-katalog",
    text: "§- a\n",
    message: /found a list, expected a mapping/,
  },
  {
    what: "a missing name",
    code: "missing-key",
    text: "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: §{}\nspec: { crds: {} }\n",
    message: /"name" is missing in metadata/,
  },
  {
    what: "an empty name",
    code: "empty-value",
    text: "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: §}\nspec: { crds: {} }\n",
    message: /"name" is empty in metadata: expected a value/,
  },
  {
    what: "an unknown key of a CRD entry",
    code: "unknown-key",
    text: katalogOf(`${TYPES}\n§lables: { a: b }`),
    message: /Unknown key "lables" in spec.crds.website/,
    hint: /Did you mean "labels"\?/,
  },
  {
    what: "an unknown key of a child",
    code: "unknown-key",
    text: boxOf("onReconcile:\n  deployments:\n    - image: nginx\n      §replica: 2"),
    message: /Unknown key "replica" in onReconcile.deployments\[0\]/,
    hint: /Did you mean "replicas"\?/,
  },
  {
    what: "an unknown key deep in a child",
    code: "unknown-key",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: nginx\n      probes: { liveness: { §pth: / } }",
    ),
    message: /Unknown key "pth" in onReconcile.deployments\[0\].probes.liveness/,
    hint: /path/,
  },
  {
    what: "a kind of child that does not exist",
    code: "unknown-key",
    text: boxOf("onReconcile:\n  §deploymens: []"),
    message: /Unknown key "deploymens"/,
    hint: /deployments/,
  },
  {
    what: "a misspelt key in an older layout",
    code: "unknown-key",
    text: katalogOf(`${TYPES}\n§wrkers: 2`),
    message: /Unknown key "wrkers"/,
    hint: /Did you mean "workers"/,
  },
  {
    what: "a misspelt key that this build only knows",
    code: "unknown-key",
    text: boxOf("observe:\n  §cros: []"),
    message: /Unknown key "cros" in spec.crds.website.operatorBox.observe/,
    hint: /Did you mean "cross"/,
  },
  {
    what: "a name that is none",
    code: "bad-name",
    text: `${HEADER}spec: { crds: { §"a/b": { ${TYPES} } } }\n`,
    message: /Cannot use "a\/b" as the name of a CRD/,
  },
  {
    what: "the namespace of a deletion from the CR's data",
    code: "cross-namespace",
    text: boxOf(
      "onReconcile:\n  configMaps: [{ name: a }]\nonDelete:\n  configMaps:\n    - name: a\n      namespace: §'{{ .spec.where }}'",
    ),
    message: /onDelete.configMaps\[0\] takes its namespace/,
  },
  {
    what: "a kind of child that is not built yet",
    code: "unsupported",
    text: boxOf("onReconcile:\n  §statefulSets: [{ image: nginx }]"),
    message: /Cannot act on "statefulSets": .*it makes secrets, .*custom makes any kind/,
  },
  {
    what: "a wrong type",
    code: "wrong-type",
    text: boxOf("reconcile:\n  workers: §many"),
    message: /reconcile.workers: found the text "many", expected a whole number from 1 to 50/,
  },
  {
    what: "a number out of range",
    code: "wrong-type",
    text: katalogOf(`${TYPES}\nworkers: §51`),
    message: /spec.crds.website.workers: found number 51/,
  },
  {
    what: "a bad duration",
    code: "wrong-type",
    text: katalogOf(`${TYPES}\nresync: §soon`),
    message: /expected a duration/,
  },
  ...["0s", "1ms", "999ms"].map((resync) => ({
    what: `a resync of ${resync}`,
    code: "bad-duration",
    text: katalogOf(`${TYPES}\nresync: §${resync}`),
    message: new RegExp(`Cannot resync every ${resync}: the least is 1s`),
  })),
  {
    what: "a mapping where a list belongs",
    code: "wrong-type",
    text: boxOf("onReconcile:\n  deployments: §{ image: nginx }"),
    message: /found a mapping, expected a list/,
  },
  {
    what: "a wrong type in a child",
    code: "wrong-type",
    text: boxOf("onReconcile:\n  deployments:\n    - image: nginx\n      port: §http"),
    message: /onReconcile.deployments\[0\].port: found the text "http", expected a whole number/,
  },
  {
    what: "a child without what it needs",
    code: "missing-key",
    text: boxOf("onReconcile:\n  deployments:\n    - §replicas: 1"),
    message: /"image" is missing in onReconcile.deployments\[0\]/,
  },
  ...["", '""', "~", "'  '"].map((value) => ({
    what: `a child whose image is ${value || "left empty"}`,
    code: "empty-value",
    text: boxOf(
      `onReconcile:\n  deployments:\n    - image: ${value ? `§${value}` : "§"}\n      replicas: 1`,
    ),
    message: /"image" is empty in onReconcile.deployments\[0\]: expected a value/,
  })),
  {
    what: "a custom child without a kind",
    code: "missing-key",
    text: boxOf("onReconcile:\n  custom:\n    - §{ apiVersion: v1, metadata: { name: x } }"),
    message: /"kind" is missing in onReconcile.custom\[0\]/,
  },
  {
    what: "metadata of a custom child that would be lost",
    code: "unsupported",
    text: boxOf(
      "onReconcile:\n  custom:\n    - { apiVersion: demo.io/v1, kind: Foo, metadata: { name: x, finalizers: §[a] } }",
    ),
    message: /Cannot set "metadata.finalizers"/,
  },
  {
    what: "a feature that changes children",
    code: "unsupported",
    text: boxOf("§cross: [{ crd: other }]"),
    message: /Cannot act on "cross": this build does not support it yet/,
  },
  {
    what: "a feature in an older spelling",
    code: "unsupported",
    text: katalogOf(`${TYPES}\n§validation: [{ field: spec.image }]`),
    message: /Cannot act on "validation"/,
  },
  {
    what: "Go hooks",
    code: "unsupported",
    text: boxOf("hooks:\n  §location: github.com/o/r\n  function: F"),
    message: /hooks in Go cannot run here: .*hooks.module/,
  },
  {
    what: "a setting for another process",
    code: "no-effect",
    severity: "notice",
    text: `${katalogOf(TYPES)}\n§gateway: { port: 1 }\n`,
    message: /"gateway" does nothing here/,
  },
  {
    what: "a Katalog without CRDs",
    code: "no-crds",
    severity: "warning",
    text: `${HEADER}spec:\n  crds: §{}\n`,
    message: /declares no CRD: there is nothing to reconcile/,
  },
  {
    what: "a template that does not parse",
    code: "template-syntax",
    text: boxOf('onReconcile:\n  deployments:\n    - image: "a §{{ .spec.image "'),
    message: /Unclosed action/,
  },
  {
    what: "an unknown function in a quoted text",
    code: "unknown-function",
    text: boxOf('onReconcile:\n  deployments:\n    - image: "\\u0041 {{ §toLowr .spec.image }}"'),
    message: /Unknown function "toLowr"/,
    hint: /toLower/,
  },
  {
    what: "an unknown function in a block text",
    code: "unknown-function",
    text: boxOf(
      "onReconcile:\n  configMaps:\n    - data:\n        a.conf: |\n          first\n            port {{ §prot }}\n",
    ),
    message: /Unknown function "prot"/,
  },
  {
    what: "a wrong number of arguments",
    code: "template-arguments",
    text: boxOf("emit: { status: { fields: [{ path: a, value: '{{ §toLower }}' }] } }"),
    message: /takes 1 argument, got 0/,
  },
  {
    what: "an unknown root",
    code: "unknown-root",
    text: boxOf("onReconcile:\n  deployments:\n    - image: '{{ §.sepc.image }}'"),
    message: /Unknown context root ".sepc"/,
    hint: /\.spec/,
  },
  {
    what: "the name of a forEach outside of it",
    code: "unknown-root",
    text: boxOf("onReconcile:\n  services:\n    - port: 80\n      name: '{{ §.region }}'"),
    message: /Unknown context root ".region"/,
  },
  {
    what: "an unknown path of the spec",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf("onReconcile:\n  deployments:\n    - image: '{{ §.spec.imagee }}'"),
    message: /".spec.imagee": the schema has no "imagee"/,
    hint: /\.spec\.image"/,
  },
  {
    what: "an unknown path below a list",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf(
      "onReconcile:\n  configMaps:\n    - data: { a: '{{ range .spec.regions }}{{ §.nam }}{{ end }}' }",
    ),
    message: /has no "nam"/,
  },
  ...[
    [
      "an unknown field of an element",
      "§.item.nam",
      /".item.nam": the schema has no "nam"/,
      /.item.name"/,
    ],
    [
      "one by its own name",
      "§.region.nam",
      /".region.nam".*an element of ".spec.regions"/,
      /.region.name"/,
    ],
    ["one in a pipeline", 'printf "%s" §.region.nam | toUpper', /".region.nam"/, /.region.name"/],
    ["one of a scalar in it", "§.region.name.first", /".region.name.first"/, undefined],
    ["one through a variable", "$r := .region }}{{ §$r.nam", /".region.nam"/, /.region.name"/],
    ["something below the number", "§.index.x", /".index.x"/, undefined],
    ["the value of a list", "§.value", /".spec.regions" is a list/, /.region"/],
  ].map(([what, read, message, hint]) => ({
    what: `${what}`,
    code: "unknown-path",
    severity: "warning" as const,
    text: definedBoxOf(
      `onReconcile:\n  configMaps:\n    - forEach: { field: spec.regions, as: region }\n      name: 'x-{{ ${read} }}'`,
    ),
    message: message as RegExp,
    ...(hint && { hint: hint as RegExp }),
  })),
  {
    what: "an unknown field of an element in a condition",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf(
      "onReconcile:\n  configMaps:\n    - forEach: { field: '{{ .spec.regions }}' }\n      name: x-{{ .index }}\n      when: [{ field: §item.nam, exists: true }]",
    ),
    message: /".item.nam"/,
    hint: /item\.name/,
  },
  {
    what: "a field of a key of a map",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf(
      "onReconcile:\n  configMaps:\n    - forEach: { field: spec.labels, as: label }\n      name: 'x-{{ §.label.name }}-{{ .value }}'",
    ),
    message: /".label.name"/,
  },
  {
    what: "an unknown path of the status",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf("onReconcile:\n  deployments:\n    - image: 'a:{{ §.status.tag }}'"),
    message: /".status.tag"/,
  },
  {
    what: "an unknown path of a condition",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      when: [{ field: §spec.imge, exists: true }]",
    ),
    message: /".spec.imge"/,
    hint: /image/,
  },
  {
    what: "a child that is never declared",
    code: "undeclared-child",
    severity: "warning",
    text: boxOf(
      "emit: { status: { fields: [{ path: a, value: '{{ §.children.service.status }}' }] } }",
    ),
    message: /the box declares no such child/,
  },
  {
    what: "a child of no kind at all",
    code: "unknown-child-kind",
    text: boxOf(
      "emit: { status: { fields: [{ path: a, value: '{{ §.children.deploymnt.status }}' }] } }",
    ),
    message: /no kind is called "deploymnt"/,
    hint: /\.children\.deployment/,
  },
  {
    what: "a condition whose template does not parse",
    code: "template-syntax",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      when: [{ field: '§{{ .spec.a ', equals: x }]",
    ),
    message: /./,
  },
  {
    what: "an unknown function in a condition",
    code: "unknown-function",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      when: [{ field: '{{ §allReplicaReady .children.deployment }}', equals: x }]",
    ),
    message: /Unknown function "allReplicaReady"/,
    hint: /^Did you mean "allReplicasReady"\?$/,
  },
  {
    what: "an unknown function in an operand",
    code: "unknown-function",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      or: [{ field: spec.a, equals: '{{ §now }}' }]",
    ),
    message: /Unknown function "now"/,
    hint: /^The time is read by functions such as timeSince/,
  },
  {
    what: "a function of Helm",
    code: "unknown-function",
    text: boxOf('onReconcile:\n  deployments:\n    - image: "{{ §b64enc .spec.image }}"'),
    message: /Unknown function "b64enc"/,
    hint: /^Here it is "toBase64", as in \{\{ toBase64 text \}\}$/,
  },
  {
    what: "a misspelt path of normalize",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf(
      "normalize: { spec: { §imgae: x } }\nonReconcile: { configMaps: [{ data: { a: '{{ .spec.image }}' } }] }",
    ),
    message: /normalize sets "\.spec\.imgae", which the schema of the CRD does not have/,
    hint: /^Did you mean "\.spec\.image"\?$/,
  },
  {
    what: "a path of normalize with its root that nobody reads",
    code: "unknown-path",
    severity: "warning",
    text: definedBoxOf(
      "normalize: { spec: { §spec.made.up: '{{ .spec.image }}' } }\nonReconcile: { configMaps: [{ data: { a: b } }] }",
    ),
    message: /normalize sets "\.spec\.made\.up"/,
    hint: /^Known there: image, replicas/,
  },
  {
    what: "an unknown operator",
    code: "unknown-operator",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      when: [{ field: spec.x, §equalz: x }]",
    ),
    message: /Unknown key or operator "equalz"/,
    hint: /equals/,
  },
  {
    what: "an operator's operand that cannot be read",
    code: "bad-operand",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      when: [{ field: spec.x, regex: §'([' }]",
    ),
    message: /Cannot use operator "regex" on "spec.x": .*missing closing \]/,
  },
  {
    what: "a schedule that cannot be read",
    code: "bad-operand",
    text: boxOf(
      "requeue:\n  after: 1m\n  when: [{ operator: cron, value: §'61 * * * *', duration: 1h }]",
    ),
    message: /"61 \* \* \* \*" is not a cron expression/,
  },
  {
    what: "the older order of default",
    code: "older-spelling",
    severity: "notice",
    text: katalogOf(
      `${TYPES}\noperatorBox: { reconcile: { requeue: { after: '{{ §default .spec.every "1m" }}' } } }`,
    ),
    message: /fallback of default stands first/,
  },
  {
    what: "two children of one name",
    code: "same-child",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - { image: a, name: x }\n    - §{ image: b, name: x }",
    ),
    message: /both make a Deployment of the name "x": also at katalog.yaml:12:15/,
  },
  {
    what: "a namespace from the CR's data",
    code: "cross-namespace",
    text: boxOf(
      "onReconcile:\n  configMaps:\n    - data: { a: b }\n      namespace: §'{{ .spec.where }}'",
    ),
    message: /takes its namespace from the data of the CR/,
    hint: /allowedNamespaces.*crossNamespace: true/,
  },
  {
    what: "an entry that does not say what it means",
    code: "missing-key",
    text: katalogOf("§description: nothing"),
    message: /does not say which resource it means/,
    hint: /crdFile/,
  },
  {
    what: "a bare kind that Kubernetes does not have",
    code: "missing-key",
    text: katalogOf("apiTypes: §{ kind: Deploymnt }"),
    message: /"Deploymnt" is not a kind of Kubernetes/,
    hint: /Deployment/,
  },
  {
    what: "a bare kind without a selector",
    code: "no-selector",
    severity: "notice",
    text: katalogOf("apiTypes: §{ kind: Service }"),
    message: /labelSelector is recommended/,
  },
  {
    what: "a plural that had to be guessed",
    code: "assumed-plural",
    severity: "notice",
    text: katalogOf("apiTypes: §{ group: g.io, version: v1, kind: Policy }"),
    message: /"policies" is assumed/,
  },
  {
    what: "a missing crdFile",
    code: "missing-file",
    text: katalogOf("crdFile: §./crds/website.yaml"),
    message: /there is no file crds\/website.yaml/,
  },
  {
    what: "a crdFile elsewhere",
    code: "unsupported",
    text: katalogOf("crdFile: §oci://example.com/crd:v1"),
    message: /this build reads files, https and http, not "oci"/,
  },
  {
    what: "a crdFile without a definition",
    code: "crd-file",
    text: katalogOf("crdFile: §./katalog.yaml"),
    message: /holds no CustomResourceDefinition/,
  },
  {
    what: "apiTypes against the definition",
    code: "crd-mismatch",
    text: katalogOf("crdFile: ./crd.yaml\napiTypes: { kind: §WebSite }"),
    message: /apiTypes.kind is "WebSite", but the definition says "Website"/,
  },
  {
    what: "a version that is not served",
    code: "crd-mismatch",
    text: katalogOf("crdFile: ./crd.yaml\napiTypes: { version: §v2 }"),
    message: /apiTypes.version is "v2", but the definition serves v1/,
  },
  {
    what: "a dependency that nobody declares",
    code: "unknown-dependency",
    severity: "notice",
    text: katalogOf(`${TYPES}\ndependsOn: [§databse]`),
    message: /depends on "databse", which no loaded document declares/,
  },
  {
    what: "a dependency on nearly the name of an entry",
    code: "unknown-dependency",
    severity: "warning",
    text: `${HEADER}spec:\n  crds:\n    a: { ${TYPES}, dependsOn: [§databse] }\n    database: { apiTypes: { kind: Pod }, labelSelector: a=b }\n`,
    message: /depends on "databse", which no loaded document declares/,
    hint: /^Did you mean "database"\?$/,
  },
  {
    what: "a dependency on no state that there is",
    code: "wrong-type",
    text: `${HEADER}spec:\n  crds:\n    a: { ${TYPES}, dependsOn: { f: { condition: §ready } } }\n    f: { apiTypes: { kind: Pod }, labelSelector: a=b }\n`,
    message: /dependsOn.f.condition: found the text "ready", expected "started" or "healthy"/,
  },
  {
    what: "a root that this build leaves empty",
    code: "unsupported",
    text: boxOf("onReconcile:\n  configMaps:\n    - data: { a: '{{ §.previous.spec.a }}' }"),
    message: /Cannot read ".previous": this build does not support it yet/,
  },
  {
    what: "the same in a condition",
    code: "unsupported",
    text: boxOf(
      "onReconcile:\n  configMaps:\n    - when: [{ field: §cross.db.found, equals: true }]",
    ),
    message: /Cannot read ".cross"/,
  },
  {
    what: "a block that would fill a root",
    code: "unsupported",
    text: boxOf(
      "§cross: [{ crd: db }]\nonReconcile:\n  configMaps:\n    - data: { a: '{{ .cross.db.found }}' }",
    ),
    message: /Cannot act on "cross"/,
  },
  {
    what: "a block named like something that every object has",
    code: "unsupported",
    text: boxOf("constructor: { §location: a }"),
    message: /Cannot act on "location"/,
  },
  {
    what: "labels of a custom child that are no text",
    code: "wrong-type",
    text: boxOf(
      "onReconcile:\n  custom:\n    - { apiVersion: demo.io/v1, kind: A, metadata: { name: a, labels: §{ b: { c: d } } } }",
    ),
    message: /custom\[0\].metadata.labels: found a mapping, expected text/,
  },
  {
    what: "metadata of a custom child that is no map",
    code: "wrong-type",
    text: boxOf("onReconcile:\n  custom: [{ apiVersion: demo.io/v1, kind: A, metadata: §5 }]"),
    message: /custom\[0\].metadata: found number 5, expected a mapping/,
  },
  {
    what: "a scalar for a block",
    code: "wrong-type",
    text: katalogOf(`${TYPES}\nqueue: §5`),
    message: /spec.crds.website.queue: found number 5, expected a mapping/,
  },
  {
    what: "a list for a block that older spellings lead into",
    code: "wrong-type",
    text: katalogOf(`${TYPES}\nworkers: 2\noperatorBox: §[a]`),
    message: /operatorBox: found a list, expected a mapping/,
  },
  {
    what: "a key that looks like a template",
    code: "templated-key",
    severity: "warning",
    text: boxOf("onReconcile:\n  configMaps:\n    - data: { §'{{ .spec.file }}': x }"),
    message: /The key "{{ .spec.file }}" is taken as it is/,
  },
  {
    what: "a literal requeue that is no duration",
    code: "wrong-type",
    text: boxOf("requeue: { after: §soon }"),
    message: /requeue.after: found the text "soon", expected a duration such as 15s, or a template/,
  },
  {
    what: "an element named like a root of the context",
    code: "wrong-type",
    text: boxOf("onReconcile:\n  configMaps:\n    - forEach: { field: spec.x, as: §spec }"),
    message: /forEach.as: found the text "spec", expected a name of its own/,
  },
  {
    what: "a label that is no text",
    code: "wrong-type",
    text: boxOf("onReconcile:\n  configMaps:\n    - labels: §{ a: { b: c } }"),
    message: /labels: found a mapping, expected a mapping of text to text/,
  },
  {
    what: "two entries for the same objects",
    code: "same-resource",
    text: `${HEADER}spec:\n  crds:\n    a: { ${TYPES} }\n    §b: { ${TYPES} }\n    c: { ${TYPES}, labelSelector: c=d }\n`,
    message: /"a" and "b" both mean websites.demo.orkestra.io/,
  },
  {
    what: "a threshold below one",
    code: "rounded-up",
    severity: "notice",
    text: boxOf("reconcile: { queue: { failureThreshold: §0 } }"),
    message: /failureThreshold is 0: 1 is used/,
  },
  {
    what: "retries slower than the resync",
    code: "slow-retry",
    severity: "notice",
    text: boxOf("reconcile: { queue: { retryBackoff: §20s } }"),
    message: /longer than the resync/,
  },
  {
    what: "a status path that is none",
    code: "bad-path",
    text: boxOf("emit: { status: { fields: [{ path: §a..b, value: x }] } }"),
    message: /expected a dotted path/,
  },
  {
    what: "a child to delete without a name",
    code: "missing-key",
    text: boxOf("onDelete: { jobs: [§{ namespace: a }] }"),
    message: /needs the name of the child to delete/,
  },
  {
    what: "an or inside an or",
    code: "two-ors",
    text: boxOf(
      "onReconcile:\n  or: [{ field: spec.a }]\n  services:\n    - §port: 80\n      or: [{ field: spec.b }]",
    ),
    message: /not supported by this build/,
  },
];

test.each(CASES.map((each) => [each.what, each] as const))(
  "resolve() reports %s",
  async (_, each) => {
    const { text, position } = unmark(each.text);
    const issues = await issuesOf(text);
    const found = issues.filter(({ code }) => code === each.code);
    expect(issues.map(({ code, message }) => `${code}: ${message}`)).toContainEqual(
      expect.stringMatching(each.message),
    );
    expect(found.map((issue) => issue.position)).toContainEqual(position);
    const [issue] = found;
    expect(issue?.severity).toBe(each.severity ?? "error");
    if (each.hint) expect(issue?.hint).toMatch(each.hint);
  },
);

test.each([
  ["spec.regions", "{{ .item.name }}-{{ .index }}-{{ .region.name }}"],
  ["spec.labels", "{{ .item }}-{{ .value }}-{{ .region }}"],
  // What only a pass can tell, and what is open, is not judged.
  ["{{ .spec.regions | default .spec.anything }}", "{{ .item.nam }}"],
  ["{{ .spec.anything.list }}", "{{ .item.nam }}"],
  ["spec.anything", "{{ .item }}-{{ .value.nam }}"],
  ["spec.made", "{{ .item.nam }}"],
])("a forEach over %s may read %s", async (field, read) => {
  const text = definedBoxOf(
    `normalize: { spec: { made: "{{ toJson .spec.regions }}" } }\nonReconcile:\n  configMaps:\n    - forEach: { field: "${field}", as: region }\n      name: "x-${read}"\n      data: { made: "{{ .spec.made }}" }`,
  );
  const { issues } = await resolveText(text);
  expect(issues.filter(({ severity }) => severity !== "notice")).toEqual([]);
});

test.each([
  ["one that a template reads", "made: x", "{{ .spec.made }}"],
  ["one that a template reads deeper", "made.up: x", "{{ .spec.made.up.more }}"],
  ["one that is read with all others", "made: x", "{{ toJson .spec }}"],
  ["one of the schema", "anything.goes: x", "a"],
  ["one like another of the schema, which is read", "images: x", "{{ .spec.images }}"],
])("normalize may set %s", async (_, path, read) => {
  const box = `normalize: { spec: { ${path} } }\nonReconcile: { configMaps: [{ data: { a: "${read}" } }] }`;
  const issues = await issuesOf(definedBoxOf(box));
  expect(issues.filter(({ severity }) => severity !== "notice")).toEqual([]);
});

test("every sample above has exactly the issue that it is about", async () => {
  const surplus: string[] = [];
  for (const each of CASES) {
    const others = (await issuesOf(unmark(each.text).text)).filter(
      ({ code }) => code !== each.code && code !== "older-spelling",
    );
    for (const other of others) surplus.push(`${each.what}: ${other.code} ${other.message}`);
  }
  expect(surplus).toEqual([]);
});

test("resolve() reports all issues at once, errors first", async () => {
  const issues = await issuesOf(
    definedBoxOf(`
reconcile: { workers: 0, resinc: 1s }
onReconcile:
  deployments: 1
emit: { status: { fields: [{ path: a }] } }
cross: [{ crd: a }]
`),
  );
  expect(issues.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual([
    "wrong-type",
    "unknown-key",
    "wrong-type",
    "missing-key",
    "unsupported",
  ]);
});

test("resolve() goes on behind what a block, a key or a duplicate makes unreadable", async () => {
  const issues = await issuesOf(
    boxOf(`
hooks: { module: ./a.ts }
unheard: of
rollback: {}
rollback: {}
onReconcile:
  statefulSets: [{ image: a }]
  deployments:
    - imag: a
      when: [{ field: spec.x, greaterThan: many }]
  configMaps:
    - data: { a: "{{ nothing }} {{ .children.statefulset.status }}" }
    - data: { b: "{{ .one.name }}" }
      forEach: { feld: spec.list, as: one }
      name: '{{ default .spec.name "x" }}'
`),
  );
  expect(issues.map(({ code, message }) => `${code} ${/"[^"]*"/.exec(message)}`)).toEqual([
    'hook-module "./a.ts"',
    'unknown-key "unheard"',
    'unsupported "rollback"',
    'yaml-duplicate-key "rollback"',
    'unsupported "statefulSets"',
    'unknown-key "imag"',
    'bad-operand "greaterThan"',
    'unknown-function "nothing"',
    'unknown-key "feld"',
    'older-spelling "operatorBox.hooks"',
    "older-spelling null",
  ]);
});

test("a warning stops the start with strict only", async () => {
  const text = definedBoxOf("onReconcile:\n  deployments:\n    - image: '{{ .spec.imagee }}'");
  expect((await resolveText(text)).kind).toBe("resolved");
  const strict = await resolveText(text, { strict: true });
  expect(strict.kind).toBe("failed");
  expect(strict.issues[0]).toMatchObject({ code: "unknown-path", severity: "error" });
});

test("a notice never stops the start", async () => {
  const text = `${katalogOf(TYPES)}\ngateway: { port: 1 }\n`;
  const result = await resolveText(text, { strict: true });
  expect(result).toMatchObject({ kind: "resolved", katalog: { other: { gateway: { port: 1 } } } });
});
