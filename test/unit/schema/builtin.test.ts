import { describe, expect, test } from "bun:test";
import { BUILTIN_TABLE } from "../../../src/schema/builtin.generated.ts";
import { builtinKind, builtinKinds } from "../../../src/schema/builtin.ts";
import { BUILTIN_DEFAULTS } from "../../../src/schema/builtin-defaults.ts";
import type { SchemaNode } from "../../../src/schema/node.ts";

describe("builtinKind()", () => {
  test.each([
    ["v1", "Service", "services", "service", true, ["svc"], ["all"]],
    ["v1", "Namespace", "namespaces", "namespace", false, ["ns"], []],
    ["apps/v1", "Deployment", "deployments", "deployment", true, ["deploy"], ["all"]],
    ["batch/v1", "Job", "jobs", "job", true, [], ["all"]],
    ["networking.k8s.io/v1", "Ingress", "ingresses", "ingress", true, ["ing"], []],
    ["rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", "clusterrole", false, [], []],
    [
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      "horizontalpodautoscalers",
      "horizontalpodautoscaler",
      true,
      ["hpa"],
      ["all"],
    ],
  ] as const)("names %s %s", (...row) => {
    const [apiVersion, kind, plural, singular, namespaced, shortNames, categories] = row;
    const resource = builtinKind(apiVersion, kind)?.resource;
    expect(resource).toMatchObject({ plural, singular, namespaced, kind });
    expect([...(resource?.shortNames ?? [])]).toEqual([...shortNames]);
    expect([...(resource?.categories ?? [])]).toEqual([...categories]);
    expect(resource?.listKind).toBe(`${kind}List`);
  });

  test("knows subresources and verbs", () => {
    expect(builtinKind("apps/v1", "Deployment")?.resource).toMatchObject({
      hasStatus: true,
      hasScale: true,
    });
    expect(builtinKind("v1", "ConfigMap")?.resource).toMatchObject({
      hasStatus: false,
      hasScale: false,
    });
    expect(builtinKind("authentication.k8s.io/v1", "TokenReview")?.resource.verbs).toEqual([
      "create",
    ]);
  });

  test("does not know custom kinds, nor a built-in kind in another group", () => {
    expect(builtinKind("example.io/v1", "Website")).toBeUndefined();
    expect(builtinKind("example.io/v1", "Service")).toBeUndefined();
    expect(builtinKind("apps/v1", "constructor")).toBeUndefined();
  });

  test("gives the same node each time", () => {
    expect(builtinKind("v1", "Pod")).toBe(builtinKind("v1", "Pod")!);
  });
});

describe("schema of built-in kinds", () => {
  const container = at("apps/v1", "Deployment", "spec.template.spec.containers[]");

  test("lists carry their merge strategy and keys", () => {
    expect(at("apps/v1", "Deployment", "spec.template.spec.containers")).toMatchObject({
      listType: "map",
      keys: ["name"],
    });
    expect(field(container, "ports")).toMatchObject({
      listType: "map",
      keys: ["containerPort", "protocol"],
    });
    expect(field(container, "args")).toMatchObject({ listType: "atomic" });
    expect(at("v1", "Pod", "metadata.finalizers")).toMatchObject({ listType: "set" });
    expect(at("v1", "Pod", "metadata.ownerReferences")).toMatchObject({
      listType: "map",
      keys: ["uid"],
    });
  });

  test("maps and objects say when they are atomic", () => {
    expect(at("v1", "Pod", "spec.nodeSelector")).toMatchObject({ type: "map", atomic: true });
    expect(at("apps/v1", "Deployment", "spec.selector")).toMatchObject({
      type: "object",
      atomic: true,
    });
    expect(at("v1", "Pod", "metadata.labels")).toEqual({
      type: "map",
      values: { type: "string" },
      omitsZero: true,
    });
  });

  test("scalars have the types of Kubernetes", () => {
    expect(at("apps/v1", "Deployment", "spec.replicas").type).toBe("integer");
    expect(at("v1", "Service", "spec.ports[].targetPort").type).toBe("int-or-string");
    expect(at("v1", "Secret", "data{}").type).toBe("bytes");
    expect(at("v1", "Pod", "metadata.creationTimestamp").type).toBe("timestamp");
    const limits = field(field(container, "resources"), "limits");
    expect(limits).toMatchObject({ type: "map", values: { type: "quantity" } });
  });

  test("fields that are no pointers are marked as left out when zero", () => {
    expect(field(container, "stdin").omitsZero).toBe(true);
    expect(at("v1", "Pod", "spec.automountServiceAccountToken").omitsZero).toBeUndefined();
  });

  test("defaults come from OpenAPI and from the table", () => {
    expect(field(container, "ports")).toMatchObject({
      items: { fields: { protocol: { default: "TCP" } } },
    });
    expect(at("apps/v1", "Deployment", "spec.replicas").default).toBe(1);
    expect(at("batch/v1", "CronJob", "spec.concurrencyPolicy").default).toBe("Allow");
  });

  test("a schema inside a schema is the schema itself", () => {
    const root = at(
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      "spec.versions[].schema.openAPIV3Schema",
    );
    const inner = field(root, "properties");
    expect(inner.type === "map" && inner.values).toBe(root);
  });
});

test("builtinKinds() lists every kind once, each with a complete schema", () => {
  const names = [...builtinKinds()].map(({ resource, schema }) => {
    expect(schema.type).toBe("object");
    return `${resource.group}/${resource.version}/${resource.kind}`;
  });
  expect(names.length).toBeGreaterThan(60);
  expect(new Set(names).size).toBe(names.length);
});

test("every type and field of the table of defaults exists", () => {
  const types = new Map(
    (BUILTIN_TABLE.split("\n\n")[1] ?? "").split("\n").map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), JSON.parse(line.slice(space + 1)) as Record<string, unknown>];
    }),
  );
  const missing = Object.entries(BUILTIN_DEFAULTS).flatMap(
    ([type, { fields = {}, derived = [] }]) => {
      const known = types.get(type) ?? {};
      const named = [...Object.keys(fields), ...derived.map((rule) => rule.field)];
      return named.filter((name) => !(name in known)).map((name) => `${type}.${name}`);
    },
  );
  expect(missing).toEqual([]);
});

test("BUILTIN_TABLE stays compact", () => {
  expect(BUILTIN_TABLE.length).toBeLessThan(100_000);
});

/** `spec.ports[].port`: `[]` enters items, `{}` enters values. */
function at(apiVersion: string, kind: string, path: string): SchemaNode {
  let node = builtinKind(apiVersion, kind)?.schema;
  for (const step of path.split(".")) {
    const name = step.replace(/(\[\]|\{\})$/, "");
    node = field(node!, name);
    if (step.endsWith("[]") && node.type === "list") node = node.items;
    if (step.endsWith("{}") && node.type === "map") node = node.values;
  }
  return node!;
}

function field(node: SchemaNode, name: string): SchemaNode {
  const found = node.type === "object" ? node.fields[name] : undefined;
  if (!found) throw new Error(`no field ${name}`);
  return found;
}
