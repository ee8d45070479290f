import { describe, expect, test } from "bun:test";
import { deployments } from "../../../../src/katalog/children/deployments.ts";
import { ChildFieldError } from "../../../../src/katalog/children/field-error.ts";
import { getPath, type Json, type JsonObject } from "../../../../src/std/json.ts";
import { context, expand } from "./expanding.ts";

describe("deployments.expand()", () => {
  test("makes the least Deployment of an image alone", () => {
    expect(expand(deployments, { image: "nginx" })).toEqual({
      spec: {
        selector: { matchLabels: { app: "shop-web", "orkestra-owner": "shop" } },
        template: {
          metadata: { labels: { team: "a", app: "shop-web", "orkestra-owner": "shop" } },
          spec: { containers: [{ name: "shop-web", image: "nginx" }] },
        },
      },
    });
  });

  test("takes text for everything, as templates give it", () => {
    const body = expand(deployments, {
      image: "nginx",
      replicas: "3",
      port: "8080",
      rollingUpdate: { maxSurge: "1", maxUnavailable: "25%" },
      resources: { limits: { cpu: 2 } },
      probes: { liveness: { port: "8081", periodSeconds: "7" } },
    });
    expect(getPath(body, ["spec", "replicas"])).toBe(3);
    expect(getPath(body, ["spec", "strategy"])).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" },
    });
    expect(container(body)).toMatchObject({
      ports: [{ containerPort: 8080, protocol: "TCP" }],
      resources: { limits: { cpu: "2" } },
      livenessProbe: { httpGet: { path: "/", port: 8081 }, periodSeconds: 7 },
    });
  });

  test("leaves out what rendered empty", () => {
    const full = { image: "nginx" };
    const hollow = {
      ...full,
      replicas: "",
      port: "",
      protocol: "",
      command: [],
      args: "",
      env: {},
      envFrom: [],
      resources: { profile: "", limits: {} },
      nodeSelector: {},
      serviceAccountName: null,
      probes: { liveness: {} },
      securityContext: {},
      podSecurity: { profile: "" },
      rollingUpdate: {},
      volumes: [],
      imagePullSecrets: "",
    };
    expect(expand(deployments, hollow)).toEqual(expand(deployments, full));
  });

  test("passes pod and container fields to their places", () => {
    const body = expand(deployments, {
      image: "nginx",
      command: "sleep",
      args: '["1", "2"]',
      protocol: "udp",
      port: 53,
      serviceAccountName: "robot",
      workingDirectory: "/srv",
      nodeSelector: [{ key: "disk", value: "ssd" }],
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }],
      volumeMounts: [{ name: "tmp", mountPath: "/tmp", readOnly: "true" }],
      podSecurity: { fsGroup: "2000" },
      securityContext: { readOnlyRootFilesystem: "true" },
    });
    expect(getPath(body, ["spec", "template", "spec"])).toEqual({
      serviceAccountName: "robot",
      nodeSelector: { disk: "ssd" },
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }],
      securityContext: { fsGroup: 2000 },
      containers: [
        {
          name: "shop-web",
          image: "nginx",
          command: ["sleep"],
          args: ["1", "2"],
          ports: [{ containerPort: 53, protocol: "UDP" }],
          securityContext: { readOnlyRootFilesystem: true },
          volumeMounts: [{ name: "tmp", mountPath: "/tmp", readOnly: true }],
          workingDir: "/srv",
        },
      ],
    });
  });

  test.each([
    ["one name", "a", [{ name: "a" }]],
    ["names", ["a", "b"], [{ name: "a" }, { name: "b" }]],
    ["objects", [{ name: "a" }], [{ name: "a" }]],
    ["one object", { name: "a" }, [{ name: "a" }]],
    ["a list in a list", [["a", "b"]], [{ name: "a" }, { name: "b" }]],
  ] as [string, Json, Json][])("reads imagePullSecrets as %s", (_, imagePullSecrets, expected) => {
    const body = expand(deployments, { image: "nginx", imagePullSecrets });
    expect(getPath(body, ["spec", "template", "spec", "imagePullSecrets"])).toEqual(expected);
  });

  test("names the container by a DNS label", () => {
    const name = `a.b-${"c".repeat(58)}-d`;
    const body = expand(deployments, { image: "nginx" }, { ...context, name });
    expect(container(body)["name"]).toBe(`a-b-${"c".repeat(58)}`);
  });
});

