import { expect, test } from "bun:test";
import type { ChildEntry } from "../../../src/katalog/resolved.ts";
import { withBackends } from "../../../src/resolve/ingress-backend.ts";
import { mayBeSame } from "../../../src/resolve/same-name.ts";

type Part = Partial<ChildEntry>;

function entry(key: ChildEntry["key"], more: Part = {}): ChildEntry {
  return {
    id: `onReconcile.${key}[0]`,
    key,
    mode: "reconcile",
    fields: {},
    labels: {},
    annotations: {},
    forceConflict: true,
    adopt: false,
    recreate: false,
    whenFalse: "delete",
    crossNamespace: false,
    ...more,
  };
}

const ingress = (more: Part = {}) => entry("ingresses", more);
const service = (more: Part = {}) => entry("services", { fields: { port: 8080 }, ...more });
const each = (field: string, as = "item") => ({ forEach: { field, as } });

/** What the box says of where its Ingress leads. */
const backendOf = (...children: readonly ChildEntry[]) => {
  const { serviceName, servicePort } = withBackends(children).at(-1)?.fields ?? {};
  return [serviceName, servicePort];
};

const WEB = { name: "{{ .metadata.name }}" };
const UNSAID = [undefined, undefined];

test.each([
  ["the only Service, and its port", [service(WEB)], {}, [WEB.name, 8080]],
  ["the Service of the default name, and its port", [service()], {}, [undefined, 8080]],
  [
    "the default name, spelled out without spaces",
    [service({ name: "{{.metadata.name}}-svc" })],
    {},
    [undefined, 8080],
  ],
  [
    "the port of the Service that is named",
    [service(WEB), service({ name: "a" })],
    { fields: { serviceName: WEB.name } },
    [WEB.name, 8080],
  ],
  [
    "nothing new where both are said",
    [service(WEB)],
    { fields: { serviceName: "a", servicePort: 1 } },
    ["a", 1],
  ],
  [
    "the only Service, at the port that is said",
    [service(WEB)],
    { fields: { servicePort: "http" } },
    [WEB.name, "http"],
  ],
  ["the defaults where there are two", [service(WEB), service({ name: "a" })], {}, UNSAID],
  ["the defaults where there is none", [], {}, UNSAID],
  [
    "the defaults where the only one is elsewhere",
    [service({ ...WEB, namespace: "b" })],
    {},
    UNSAID,
  ],
  [
    "the Service of the same element",
    [service({ name: "{{ .item }}", ...each("spec.a") })],
    each("spec.a"),
    ["{{ .item }}", 8080],
  ],
  [
    "the defaults where elements are of another list",
    [service({ name: "{{ .item }}", ...each("spec.a") })],
    each("spec.b"),
    UNSAID,
  ],
  [
    "the defaults where elements have another name",
    [service({ name: "{{ .item }}", ...each("spec.a") })],
    each("spec.a", "x"),
    UNSAID,
  ],
  [
    "the defaults of all in front of one of each",
    [service({ name: "{{ .item }}", ...each("spec.a") })],
    {},
    UNSAID,
  ],
  ["one Service for all", [service(WEB)], each("spec.a"), [WEB.name, 8080]],
  [
    "a headless Service at the default port",
    [service({ ...WEB, fields: { headless: true } })],
    {},
    [WEB.name, undefined],
  ],
  [
    "a whole Service",
    [
      entry("custom", {
        ...WEB,
        fields: { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 81 }] } },
      }),
    ],
    {},
    [WEB.name, 81],
  ],
] as const)("withBackends() leads to %s", (...[, services, own, expected]) => {
  expect(backendOf(...services, ingress(own))).toEqual([...expected]);
});

test.each([
  ["{{ .metadata.name }}", "{{.metadata.name}}", true],
  ["{{ .metadata.name }}", "{{ .metadata.name }}-svc", false],
  ["{{ .metadata.name }}", "{{ .spec.name }}-svc", true],
  ["{{ if .spec.a }}a{{ end }}", "{{ if .spec.a }}b{{ end }}a", true],
  ["a-{{ .x }}", "b", false],
  ["a-{{ .x }}", "a-b", true],
  ["a", "a", true],
  ["a", "b", false],
])("mayBeSame(%p, %p) is %p", (left, right, expected) => {
  expect([mayBeSame(left, right), mayBeSame(right, left)]).toEqual([expected, expected]);
});
