import { expect, test } from "bun:test";
import { type Rights, rightsOf } from "../../../src/reconcile/rights.ts";
import { child, Harness, type HarnessOptions } from "./harness.ts";

function rights(options: HarnessOptions): Rights {
  const { program } = new Harness(options);
  return rightsOf(program, [program.crd]);
}

const inShort = ({ rights }: Rights): string[] =>
  rights.map(({ namespace = "*", group, resource, resourceName = "", verbs }) =>
    [namespace, `${resource}.${group}`, resourceName, verbs.join(",")].filter(Boolean).join(" "),
  );

const ALL = "get,list,watch,create,patch,delete";
const OWN = [
  "websites.example.io get,list,watch,patch",
  "websites/status.example.io patch",
  "websites/finalizers.example.io update",
];
const DEFINITION = "* customresourcedefinitions.apiextensions.k8s.io websites.example.io get";
const EVENTS = "events.events.k8s.io create,patch";

test("rightsOf() asks for the custom resource, its children and events, everywhere", () => {
  const found = rights({ children: [child("configMaps", { data: {} })] });
  expect(inShort(found)).toEqual([
    ...OWN.map((text) => `* ${text}`),
    DEFINITION,
    `* configmaps. ${ALL}`,
    `* ${EVENTS}`,
  ]);
  expect([...found.guessed, ...found.unknown]).toEqual([]);
});

test("rightsOf() asks for one namespace alone where nothing leaves it", () => {
  const crd = { namespace: "shop" };
  const found = rights({ children: [child("configMaps", { data: {} })], crd });
  expect(inShort(found)).toContain(`shop configmaps. ${ALL}`);
  expect(inShort(found)).toContain(`shop ${OWN[0]}`);
  const away = rights({ children: [child("configMaps", {}, { namespace: "shared" })], crd });
  expect(inShort(away)).toContain(`* configmaps. ${ALL}`);
});

test("rightsOf() asks for the Secrets that calls at a deletion read, each once", () => {
  const call = (name: string, index: number) => ({
    id: `onDelete.external[${index}]`,
    name: `call${index}`,
    url: "https://a.io",
    query: {},
    method: "GET",
    headers: {},
    timeoutMs: 1,
    expectedStatus: ["2xx"],
    continueOnError: false,
    retryBackoffMs: [],
    credential: {
      kind: "auth" as const,
      auth: { source: { kind: "secret" as const, name, key: "k" }, header: "X" },
    },
  });
  const external = ["one", "two", "one"].map(call);
  const found = rights({ onDelete: { external }, crd: { namespace: "shop" } });
  const secrets = inShort(found).filter((one) => one.includes(" secrets"));
  expect(secrets).toEqual(["shop secrets. one get", "shop secrets. two get"]);
});

test("rightsOf() says which plural is a guess, and which kinds it cannot know", () => {
  const gateway = { apiVersion: "mesh.example.io/v1", kind: "Policy" };
  const any = { apiVersion: "v1", kind: "{{ .spec.kind }}" };
  const children = [child("custom", gateway), child("custom", any)];
  const found = rights({ children });
  expect(inShort(found)).toContain(`* policies.mesh.example.io ${ALL}`);
  expect(found.guessed).toEqual(["Policy.mesh.example.io/v1"]);
  expect(found.unknown).toEqual([`website.${children[1]?.id}`]);
});

test("rightsOf() asks for what the Katalog grants to others", () => {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" };
  const rules = [{ apiGroups: ["", "apps"], resources: ["pods"], verbs: ["get", "list"] }];
  const found = rights({ children: [child("custom", { ...role, rules })] });
  expect(inShort(found)).toContain("* pods. get,list");
  expect(inShort(found)).toContain("* pods.apps get,list");
  const steered = [child("custom", { ...role, rules: [{ verbs: ["{{ .spec.verb }}"] }] })];
  expect(rights({ children: steered }).unknown).toEqual([`website.${steered[0]?.id}`]);
});
