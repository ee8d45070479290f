import { describe, expect, test } from "bun:test";
import { installCrd } from "../../../src/runtime/install.ts";
import { createLogger } from "../../../src/telemetry/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

function lampCrd(properties: object) {
  const status = { conditions: [{ type: "Established", status: "True" }] };
  const schema = {
    openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "lamps.x.test", uid: "u" },
    spec: {
      group: "x.test",
      scope: "Namespaced",
      names: { kind: "Lamp", plural: "lamps" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
    status,
  };
}

const before = { color: { type: "string" }, width: { type: "integer" } };

async function bring(after: object, policy: "always" | "missing" = "always") {
  const lines: Record<string, unknown>[] = [];
  const writes: unknown[] = [];
  const client = {
    get: async () => lampCrd(before),
    async apply(_: unknown, object: object) {
      writes.push(object);
      return { ...object, status: lampCrd({}).status };
    },
  };
  const { status: _, ...crd } = lampCrd(after);
  const log = createLogger({
    format: "json",
    level: "debug",
    hasColor: false,
    write: (line) => lines.push(JSON.parse(line)),
    now: () => 0,
  });
  const box = { children: [], status: { fields: [] }, normalize: {} };
  const entry = { crd, box, type: { group: "x.test", version: "v1", kind: "Lamp" } };
  const { signal } = new AbortController();
  const options = { client, policy, clock: manualClock(), log, signal };
  const hasChanged = await installCrd(entry as never, options as never);
  return { hasChanged, writes, lines };
}

describe("installCrd() with a CRD that differs", () => {
  test("says what breaks as a warning", async () => {
    const { hasChanged, writes, lines } = await bring({ color: { type: "integer" } });
    expect({ hasChanged, writes: writes.length, lines: lines.length }).toEqual({
      hasChanged: true,
      writes: 1,
      lines: 1,
    });
    expect(lines[0]).toMatchObject({ level: "warn", name: "lamps.x.test" });
    const breaking = String(lines[0]?.["breaking"]);
    expect(breaking).toContain("spec.color");
    expect(breaking).toContain("spec.width");
  });

  test("tells of a change that hurts nothing, and no more", async () => {
    const { lines } = await bring({ ...before, depth: { type: "integer" } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "info", message: "Updated CRD" });
    expect(lines[0]).not.toHaveProperty("breaking");
  });
});
