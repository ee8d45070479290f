import { expect, test } from "bun:test";
import type { Severity } from "../../../src/std/issue.ts";
import { issuesOf as allIssuesOf, boxOf, definedBoxOf, unmark } from "./marked.ts";

interface Case {
  readonly what: string;
  readonly code: string;
  readonly severity?: Severity;
  readonly text: string;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

/** These Katalogs are written flat, which is a notice each. */
async function issuesOf(text: string) {
  return (await allIssuesOf(text)).filter(({ code }) => code !== "older-spelling");
}

const value = (template: string) =>
  definedBoxOf(
    `onReconcile:\n  deployments: [{ image: a }]\n  configMaps:\n    - data: { a: '{{ ${template} }}' }`,
  );
const custom = (object: string) => boxOf(`onReconcile:\n  custom:\n    - ${object}`);
const customNamed = (apiVersion: string, kind: string) => (name: string) =>
  custom(`{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: ${name} } }`);
const HPA = "apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: a }";

const CASES: readonly Case[] = [
  {
    what: "conditions that are listed where the runtime says them",
    code: "wrong-type",
    text: definedBoxOf("status: { conditions: §[{ type: Seen }] }"),
    message: /found a list, expected true or false: .* part of the status that hooks give back/,
  },
  {
    what: "a status field that the schema does not have",
    code: "unknown-status-field",
    severity: "warning",
    text: definedBoxOf("status: { fields: [{ path: §phsae, value: x }] }"),
    message: /status field "phsae" is not in the schema/,
    hint: /Did you mean "phase"/,
  },
  {
    what: "an unknown field of the metadata",
    code: "unknown-path",
    severity: "warning",
    text: value("§.metadata.namspace"),
    message: /".metadata.namspace"/,
    hint: /"\.metadata\.namespace"/,
  },
  {
    what: "an unknown field of a child's status",
    code: "unknown-path",
    severity: "warning",
    text: value("§.children.deployment.status.redyReplicas"),
    message: /".children.deployment.status.redyReplicas"/,
    hint: /"\.children\.deployment\.status\.readyReplicas"/,
  },
  {
    what: "one of a child by its name",
    code: "unknown-path",
    severity: "warning",
    text: value("§.children.deployments.web.status.replica"),
    message: /".children.deployments.web.status.replica"/,
    hint: /status\.replicas"/,
  },
  {
    what: "an abbreviated path",
    code: "unknown-path",
    severity: "warning",
    text: value("§.spec.img"),
    message: /".spec.img"/,
    hint: /Did you mean "\.spec\.image"/,
  },
  {
    what: "a path that is near to nothing",
    code: "unknown-path",
    severity: "warning",
    text: value("§.spec.zzz"),
    message: /".spec.zzz"/,
    hint: /Known there: image, replicas, regions/,
  },
  {
    what: "a key that stands too high",
    code: "unknown-key",
    text: definedBoxOf("{}\n§emit: { status: { conditions: true } }").replace("  §emit", "§emit"),
    message: /Unknown key "emit" in spec.crds.website/,
    hint: /"emit" belongs into "operatorBox"/,
  },
  {
    what: "a key that stands too low",
    code: "unknown-key",
    text: boxOf("§crdFile: ./crd.yaml"),
    message: /Unknown key "crdFile" in spec.crds.website.operatorBox/,
    hint: /belongs into the CRD entry itself/,
  },
  {
    what: "a kind of children outside of its phase",
    code: "unknown-key",
    text: boxOf("§deployments: [{ image: a }]"),
    message: /Unknown key "deployments"/,
    hint: /belongs into "onReconcile"/,
  },
  {
    what: "a phase inside of a child",
    code: "unknown-key",
    text: boxOf("onReconcile:\n  deployments:\n    - image: a\n      §onDelete: {}"),
    message: /Unknown key "onDelete"/,
    hint: /belongs into "operatorBox"/,
  },
  {
    what: "a key that is near to nothing",
    code: "unknown-key",
    text: boxOf("onReconcile:\n  §zzzzzz: []"),
    message: /Unknown key "zzzzzz"/,
    hint: /^Known here: (?!.*(statefulSets|git|external)).*deployments/,
  },
  {
    what: "an unknown root",
    code: "unknown-root",
    text: value("§.zzzzzz"),
    message: /expected one of (?!.*(cross|previous)).*spec/,
  },
  {
    what: "a quantity of a shorthand",
    code: "wrong-type",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      resources: { limits: { cpu: §100mm } }",
    ),
    message: /resources.limits.cpu: found the text "100mm", expected a quantity/,
    hint: /Did you mean "100m"/,
  },
  {
    what: "a quantity of a whole object",
    code: "wrong-type",
    text: custom(
      "{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: a }, spec: { resources: { requests: { storage: §1GB } } } }",
    ),
    message: /found the text "1GB", expected a quantity/,
    hint: /Did you mean "1G"/,
  },
  {
    what: "a name in upper case",
    code: "bad-object-name",
    text: boxOf("onReconcile:\n  configMaps: [{ name: §Bad_Name }]"),
    message: /Cannot name a ConfigMap "Bad_Name".*expected at most 253/,
    hint: /"bad-name"/,
  },
  {
    what: "a dot in the name of a Service",
    code: "bad-object-name",
    text: boxOf("onReconcile:\n  services: [{ name: §a.b, port: 80 }]"),
    message: /Cannot name a Service "a.b".*at most 63/,
    hint: /"a-b"/,
  },
  ...(
    [
      ["Job", 63, (name: string) => boxOf(`onReconcile:\n  jobs: [{ name: ${name}, image: a }]`)],
      ["Service", 63, (name: string) => boxOf(`onReconcile:\n  services: [{ name: ${name} }]`)],
      [
        "ConfigMap",
        253,
        (name: string) => boxOf(`onReconcile:\n  configMaps: [{ name: ${name} }]`),
      ],
      ["CronJob", 52, customNamed("batch/v1", "CronJob")],
      ["StatefulSet", 63, customNamed("apps/v1", "StatefulSet")],
      ["DaemonSet", 253, customNamed("apps/v1", "DaemonSet")],
    ] as const
  ).flatMap(([kind, longest, named]) => [
    {
      what: `a name of ${kind} with ${longest + 1} characters`,
      code: "bad-object-name",
      text: named(`§${"a".repeat(longest + 1)}`),
      message: new RegExp(`Cannot name a ${kind} "a+".*expected at most ${longest} `),
      hint: new RegExp(`Did you mean "a{${longest}}"`),
    },
    {
      what: `a templated name of ${kind} with ${longest + 1} characters around it`,
      code: "bad-object-name",
      text: named(`§'{{ .metadata.name }}-${"a".repeat(longest)}'`),
      message: new RegExp(`${longest + 1} characters, and a whole name of that kind ${longest} at`),
    },
  ]),
  {
    what: "a templated name with _",
    code: "bad-object-name",
    text: boxOf("onReconcile:\n  configMaps: [{ name: §'{{ .metadata.name }}_Config' }]"),
    message: /may hold "_", "C"/,
  },
  {
    what: "a name whose template has no end, as that alone",
    code: "template-syntax",
    text: boxOf("onReconcile:\n  configMaps: [{ name: '§{{ .metadata.name' }]"),
    message: /Unclosed action/,
  },
  {
    what: "a label value with spaces",
    code: "bad-label",
    text: boxOf("onReconcile:\n  configMaps: [{ labels: { team: §the web team } }]"),
    message: /"the web team" as the value of the label "team"/,
    hint: /annotation/,
  },
  {
    what: "a misspelt built-in kind",
    code: "unknown-kind",
    severity: "warning",
    text: custom(
      "{ apiVersion: autoscaling/v2, kind: §HorizontalPodAutoscalar, metadata: { name: a } }",
    ),
    message: /Unknown kind "HorizontalPodAutoscalar" of "autoscaling\/v2"/,
    hint: /"HorizontalPodAutoscaler"/,
  },
  {
    what: "a version that there is not",
    code: "unknown-kind",
    severity: "warning",
    text: custom(
      "{ apiVersion: §autoscaling/v3, kind: HorizontalPodAutoscaler, metadata: { name: a } }",
    ),
    message: /of "autoscaling\/v3"/,
    hint: /"autoscaling\/v[12]"/,
  },
  {
    what: "a misspelt group",
    code: "unknown-kind",
    severity: "warning",
    text: custom("{ apiVersion: §bach/v1, kind: CronJob, metadata: { name: a } }"),
    message: /Unknown API "bach\/v1"/,
    hint: /"batch\/v1"/,
  },
  {
    what: "an unknown field of a whole object",
    code: "unknown-field",
    severity: "warning",
    text: custom(`{ ${HPA}, spec: { maxReplicas: 3, §minReplica: 1 } }`),
    message:
      /Unknown field "minReplica" in onReconcile.custom\[0\].spec: a HorizontalPodAutoscaler/,
    hint: /"minReplicas"/,
  },
  {
    what: "text for a number of a whole object",
    code: "wrong-type",
    text: custom(`{ ${HPA}, spec: { maxReplicas: §three } }`),
    message: /custom\[0\].spec.maxReplicas: found the text "three", expected an integer/,
  },
  {
    what: "an unknown field of a patch",
    code: "unknown-field",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      patch: { spec: { §templat: {} } }",
    ),
    message: /Unknown field "templat" in onReconcile.deployments\[0\].patch.spec/,
    hint: /"template"/,
  },
  {
    what: "an unknown field of a volume",
    code: "unknown-field",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  deployments:\n    - image: a\n      volumes: [{ name: a, §configMaps: { name: b } }]",
    ),
    message: /Unknown field "configMaps"/,
    hint: /"configMap"/,
  },
  {
    what: "a forEach over text",
    code: "for-each-source",
    severity: "warning",
    text: definedBoxOf(
      "onReconcile:\n  configMaps: [{ name: 'a-{{ .item }}', forEach: { field: §spec.image } }]",
    ),
    message: /goes over ".spec.image", which is text/,
    hint: /split/,
  },
  {
    what: "a forEach over a number",
    code: "for-each-source",
    severity: "warning",
    text: definedBoxOf(
      "onReconcile:\n  configMaps: [{ name: 'a-{{ .item }}', forEach: { field: §'{{ .spec.replicas }}' } }]",
    ),
    message: /which is a number/,
  },
  {
    what: "one name for all of a forEach",
    code: "for-each-name",
    severity: "warning",
    text: definedBoxOf(
      "onReconcile:\n  configMaps: [{ name: §'{{ .metadata.name }}-x', forEach: { field: spec.regions } }]",
    ),
    message: /is called "{{ .metadata.name }}-x": the second one/,
    hint: /\.index/,
  },
  {
    what: "the default name for all of a forEach",
    code: "for-each-name",
    severity: "warning",
    text: definedBoxOf("onReconcile:\n  configMaps: [§{ forEach: { field: spec.regions } }]"),
    message: /has no name of its own/,
  },
  {
    what: "the deletion of what nobody makes",
    code: "unmade-child",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  configMaps: [{ name: '{{ .metadata.name }}-config' }]\nonDelete:\n  configMaps: [{ name: §'{{ .metadata.name }}-confg' }]",
    ),
    message: /deletes the ConfigMap "{{ .metadata.name }}-confg", which no entry makes/,
    hint: /-config"/,
  },
  {
    what: "an Ingress in front of a Service that nobody makes",
    code: "unmade-service",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  services: [{ name: '{{ .metadata.name }}-web', port: 80 }]\n  ingresses: [{ serviceName: §'{{ .metadata.name }}-wbe' }]",
    ),
    message: /leads to the Service "{{ .metadata.name }}-wbe", but no declared Service is called/,
    hint: /Did you mean "{{ .metadata.name }}-web"/,
  },
  {
    what: "an Ingress that may mean one of two Services",
    code: "unmade-service",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  services: [{ name: a, port: 80 }, { name: b, port: 80 }]\n  ingresses: [§{ host: x.io }]",
    ),
    message: /leads to the Service "{{ .metadata.name }}-svc"/,
    hint: /The entries make: a, b/,
  },
  {
    what: "an Ingress of all elements in front of a Service of each",
    code: "unmade-service",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  services: [{ name: 'a-{{ .item }}', port: 80, forEach: { field: spec.x } }]\n  ingresses: [{ serviceName: §b }]",
    ),
    message: /leads to the Service "b"/,
    hint: /a-{{ .item }}/,
  },
  {
    what: "an Ingress in front of a port that its Service does not have",
    code: "unmade-service",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  services: [{ name: a, port: 8080 }]\n  ingresses: [{ serviceName: a, servicePort: §80 }]",
    ),
    message: /leads to port 80 of the Service "a", which has no such port/,
    hint: /It has 8080/,
  },
  {
    what: "an Ingress in front of a port of a whole Service",
    code: "unmade-service",
    severity: "warning",
    text: boxOf(
      "onReconcile:\n  custom: [{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { ports: [{ port: 81, name: http }] } }]\n  ingresses: [{ serviceName: a, servicePort: §https }]",
    ),
    message: /leads to port https/,
  },
];

