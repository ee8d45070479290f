import { describe, expect, test } from "bun:test";
import { CHILD_KEYS, LANGUAGE_KINDS } from "../../../../src/katalog/child-keys.ts";
import type { ExpandContext } from "../../../../src/katalog/children/child.ts";
import {
  CHILD_KINDS,
  childFields,
  childKindOf,
} from "../../../../src/katalog/children/children.ts";
import { configMaps } from "../../../../src/katalog/children/config-maps.ts";
import { custom } from "../../../../src/katalog/children/custom.ts";
import { ingresses } from "../../../../src/katalog/children/ingresses.ts";
import { jobs } from "../../../../src/katalog/children/jobs.ts";
import { secrets } from "../../../../src/katalog/children/secrets.ts";
import { serviceAccounts } from "../../../../src/katalog/children/service-accounts.ts";
import { services } from "../../../../src/katalog/children/services.ts";
import { builtinKind } from "../../../../src/schema/builtin.ts";
import type { JsonObject } from "../../../../src/std/json.ts";
import { context, expand } from "./expanding.ts";

describe("services.expand()", () => {
  const port = { port: 80, protocol: "TCP", targetPort: 80 };
  test.each([
    [
      "a port alone",
      { port: "80" },
      { type: "ClusterIP", selector: { app: "shop-web" }, ports: [port] },
    ],
    [
      "a named target",
      { port: 80, targetPort: "http", protocol: "UDP", type: "nodeport" },
      {
        type: "NodePort",
        selector: { app: "shop-web" },
        ports: [{ port: 80, protocol: "UDP", targetPort: "http" }],
      },
    ],
    [
      "a flat selector",
      { port: 80, selector: { a: "b", n: 1 } },
      { type: "ClusterIP", selector: { a: "b", n: "1" }, ports: [port] },
    ],
    [
      "matchLabels",
      { port: 80, selector: { matchLabels: { a: "b" } } },
      { type: "ClusterIP", selector: { a: "b" }, ports: [port] },
    ],
    [
      "a list selector",
      { port: 80, selector: [{ key: "a", value: "b" }] },
      { type: "ClusterIP", selector: { a: "b" }, ports: [port] },
    ],
    [
      "headless",
      { headless: "true" },
      { type: "ClusterIP", clusterIP: "None", selector: { app: "shop-web" } },
    ],
  ] as [string, JsonObject, JsonObject][])("%s", (_, fields, spec) => {
    expect(expand(services, fields)).toEqual({ spec });
  });

  test("selects nothing without a selector and a workload", () => {
    const { workloadSelector: _, ...alone } = context;
    expect(expand(services, { port: 80 }, alone as ExpandContext)).toEqual({
      spec: { type: "ClusterIP", ports: [port] },
    });
  });

  test.each([
    [{}, '"port": value is missing'],
    [{ port: 80, headless: true, type: "NodePort" }, '"headless"'],
    [{ port: 80, selector: { a: { b: 1 } } }, '"labels.a"'],
  ] as [JsonObject, string][])("refuses %j", (fields, message) => {
    expect(() => expand(services, fields)).toThrow(message);
  });
});

describe("configMaps.expand()", () => {
  test("keeps every value as text, empty ones too", () => {
    expect(expand(configMaps, { data: { a: "x", b: 3, c: true, d: "", e: null } })).toEqual({
      data: { a: "x", b: "3", c: "true", d: "" },
    });
  });

  test("is empty without data", () => {
    expect(expand(configMaps, { data: {} })).toEqual({});
  });

  test("refuses a map as value", () => {
    expect(() => expand(configMaps, { data: { a: { b: 1 } } })).toThrow('"data.a"');
  });

  test.each(["fromConfigMap", "fromNamespace", "toNamespaces"])(
    "refuses %s, which is not built",
    (field) => {
      expect(() => expand(configMaps, { [field]: "x" })).toThrow("does not support it yet");
    },
  );
});

describe("secrets.expand()", () => {
  test("encodes plain text", () => {
    expect(expand(secrets, { data: { user: "ädmin", port: 5432 }, once: true })).toEqual({
      type: "Opaque",
      data: { user: "w6RkbWlu", port: "NTQzMg==" },
    });
  });

  test("keeps its type", () => {
    expect(expand(secrets, { type: "kubernetes.io/tls" })).toEqual({ type: "kubernetes.io/tls" });
  });

  test("takes rotateAfter only when it never rotates", () => {
    expect(expand(secrets, { rotateAfter: "never" })).toEqual({ type: "Opaque" });
    expect(() => expand(secrets, { rotateAfter: "30d" })).toThrow("rotateAfter");
  });
});

