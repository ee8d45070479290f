import { describe, expect, test } from "bun:test";
import { builtinKind } from "../../../src/schema/builtin.ts";
import { fillDefaults } from "../../../src/schema/defaults.ts";
import { fieldDifferences } from "../../../src/schema/differences.ts";
import type { SchemaNode } from "../../../src/schema/node.ts";
import type { Json, JsonObject } from "../../../src/std/json.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests edit documents freely
type Loose = any;

const deployment = schemaOf("apps/v1", "Deployment");

describe("fieldDifferences() of a Deployment", () => {
  test("finds nothing in what the server made of it", () => {
    const live = edit(fillDefaults(desired(), deployment) as JsonObject, (it) => {
      it.metadata.uid = "1";
      it.metadata.managedFields = [];
      it.status = { replicas: 2 };
      const [web] = it.spec.template.spec.containers;
      web.resources.requests = { cpu: "100m", memory: "1Gi" };
      delete web.args;
      delete web.env[1].value;
    });
    expect(fieldDifferences(desired(), live, deployment)).toEqual([]);
  });

  test("allocates no list when there is nothing", () => {
    expect(fieldDifferences(desired(), desired(), deployment)).toBe(
      fieldDifferences({}, {}, deployment),
    );
  });

  test("ignores what desired does not name, containers of others included", () => {
    const live = edit(desired(), (it) => {
      it.spec.template.spec.containers.unshift({ name: "sidecar", image: "mesh:1" });
      it.metadata.labels.other = "x";
      it.spec.paused = true;
    });
    expect(fieldDifferences(desired(), live, deployment)).toEqual([]);
  });

  const changes: [string, (it: Loose) => void, string, Json | undefined, Json | undefined][] = [
    [
      "an image",
      (it) => {
        web(it).image = "evil";
      },
      "spec.template.spec.containers[name=web].image",
      "evil",
      "nginx:1",
    ],
    [
      "a label that went",
      (it) => {
        delete it.metadata.labels["app.kubernetes.io/name"];
      },
      "metadata.labels[app.kubernetes.io/name]",
      undefined,
      "shop",
    ],
    [
      "a number",
      (it) => {
        it.spec.replicas = 5;
      },
      "spec.replicas",
      5,
      2,
    ],
    [
      "an atomic list as a whole",
      (it) => {
        web(it).command = ["sh"];
      },
      "spec.template.spec.containers[name=web].command",
      ["sh"],
      ["run", "it"],
    ],
    [
      "an atomic object as a whole",
      (it) => {
        it.spec.selector.matchLabels.more = "x";
      },
      "spec.selector",
      { matchLabels: { app: "shop", more: "x" } },
      { matchLabels: { app: "shop" } },
    ],
    [
      "a quantity",
      (it) => {
        web(it).resources.requests.cpu = "2";
      },
      "spec.template.spec.containers[name=web].resources.requests.cpu",
      "2",
      "0.1",
    ],
    [
      "a pointer set to false that went",
      (it) => {
        delete it.spec.template.spec.automountServiceAccountToken;
      },
      "spec.template.spec.automountServiceAccountToken",
      undefined,
      false,
    ],
    [
      "a port by both keys",
      (it) => {
        web(it).ports[0].name = "other";
      },
      "spec.template.spec.containers[name=web].ports[containerPort=80].name",
      "other",
      "http",
    ],
    [
      "a toleration more",
      (it) => {
        it.spec.template.spec.tolerations.push({ key: "y" });
      },
      "spec.template.spec.tolerations",
      [{ key: "x", operator: "Exists" }, { key: "y" }],
      [{ key: "x", operator: "Exists" }],
    ],
  ];
  test.each(changes)("finds %s", (...row) => {
    const [, change, path, before, after] = row;
    expect(fieldDifferences(desired(), edit(desired(), change), deployment)).toEqual([
      { path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) },
    ]);
  });

  test("names the container that is not there", () => {
    const live = edit(desired(), (it) => {
      web(it).name = "renamed";
    });
    const [difference] = fieldDifferences(desired(), live, deployment);
    expect(difference?.path).toBe("spec.template.spec.containers[name=web]");
    expect(difference?.before).toBeUndefined();
  });

  test("reports every difference", () => {
    const live = edit(desired(), (it) => {
      web(it).image = "a";
      it.spec.replicas = 0;
    });
    expect(fieldDifferences(desired(), live, deployment).map(({ path }) => path)).toEqual([
      "spec.replicas",
      "spec.template.spec.containers[name=web].image",
    ]);
  });
});

