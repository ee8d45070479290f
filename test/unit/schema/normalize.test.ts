/**
 * `fixtures/builtin-cases.json` holds objects and what the defaulting and conversion code of
 * Kubernetes 1.36 makes of them.
 */
import { describe, expect, test } from "bun:test";
import { builtinKind } from "../../../src/schema/builtin.ts";
import { fillDefaults } from "../../../src/schema/defaults.ts";
import { fieldDifferences } from "../../../src/schema/differences.ts";
import { isSame } from "../../../src/schema/equality.ts";
import type { SchemaNode } from "../../../src/schema/node.ts";
import { canonicalObject, normalizeObject } from "../../../src/schema/normalize.ts";
import type { Json, JsonObject } from "../../../src/std/json.ts";
import cases from "./fixtures/builtin-cases.json" with { type: "json" };

interface ServerCase {
  readonly sent: JsonObject;
  readonly stored: JsonObject;
}

const rows = (cases as unknown as readonly ServerCase[]).map(
  (one) =>
    [String(one.sent["kind"]), JSON.stringify(one.sent["spec"] ?? {}).slice(0, 60), one] as const,
);

describe("normalizeObject() gives what the API server stores", () => {
  test.each(rows)("%s %s", (_, __, { sent, stored }) => {
    const normalized = normalizeObject(sent, schemaOf(sent));
    expect(comparable(normalized)).toEqual(comparable(stored));
  });

  test.each(rows)("and nothing more to do the second time: %s %s", (_, __, { sent }) => {
    const once = normalizeObject(sent, schemaOf(sent));
    expect(normalizeObject(once, schemaOf(sent))).toEqual(once);
  });
});

describe("fieldDifferences() finds no drift in what the API server stored", () => {
  test.each(rows)("%s %s", (_, __, { sent, stored }) => {
    const node = schemaOf(sent);
    expect(fieldDifferences(canonicalObject(sent, node), stored, node)).toEqual([]);
  });
});

describe("isSame() holds between what was sent and what was stored", () => {
  test.each(rows)("%s %s", (_, __, { sent, stored }) => {
    const { metadata: _m, status: _s, ...rest } = stored;
    const { metadata: _n, ...own } = canonicalObject(sent, schemaOf(sent));
    expect(isSame(own, rest, schemaOf(sent))).toBe(true);
  });
});

describe("canonicalObject()", () => {
  test("spells values as the server does and adds nothing", () => {
    const pvc = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "a", labels: {} },
      spec: { resources: { requests: { storage: "1.5Gi" } }, storageClassName: null },
    };
    expect(canonicalObject(pvc, schemaOf(pvc))).toEqual({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "a" },
      spec: { resources: { requests: { storage: "1536Mi" } } },
    });
  });

  test("moves stringData into data, where it wins", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "b2xk", c: "ZA==" },
      stringData: { a: "nëw" },
    };
    expect(canonicalObject(secret, schemaOf(secret))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "bsOrdw==", c: "ZA==" },
    });
  });

  test("returns the same object when it is canonical", () => {
    const service = { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } };
    expect(canonicalObject(service, schemaOf(service))).toBe(service);
  });
});

test("fillDefaults() never mutates and shares what is complete", () => {
  const service = { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } };
  const before = structuredClone(service);
  const filled = fillDefaults(service, schemaOf(service));
  expect(service).toEqual(before);
  expect(fillDefaults(filled, schemaOf(service))).toBe(filled);
});

function schemaOf(object: JsonObject): SchemaNode {
  const found = builtinKind(String(object["apiVersion"]), String(object["kind"]));
  if (!found) throw new Error(`no kind ${object["kind"]}`);
  return found.schema;
}

/** Go prints structures that hold nothing; an object here does not. Conversion adds an annotation. */
function comparable(object: JsonObject): Json {
  const { metadata, status: _, ...rest } = object;
  const { annotations: __, ...meta } = metadata as JsonObject;
  return withoutHollow({ ...rest, metadata: meta }) as Json;
}

const ALWAYS_PRINTED = new Set([
  "status",
  "metadata",
  "resources",
  "strategy",
  "updateStrategy",
  "spec",
]);

function withoutHollow(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutHollow(item) as Json);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).flatMap(([key, member]) => {
    const next = withoutHollow(member);
    if (next === null || next === undefined) return [];
    const isHollow = typeof next === "object" && Object.keys(next).length === 0;
    return ALWAYS_PRINTED.has(key) && isHollow ? [] : [[key, next] as const];
  });
  return Object.fromEntries(entries);
}