test("serviceAccounts.expand() names pull secrets", () => {
  expect(expand(serviceAccounts, {})).toEqual({});
  expect(expand(serviceAccounts, { imagePullSecrets: ["a"] })).toEqual({
    imagePullSecrets: [{ name: "a" }],
  });
});

describe("ingresses.expand()", () => {
  const rule = (service: JsonObject, more: JsonObject = {}) => ({
    http: { paths: [{ path: "/", pathType: "Prefix", backend: { service }, ...more }] },
  });
  test.each([
    ["nothing", {}, { rules: [rule({ name: "shop-svc", port: { number: 80 } })] }],
    [
      "a host and a port's name",
      {
        host: "a.b",
        serviceName: "web",
        servicePort: "http",
        className: "nginx",
        path: "/x",
        pathType: "exact",
      },
      {
        ingressClassName: "nginx",
        rules: [
          {
            host: "a.b",
            ...rule({ name: "web", port: { name: "http" } }, { path: "/x", pathType: "Exact" }),
          },
        ],
      },
    ],
    [
      "TLS for its host",
      { host: "a.b", servicePort: "8080", tls: { secretName: "cert", create: false } },
      {
        rules: [{ host: "a.b", ...rule({ name: "shop-svc", port: { number: 8080 } }) }],
        tls: [{ hosts: ["a.b"], secretName: "cert" }],
      },
    ],
    [
      "TLS for other hosts",
      { tls: { secretName: "cert", hosts: "c.d" } },
      {
        rules: [rule({ name: "shop-svc", port: { number: 80 } })],
        tls: [{ hosts: ["c.d"], secretName: "cert" }],
      },
    ],
  ] as [string, JsonObject, JsonObject][])("%s", (_, fields, spec) => {
    expect(expand(ingresses, fields)).toEqual({ spec });
  });

  test.each([
    [{ tls: { create: true } }, "tls.create"],
    [{ tls: { hosts: ["a"] } }, "tls.secretName"],
    [{ pathType: "Glob" }, "pathType"],
  ] as [JsonObject, string][])("refuses %j", (fields, path) => {
    expect(() => expand(ingresses, fields)).toThrow(`"${path}"`);
  });
});

test("jobs.expand() runs to the end, outside the workload's selector", () => {
  expect(
    expand(jobs, { image: "tool", command: ["run"], args: "x", backoffLimit: "", env: { A: "1" } }),
  ).toEqual({
    spec: {
      backoffLimit: 3,
      template: {
        metadata: { labels: { team: "a", "orkestra-owner": "shop" } },
        spec: {
          restartPolicy: "Never",
          containers: [
            {
              name: "shop-web",
              image: "tool",
              command: ["run"],
              args: ["x"],
              env: [{ name: "A", value: "1" }],
            },
          ],
        },
      },
    },
  });
});

test("custom.expand() is the object without what names it", () => {
  const fields = {
    apiVersion: "a/v1",
    kind: "K",
    metadata: { name: "x" },
    hasStatus: true,
    spec: { a: 1 },
    data: {},
  };
  expect(custom.expand(fields, context)).toEqual({ spec: { a: 1 }, data: {} });
});

describe("CHILD_KINDS", () => {
  test.each(CHILD_KEYS.filter((key) => key !== "custom"))(
    "%s is a built-in kind, named as Kubernetes does",
    (key) => {
      const kind = childKindOf(key);
      expect(kind.key).toBe(key);
      expect(kind.kind).toBe(LANGUAGE_KINDS[key] ?? "");
      expect(builtinKind(kind.apiVersion, kind.kind)?.resource).toMatchObject({
        plural: kind.plural,
        namespaced: kind.namespaced,
      });
    },
  );

  test("ranks follow the order of the language", () => {
    const byRank = Object.values(CHILD_KINDS).sort((a, b) => a.rank - b.rank);
    expect(byRank.map(({ key }) => key)).toEqual([...CHILD_KEYS]);
  });

  test.each([
    ["deployments", "shop-deployment"],
    ["services", "shop-svc"],
    ["jobs", "shop-job"],
    ["secrets", "shop-secret"],
    ["configMaps", "shop-config"],
    ["serviceAccounts", "shop-sa"],
    ["ingresses", "shop-ingress"],
    ["custom", ""],
  ] as const)("%s are named %p by default", (key, name) => {
    expect(childKindOf(key).defaultName("shop")).toBe(name);
    expect(childFields[key]).toBe(childKindOf(key).fields);
  });
});