describe("fieldDifferences() sees through what the server rewrites", () => {
  const same: [string, string, JsonObject, JsonObject][] = [
    [
      "v1",
      "Service",
      { spec: { ports: [{ port: 80 }] } },
      {
        spec: {
          clusterIP: "10.0.0.1",
          type: "ClusterIP",
          ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
        },
      },
    ],
    ["v1", "Service", { spec: { selector: {} } }, { spec: {} }],
    ["v1", "ServiceAccount", { imagePullSecrets: [] }, {}],
    [
      "v1",
      "Pod",
      { spec: { containers: [{ name: "a", stdin: false, env: [] }] } },
      { spec: { containers: [{ name: "a" }] } },
    ],
    ["v1", "Pod", { metadata: { labels: null } }, { metadata: { labels: { a: "b" } } }],
    [
      "networking.k8s.io/v1",
      "NetworkPolicy",
      { spec: { ingress: [{ ports: [{ port: 53 }] }] } },
      { spec: { ingress: [{ ports: [{ port: 53, protocol: "TCP" }] }] } },
    ],
    [
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      { subjects: [{ kind: "User", name: "a" }], roleRef: { kind: "Role", name: "r" } },
      {
        subjects: [{ kind: "User", name: "a", apiGroup: "rbac.authorization.k8s.io" }],
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      },
    ],
    [
      "v1",
      "PersistentVolumeClaim",
      { spec: { resources: { requests: { storage: "1024Mi" } } } },
      { spec: { volumeMode: "Filesystem", resources: { requests: { storage: "1Gi" } } } },
    ],
    [
      "v1",
      "Pod",
      { metadata: { finalizers: ["b", "a"] } },
      { metadata: { finalizers: ["a", "x", "b"] } },
    ],
    [
      "coordination.k8s.io/v1",
      "Lease",
      { metadata: { creationTimestamp: "2024-01-01T00:00:00+00:00" } },
      { metadata: { creationTimestamp: "2024-01-01T00:00:00Z" } },
    ],
    [
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      {
        spec: {
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
            },
          ],
        },
      },
      {
        spec: {
          minReplicas: 1,
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
            },
          ],
        },
      },
    ],
  ];
  test.each(same)("%s %s %j", (...row) => {
    const [apiVersion, kind, wanted, live] = row;
    expect(fieldDifferences(wanted, live, schemaOf(apiVersion, kind))).toEqual([]);
  });

  const different: [string, string, JsonObject, JsonObject][] = [
    ["v1", "Pod", { metadata: { finalizers: ["a"] } }, { metadata: { finalizers: ["b"] } }],
    ["v1", "ConfigMap", { data: { a: "" } }, { data: {} }],
    ["v1", "ConfigMap", { data: { constructor: "x" } }, { data: {} }],
    [
      "networking.k8s.io/v1",
      "NetworkPolicy",
      { spec: { ingress: [{ ports: [{ port: 53 }] }] } },
      { spec: { ingress: [{ ports: [{ port: 53, protocol: "UDP" }] }] } },
    ],
    [
      "v1",
      "Pod",
      { spec: { nodeSelector: { a: "b" } } },
      { spec: { nodeSelector: { a: "b", c: "d" } } },
    ],
    ["apps/v1", "Deployment", { spec: { replicas: 0 } }, { spec: {} }],
  ];
  test.each(different)("but not through %s %s %j", (...row) => {
    const [apiVersion, kind, wanted, live] = row;
    expect(fieldDifferences(wanted, live, schemaOf(apiVersion, kind))).toHaveLength(1);
  });
});

test("fieldDifferences() without a schema merges maps and compares lists whole", () => {
  const wanted = { spec: { a: { b: 1 }, list: [1, 2] } };
  expect(fieldDifferences(wanted, { spec: { a: { b: 1, c: 2 }, list: [1, 2] }, x: 1 })).toEqual([]);
  expect(fieldDifferences(wanted, { spec: { a: { b: 2 }, list: [1] } })).toEqual([
    { path: "spec.a.b", before: 2, after: 1 },
    { path: "spec.list", before: [1], after: [1, 2] },
  ]);
});

function desired(): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop", labels: { app: "shop", "app.kubernetes.io/name": "shop" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "shop" } },
      template: {
        metadata: { labels: { app: "shop" } },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: "web",
              image: "nginx:1",
              command: ["run", "it"],
              args: [],
              ports: [{ containerPort: 80, name: "http" }],
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "" },
              ],
              resources: { requests: { cpu: "0.1", memory: "1024Mi" } },
            },
          ],
          tolerations: [{ key: "x", operator: "Exists" }],
          volumes: [{ name: "tmp" }],
        },
      },
    },
  };
}

function edit(object: JsonObject, change: (it: Loose) => void): JsonObject {
  const copy = structuredClone(object);
  change(copy);
  return copy;
}

function web(it: Loose): Loose {
  return it.spec.template.spec.containers[0];
}

function schemaOf(apiVersion: string, kind: string): SchemaNode {
  const found = builtinKind(apiVersion, kind);
  if (!found) throw new Error(`no kind ${kind}`);
  return found.schema;
}
