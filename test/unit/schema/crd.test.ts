import { describe, expect, test } from "bun:test";
import { CrdError, crdVersions } from "../../../src/schema/crd.ts";
import type { Json, JsonObject } from "../../../src/std/json.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests edit documents freely
type Loose = any;

describe("crdVersions()", () => {
  const [v1, v2] = crdVersions(definition());

  test("reads names, scope and subresources of each version", () => {
    expect(v1?.resource).toMatchObject({
      group: "example.io",
      version: "v1",
      kind: "Website",
      plural: "websites",
      singular: "website",
      listKind: "WebsiteList",
      namespaced: true,
      shortNames: ["web"],
      categories: ["all"],
      hasStatus: true,
      hasScale: true,
    });
    expect(v2?.resource).toMatchObject({ version: "v2", hasStatus: false, hasScale: false });
    expect([v1?.isServed, v1?.isStorage, v2?.isServed, v2?.isStorage]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("reads printer columns and scale paths", () => {
    expect(v1?.printerColumns).toEqual([
      { name: "Image", type: "string", jsonPath: ".spec.image", priority: 0 },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", priority: 1 },
    ]);
    expect(v1?.scale).toEqual({
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
    });
    expect(v2?.scale).toBeUndefined();
  });

  test("makes a node of every part of the schema", () => {
    expect(fieldOf(v1?.schema, "spec")).toMatchObject({
      type: "object",
      required: ["image"],
      fields: {
        image: { type: "string" },
        replicas: { type: "integer", default: 1 },
        port: { type: "int-or-string" },
        labels: { type: "map", values: { type: "string" }, atomic: true },
        note: { type: "string", nullable: true },
        pages: { type: "list", listType: "map", keys: ["path"], items: { type: "object" } },
        tags: { type: "list", listType: "set" },
        words: { type: "list", listType: "atomic" },
        config: { type: "object", open: true },
        anything: { type: "any" },
        template: { type: "object", embedded: true, fields: { kind: { type: "string" } } },
      },
    });
  });

  test("every root has apiVersion, kind and the metadata of built-in kinds", () => {
    const metadata = fieldOf(v2?.schema, "metadata");
    expect(fieldOf(metadata, "finalizers")).toMatchObject({ listType: "set" });
    expect(v2?.schema.open).toBe(true);
  });

  test("keeps the JSON schema for what a node does not hold", () => {
    expect(v1?.jsonSchema.properties?.["spec"]?.properties?.["image"]?.pattern).toBe("^[a-z]");
  });

  test.each([
    [
      "spec",
      (it: Loose) => {
        delete it.spec;
      },
    ],
    [
      "names",
      (it: Loose) => {
        delete it.spec.names;
      },
    ],
    [
      "plural",
      (it: Loose) => {
        delete it.spec.names.plural;
      },
    ],
    [
      "group",
      (it: Loose) => {
        it.spec.group = 3;
      },
    ],
    [
      "versions",
      (it: Loose) => {
        it.spec.versions = {};
      },
    ],
  ])("throws a CrdError when %p is not usable", (name, breakIt) => {
    const broken = structuredClone(definition());
    breakIt(broken);
    expect(() => crdVersions(broken)).toThrow(CrdError);
    expect(() => crdVersions(broken)).toThrow(name);
  });
});

function fieldOf(node: Loose, name: string): Loose {
  return node?.fields[name];
}

function definition(): JsonObject {
  const spec: Json = {
    type: "object",
    required: ["image"],
    properties: {
      image: { type: "string", pattern: "^[a-z]" },
      replicas: { type: "integer", default: 1 },
      port: { "x-kubernetes-int-or-string": true },
      labels: {
        type: "object",
        additionalProperties: { type: "string" },
        "x-kubernetes-map-type": "atomic",
      },
      note: { type: "string", nullable: true },
      pages: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["path"],
        items: { type: "object", properties: { path: { type: "string" } } },
      },
      tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      words: { type: "array", items: { type: "string" } },
      config: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      anything: { "x-kubernetes-preserve-unknown-fields": true },
      template: { type: "object", "x-kubernetes-embedded-resource": true, properties: {} },
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "websites.example.io" },
    spec: {
      group: "example.io",
      scope: "Namespaced",
      names: { kind: "Website", plural: "websites", shortNames: ["web"], categories: ["all"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
          },
          additionalPrinterColumns: [
            { name: "Image", type: "string", jsonPath: ".spec.image" },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", priority: 1 },
          ],
        },
        { name: "v2", served: false, storage: false },
      ],
    },
  };
}