describe("profiles of deployments", () => {
  test.each([
    [
      "resources",
      "small",
      {
        resources: {
          requests: { cpu: "100m", memory: "128Mi" },
          limits: { cpu: "500m", memory: "512Mi" },
        },
      },
    ],
    [
      "resources",
      "Compute-Heavy",
      {
        resources: { requests: { cpu: "1", memory: "512Mi" }, limits: { cpu: "2", memory: "1Gi" } },
      },
    ],
    [
      "securityContext",
      "baseline",
      { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["NET_RAW"] } } },
    ],
    [
      "securityContext",
      "hardened",
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  ])("%s %s", (field, profile, expected) => {
    expect(container(expand(deployments, { image: "a", [field]: { profile } }))).toMatchObject(
      expected,
    );
  });

  test.each([
    ["baseline", { runAsNonRoot: false }],
    ["restricted", { runAsNonRoot: true, runAsUser: 1000 }],
    ["hardened", { runAsNonRoot: true, runAsUser: 65534 }],
  ])("podSecurity %s", (profile, expected) => {
    const body = expand(deployments, { image: "a", podSecurity: { profile } });
    expect(getPath(body, ["spec", "template", "spec", "securityContext"])).toEqual(expected);
  });

  test.each([
    ["safe", { maxSurge: 1, maxUnavailable: 0 }],
    ["fast", { maxSurge: "25%", maxUnavailable: "25%" }],
    ["blue-green", { maxSurge: "100%", maxUnavailable: 0 }],
  ])("rollingUpdate %s", (profile, rollingUpdate) => {
    const body = expand(deployments, { image: "a", rollingUpdate: { profile } });
    expect(getPath(body, ["spec", "strategy", "rollingUpdate"])).toEqual(rollingUpdate);
  });

  test("a probe's profile stands beside its address", () => {
    const probes = {
      readiness: { profile: "fast", path: "/ready", port: "http" },
      startup: { type: "tcp", profile: "slow-start" },
    };
    expect(container(expand(deployments, { image: "a", port: 80, probes }))).toMatchObject({
      readinessProbe: {
        httpGet: { path: "/ready", port: "http" },
        initialDelaySeconds: 5,
        periodSeconds: 10,
        failureThreshold: 2,
        timeoutSeconds: 5,
      },
      startupProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: 0, failureThreshold: 30 },
    });
  });
});

describe("deployments.expand() refuses", () => {
  test.each([
    ["no image", {}, 'Cannot use field "image": value is missing, expected text'],
    ["an empty image", { image: " " }, 'Cannot use field "image": value is " ", expected text'],
    [
      "a number that is none",
      { image: "a", replicas: "many" },
      'Cannot use field "replicas": value is "many", expected a whole number of 0 or more',
    ],
    [
      "a port out of range",
      { image: "a", port: 70000 },
      'Cannot use field "port": value is 70000, expected a whole number from 1 to 65535',
    ],
    [
      "another protocol",
      { image: "a", protocol: "ICMP" },
      'Cannot use field "protocol": value is "ICMP", expected "TCP" or "UDP" or "SCTP"',
    ],
    [
      "a probe without a port",
      { image: "a", probes: { liveness: { path: "/" } } },
      'Cannot use field "probes.liveness.port": value is missing, expected a port here or on the entry',
    ],
    [
      "an unknown profile",
      { image: "a", resources: { profile: "giant" } },
      'Cannot use field "resources.profile": value is "giant", expected a profile: "tiny", "small", "medium", "large", "burst", "steady", "compute-heavy", "memory-heavy"',
    ],
    [
      "a profile beside values",
      { image: "a", resources: { profile: "small", limits: { cpu: 1 } } },
      'Cannot use field "resources.profile": value is "small", expected no profile beside explicit values (limits)',
    ],
    [
      "a profile beside open values",
      { image: "a", securityContext: { profile: "baseline", privileged: true } },
      'Cannot use field "securityContext.profile": value is "baseline", expected no profile beside explicit values (privileged)',
    ],
    [
      "a probe's profile beside timings",
      { image: "a", port: 1, probes: { startup: { profile: "fast", periodSeconds: 1 } } },
      'Cannot use field "probes.startup.profile": value is "fast", expected no profile beside explicit values (periodSeconds)',
    ],
    [
      "autoscale",
      { image: "a", autoscale: { min: 1 } },
      'Cannot use field "autoscale": value is {"min":1}, expected the field to be left out: this build does not support it yet',
    ],
  ] as [string, JsonObject, string][])("%s", (_, fields, message) => {
    expect(() => expand(deployments, fields)).toThrow(ChildFieldError);
    expect(() => expand(deployments, fields)).toThrow(message);
  });
});

function container(body: JsonObject): JsonObject {
  return getPath(body, ["spec", "template", "spec", "containers", 0]) as JsonObject;
}
