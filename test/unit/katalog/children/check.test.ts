import { describe, expect, test } from "bun:test";
import { checkFields } from "../../../../src/katalog/children/check.ts";
import { childFields } from "../../../../src/katalog/children/children.ts";
import type { ChildKey } from "../../../../src/katalog/resolved.ts";
import type { JsonObject } from "../../../../src/std/json.ts";

describe("checkFields() accepts", () => {
  test.each([
    [
      "deployments",
      {
        image: "{{ .spec.image }}",
        replicas: "{{ .spec.n }}",
        port: "80",
        env: "{{ toJson .spec.env }}",
      },
    ],
    [
      "deployments",
      {
        image: "a",
        env: { A: { secretKeyRef: { name: "{{ .x }}", key: "k" } } },
        args: ["{{ .a }}"],
      },
    ],
    [
      "deployments",
      {
        image: "a",
        resources: { profile: "{{ .spec.size }}" },
        probes: { liveness: { profile: "fast", port: 1 } },
      },
    ],
    [
      "deployments",
      {
        image: "a",
        securityContext: { anything: { of: "kubernetes" } },
        rollingUpdate: { profile: "SAFE" },
      },
    ],
    ["services", { port: 80, selector: "{{ .spec.labels }}" }],
    ["services", {}],
    ["secrets", { once: "true", data: { a: "{{ .x }}", b: 1 }, fromSecret: "" }],
    ["ingresses", { tls: { create: false, secretName: "x" } }],
    [
      "custom",
      {
        apiVersion: "a/v1",
        kind: "K",
        metadata: { name: "x", finalizers: [] },
        spec: { any: ["thing"] },
      },
    ],
  ] as [ChildKey, JsonObject][])("%s %j", (key, fields) => {
    expect(checkFields(fields, childFields[key])).toEqual([]);
  });
});

describe("checkFields() finds", () => {
  test.each([
    ["an unknown key", "deployments", { image: "a", replica: 1 }, ["unknown-key replica"]],
    [
      "an unknown key inside",
      "deployments",
      { image: "a", probes: { live: {}, liveness: { pat: "/" } } },
      ["unknown-key probes.live", "unknown-key probes.liveness.pat"],
    ],
    [
      "an unknown key in a list",
      "deployments",
      { image: "a", env: [{ name: "A", val: "x" }] },
      ["unknown-key env.0.val"],
    ],
    ["what is missing", "deployments", {}, ["missing-key image"]],
    [
      "what is missing in a reference",
      "jobs",
      { image: "a", env: { A: { secretKeyRef: { name: "s" } } } },
      ["missing-key env.A.secretKeyRef.key"],
    ],
    [
      "a wrong number",
      "deployments",
      { image: "a", replicas: "many" },
      ["wrong-type replicas: a whole number of 0 or more"],
    ],
    [
      "a wrong boolean",
      "services",
      { headless: "perhaps" },
      ["wrong-type headless: true or false"],
    ],
    ["a map for text", "deployments", { image: { name: "a" } }, ["wrong-type image: text"]],
    [
      "text for a map",
      "deployments",
      { image: "a", probes: "all" },
      ["wrong-type probes: a mapping"],
    ],
    [
      "an unknown profile",
      "deployments",
      { image: "a", rollingUpdate: { profile: "quick" } },
      ['wrong-type rollingUpdate.profile: a profile: "safe", "fast", "blue-green"'],
    ],
    [
      "a profile beside values",
      "deployments",
      { image: "a", resources: { profile: "small", limits: { cpu: "{{ .x }}" } } },
      ["wrong-type resources.profile: no profile beside explicit values (limits)"],
    ],
    [
      "what is not built",
      "secrets",
      { fromSecret: "{{ .x }}", tls: {}, rotateAfter: "30d" },
      ["unsupported fromSecret", "unsupported tls", "unsupported rotateAfter"],
    ],
    [
      "certificates to make",
      "ingresses",
      { tls: { create: "true", validFor: "1y" } },
      ["unsupported tls.create", "unsupported tls.validFor"],
    ],
    [
      "data that is no text",
      "configMaps",
      { data: { a: { b: 1 }, c: 1, d: null, e: "{{ .spec.list }}" } },
      ["wrong-type data.a: text"],
    ],
    ["a misspelt key that must be there", "jobs", { imag: "busybox" }, ["unknown-key imag"]],
    [
      "everything at once",
      "deployments",
      { replicas: -1, port: 0, colour: "red" },
      [
        "wrong-type replicas: a whole number of 0 or more",
        "wrong-type port: a whole number from 1 to 65535",
        "unknown-key colour",
        "missing-key image",
      ],
    ],
  ] as [string, ChildKey, JsonObject, string[]][])("%s", (...row) => {
    const [, key, fields, expected] = row;
    const found = checkFields(fields, childFields[key]).map((problem) => {
      const line = `${problem.kind} ${problem.path.join(".")}`;
      return problem.kind === "wrong-type" ? `${line}: ${problem.expected}` : line;
    });
    expect(found).toEqual(expected);
  });

  test("the keys that are known there, for a suggestion", () => {
    const [problem] = checkFields(
      { image: "a", resources: { limit: {} } },
      childFields.deployments,
    );
    expect(problem).toEqual({
      kind: "unknown-key",
      path: ["resources", "limit"],
      known: ["requests", "limits", "profile"],
    });
  });
});
