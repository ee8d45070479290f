/** Definitions that the cases share, so that the wait for a new kind is paid once. */
import type { JsonObject } from "../../src/std/json.ts";

export const GROUP = "conformance.orkestra.test";
export const WIDGETS = `${GROUP}/v1`;

const widgetSpec: JsonObject = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer", minimum: 1, maximum: 10 },
    colour: { type: "string", enum: ["red", "green", "blue"], default: "red" },
    code: { type: "string", pattern: "^[a-z]+$", maxLength: 5 },
    paused: { type: "boolean", default: false },
    tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    ports: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        required: ["name"],
        properties: {
          name: { type: "string" },
          port: { type: "integer" },
          protocol: { type: "string", default: "TCP" },
        },
      },
    },
    steps: { type: "array", maxItems: 3, items: { type: "string" } },
    labels: { type: "object", additionalProperties: { type: "string" } },
    limits: {
      type: "object",
      "x-kubernetes-map-type": "atomic",
      properties: { cpu: { type: "string" }, memory: { type: "string" } },
    },
    nested: {
      type: "object",
      properties: {
        level: { type: "integer", default: 3 },
        text: { type: "string", nullable: true },
      },
    },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    amount: { "x-kubernetes-int-or-string": true },
  },
};

const widgetSchema: JsonObject = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: widgetSpec,
    status: {
      type: "object",
      properties: {
        phase: { type: "string" },
        count: { type: "integer" },
        conditions: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["type"],
          items: {
            type: "object",
            required: ["type"],
            properties: { type: { type: "string" }, status: { type: "string" } },
          },
        },
      },
    },
  },
};

export const widgetDefinition: JsonObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: {
      plural: "widgets",
      singular: "widget",
      kind: "Widget",
      shortNames: ["wg"],
      categories: ["conform"],
    },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: widgetSchema },
        subresources: { status: {} },
        selectableFields: [{ jsonPath: ".spec.colour" }],
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size" },
          {
            name: "Phase",
            type: "string",
            jsonPath: ".status.phase",
            description: "Where it stands",
          },
          { name: "Paused", type: "boolean", jsonPath: ".spec.paused", priority: 1 },
          {
            name: "Ready",
            type: "string",
            jsonPath: '.status.conditions[?(@.type=="Ready")].status',
          },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
      },
      {
        name: "v1beta1",
        served: true,
        storage: false,
        // Another text than v1's: the server hoists equal schemas and then refuses selectableFields.
        schema: { openAPIV3Schema: { ...widgetSchema, description: "The older one" } },
        subresources: { status: {} },
      },
    ],
  },
};

/** Cluster-scoped, without status and printer columns; everything is kept. */
export const gadgetDefinition: JsonObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `gadgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Cluster",
    names: { plural: "gadgets", kind: "Gadget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};

export const DEFINITIONS_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

export function widget(name: string, spec: JsonObject = { size: 1 }): JsonObject {
  return { apiVersion: WIDGETS, kind: "Widget", metadata: { name }, spec };
}

export function configMap(name: string, data: JsonObject = { a: "1" }): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

export function deployment(name: string, options: { readonly replicas?: number } = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { app: name } },
    spec: {
      ...(options.replicas !== undefined && { replicas: options.replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: "main", image: "nginx:1.27", ports: [{ containerPort: 80 }] }],
        },
      },
    },
  };
}