test.each([...CASES])("validate tells $what at its place", async (each) => {
  const { text, position } = unmark(each.text);
  const [issue, ...more] = await issuesOf(text);
  expect(more).toEqual([]);
  expect(issue).toMatchObject({ code: each.code, severity: each.severity ?? "error", position });
  expect(issue?.message).toMatch(each.message);
  if (each.hint) expect(issue?.hint).toMatch(each.hint);
});

test.each([
  ["quantities", "deployments: [{ image: a, resources: { limits: { cpu: 1, memory: 1.5Gi } } }]"],
  ["templates", "deployments: [{ image: a, resources: { limits: { cpu: '{{ .spec.x }}' } } }]"],
  [
    "a profile",
    "deployments: [{ image: a, resources: { profile: small }, podSecurity: { profile: restricted } }]",
  ],
  ["names", 'configMaps: [{ name: a.b-1 }, { name: "{{ if .spec.x }}a{{ else }}B_{{ end }}" }]'],
  ["labels", "configMaps: [{ labels: { a: '', b: A_b.c-1, c: '{{ .spec.x }} y', d: 1 } }]"],
  [
    "custom kinds",
    "custom: [{ apiVersion: g.io/v1, kind: Any, metadata: { name: a }, spec: { b: 1 } }]",
  ],
  [
    "kinds of others whose group is near to one of Kubernetes",
    "custom: [{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: a } }, { apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: { name: a } }]",
  ],
  [
    "kinds on their way",
    "custom: [{ apiVersion: scheduling.k8s.io/v1alpha1, kind: Workload, metadata: { name: a } }]",
  ],
  [
    "access rules",
    "custom: [{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: 'a:B' }, rules: [{ apiGroups: [''], resources: [pods], verbs: [get] }] }]",
  ],
  [
    "numbers for text",
    "custom: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { a: 1, b: true } }]",
  ],
  [
    "null in a patch",
    "deployments: [{ image: a, patch: { spec: { replicas: null, strategy: { type: Recreate } } } }]",
  ],
  [
    "an Ingress in front of its own Service",
    "services: [{ port: 80 }]\n  ingresses: [{ host: a }]",
  ],
  [
    "an Ingress in front of what somebody else makes, beside no Service",
    "ingresses: [{ serviceName: other, servicePort: 1 }]",
  ],
  [
    "an Ingress whose Service only a pass can tell",
    "services: [{ name: '{{ .spec.a }}', port: '{{ .spec.b }}' }]\n  ingresses: [{ serviceName: '{{ .spec.c }}', servicePort: 1 }]",
  ],
  [
    "an Ingress in front of a named port",
    "custom: [{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { ports: [{ port: 81, name: http }] } }]\n  ingresses: [{ serviceName: a, servicePort: http }]",
  ],
  [
    "an Ingress in front of a port of a patch",
    "services: [{ name: a, port: 1, patch: { spec: { ports: '{{ .spec.ports }}' } } }]\n  ingresses: [{ serviceName: a, servicePort: 2 }]",
  ],
  ["names of a forEach", "configMaps: [{ name: 'a-{{ .value }}', forEach: { field: spec.x } }]"],
  [
    "namespaces of a forEach",
    "secrets: [{ name: a, namespace: '{{ .item }}', crossNamespace: true, data: { a: b }, forEach: { field: spec.x } }]",
  ],
])("validate has nothing against %s", async (_, box) => {
  const codes = (await issuesOf(boxOf(`onReconcile:\n  ${box}`))).map(({ code }) => code);
  expect(codes.filter((code) => code !== "cross-namespace")).toEqual([]);
});

test.each([
  ["the same text", "'{{ .metadata.name }}-a'"],
  ["another template with these ends", "'{{ .spec.x }}-a'"],
  ["a literal that may come of it", "web-a"],
])("validate has nothing against a deletion of %s", async (_, name) => {
  const text = boxOf(
    `onReconcile:\n  configMaps: [{ name: '{{ .metadata.name }}-a' }]\nonDelete:\n  configMaps: [{ name: ${name} }]`,
  );
  expect(await issuesOf(text)).toEqual([]);
});
