/** Custom kinds: definition, defaults, pruning, validation, status, versions. */
import { expect } from "bun:test";
import { isJsonObject, type Json, type JsonObject } from "../../../src/std/json.ts";
import { type CaseApi, type ConformanceCase, MERGE, versionOf } from "../case.ts";
import { DEFINITIONS_PATH, GROUP, gadgetDefinition, WIDGETS, widget } from "../fixtures.ts";

/** A definition of the case's own: its group is the case's namespace. */
function definition(api: CaseApi, changes: JsonObject = {}): JsonObject {
  const group = `${api.namespace}.example.com`;
  const schema = {
    type: "object",
    properties: { spec: { type: "object", properties: { a: { type: "string" } } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      ...changes,
    },
  };
}

/** Schemas of a field that break the rules of structural schemas, one rule each. */
const NOT_STRUCTURAL: readonly JsonObject[] = [
  { description: "no type" },
  { type: "int" },
  { type: "array" },
  { type: "array", items: {} },
  { type: "object", additionalProperties: {} },
  {
    type: "object",
    properties: { b: { type: "string" } },
    additionalProperties: { type: "string" },
  },
  { type: "array", items: { type: "string" }, uniqueItems: true },
  { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" },
  { type: "string", not: { type: "string" } },
  { type: "string", pattern: "(" },
  { type: "integer", default: "x" },
  { type: "string", enum: ["x"], default: "y" },
  { type: "object", properties: { b: { type: "string" } }, default: { c: 1 } },
  { $ref: "#/definitions/x" },
];

function isEstablished({ body }: { readonly body: Json }): boolean {
  const status = isJsonObject(body) && isJsonObject(body["status"]) ? body["status"] : {};
  const conditions = (status["conditions"] ?? []) as readonly JsonObject[];
  return conditions.some(({ type, status: value }) => type === "Established" && value === "True");
}

export const customCases: readonly ConformanceCase[] = [
  {
    name: "a definition is established, serves, and takes its objects along when it goes",
    async run(api) {
      const body = definition(api);
      const path = `${DEFINITIONS_PATH}/${(body["metadata"] as { name: string }).name}`;
      await api.must("POST", DEFINITIONS_PATH, { body });
      const established = await api.until(path, isEstablished);
      const { managedFields: _, ...metadata } = (established.body as { metadata: JsonObject })
        .metadata;
      api.note("established", { ...(established.body as JsonObject), metadata } as Json);
      const things = api.group(`${api.namespace}.example.com/v1`, "things");
      await api.until(things, ({ status }) => status === 200);
      const thing = {
        apiVersion: `${api.namespace}.example.com/v1`,
        kind: "Thing",
        metadata: { name: "t" },
        spec: { a: "b" },
      };
      expect((await api.request("POST", things, { body: thing })).status).toBe(201);
      const deleted = await api.quiet("DELETE", path);
      api.note("delete", deleted.status);
      await api.until(path, ({ status }) => status === 404);
      await api.until(things, ({ status }) => status === 404);
      await api.request("GET", things);
    },
  },
  {
    name: "definitions whose schemas are not structural are 422",
    async run(api) {
      for (const a of NOT_STRUCTURAL) {
        const spec = { type: "object", properties: { a } };
        const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
        const versions = [{ name: "v1", served: true, storage: true, schema }];
        const body = definition(api, { versions });
        const { status, body: said } = await api.request("POST", DEFINITIONS_PATH, { body });
        expect([a, status, said]).toEqual([a, 422, expect.anything()]);
      }
    },
  },
  {
    name: "definitions that cannot be are 422",
    async run(api) {
      const wrongName = { ...definition(api), metadata: { name: "other.example.com" } };
      await api.request("POST", DEFINITIONS_PATH, { body: wrongName });
      const versions = [
        {
          name: "v1",
          served: true,
          storage: false,
          schema: { openAPIV3Schema: { type: "object" } },
        },
      ];
      const noStorage = await api.quiet("POST", DEFINITIONS_PATH, {
        body: definition(api, { versions }),
      });
      api.note("without a storage version", noStorage.status);
      const bare = [{ name: "v1", served: true, storage: true }];
      const noSchema = await api.quiet("POST", DEFINITIONS_PATH, {
        body: definition(api, { versions: bare }),
      });
      api.note("without a schema", noSchema.status);
    },
  },
  {
    name: "defaults are filled, at every depth where the parent is there",
    async run(api) {
      const path = api.group(WIDGETS, "widgets");
      await api.request("POST", path, { body: widget("a", { size: 1 }) });
      await api.request("POST", path, {
        body: widget("b", { size: 1, nested: {}, ports: [{ name: "x" }], paused: null }),
      });
    },
  },
  {
    name: "unknown fields are pruned with a warning, kept where the schema says so, refused when strict",
    async run(api) {
      const path = api.group(WIDGETS, "widgets");
      const spec = {
        size: 1,
        unknown: 1,
        nested: { deep: true },
        free: { any: { thing: 1 } },
        ports: [{ name: "x", y: 1 }],
      };
      const body = { ...widget("a", spec), extra: "x" };
      await api.request("POST", path, { body });
      await api.request("POST", `${path}?fieldValidation=Strict`, {
        body: { ...body, metadata: { name: "b" } },
      });
      await api.request("POST", `${path}?fieldValidation=Ignore`, {
        body: { ...body, metadata: { name: "c" } },
      });
    },
  },
  {
    name: "unknown fields in patches and applies are refused when strict",
    async run(api) {
      const made = await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      const path = `${api.group(WIDGETS, "widgets", "w")}?fieldValidation=Strict`;
      const body = { spec: { sizes: 2 } };
      const answer = await api.quiet("PATCH", path, { body, type: MERGE });
      const {
        message = "",
        details,
        reason,
      } = answer.body as { message?: string; details?: Json; reason?: string };
      api.note("merge patch", [
        answer.status,
        reason ?? "",
        message.slice(-60),
        message.slice(0, 30),
      ]);
      api.note("details", Object.keys(details as JsonObject).sort());
      const apply = { ...widget("w"), spec: { size: 1, sizes: 2 } };
      await api.request("PATCH", `${path}&fieldManager=m`, {
        body: apply,
        type: "application/apply-patch+yaml",
      });
      const config = await api.must("POST", api.core("configmaps"), {
        body: { metadata: { name: "c" } },
      });
      const strict = `${api.core("configmaps", "c")}?fieldValidation=Strict`;
      const built = await api.quiet("PATCH", strict, { body: { foo: 1 }, type: MERGE });
      api.note("built-in", [built.status, (built.body as { message: string }).message.slice(-42)]);
      expect([versionOf(made), versionOf(config)]).toEqual([
        expect.any(String),
        expect.any(String),
      ]);
    },
  },
  {
    name: "violations of the schema are 422 in the server's words",
    async run(api) {
      const path = api.group(WIDGETS, "widgets");
      const specs: readonly Json[] = [
        {},
        { size: 11 },
        { size: 0 },
        { size: "big" },
        { size: 1.5 },
        { size: 1, colour: "pink" },
        { size: 1, code: "ABC" },
        { size: 1, code: "toolong" },
        { size: 1, steps: ["a", "b", "c", "d"] },
        { size: 1, tags: ["a", "a"] },
        { size: 1, ports: [{ name: "a" }, { name: "a" }] },
        { size: 1, ports: [{ port: 1 }] },
        { size: 1, labels: { a: 1 } },
        { size: 1, amount: true },
        { size: 12, colour: "pink", paused: "yes" },
        "text",
      ];
      for (const spec of specs) {
        const answer = await api.request("POST", path, { body: widget("w", spec as JsonObject) });
        expect(answer.status).toBe(422);
      }
      const { spec: _, ...withoutSpec } = widget("w");
      await api.request("POST", path, { body: withoutSpec });
    },
  },
  {
    name: "null is taken where the schema says nullable, dropped where there is a default",
    async run(api) {
      const path = api.group(WIDGETS, "widgets");
      await api.request("POST", path, {
        body: widget("a", { size: 1, nested: { text: null, level: null } }),
      });
      await api.request("POST", path, { body: widget("b", { size: 1, steps: null }) });
    },
  },
  {
    name: "bodies without kind, of another kind or version are 400",
    async run(api) {
      const path = api.group(WIDGETS, "widgets");
      const bodies = [
        { metadata: { name: "a" }, spec: { size: 1 } },
        { apiVersion: WIDGETS, metadata: { name: "a" }, spec: { size: 1 } },
        { ...widget("a"), kind: "Gadget" },
      ];
      for (const body of bodies) {
        const answer = await api.request("POST", path, { body: body as JsonObject });
        expect(answer.status).toBeGreaterThanOrEqual(400);
      }
    },
  },
  {
    name: "status is its own: ignored on create and update, generation counts the spec alone",
    async run(api) {
      const collection = api.group(WIDGETS, "widgets");
      const path = api.group(WIDGETS, "widgets", "w");
      await api.request("POST", collection, {
        body: { ...widget("w"), status: { phase: "Lies" } },
      });
      const status = { status: { phase: "Ready", count: 1 } };
      await api.request("PATCH", `${path}/status`, {
        body: { ...status, spec: { size: 9 }, metadata: { labels: { a: "b" } } },
        type: MERGE,
      });
      await api.request("PATCH", path, {
        body: { status: { phase: "Lies" }, metadata: { labels: { x: "y" } } },
        type: MERGE,
      });
      await api.request("PATCH", path, { body: { spec: { size: 2 } }, type: MERGE });
      await api.request("GET", `${path}/status`);
      expect(
        (
          await api.request("PATCH", `${path}/status`, {
            body: { status: { count: "x" } },
            type: MERGE,
          })
        ).status,
      ).toBe(422);
    },
  },
  {
    name: "replace needs a version",
    async run(api) {
      const created = await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      const path = api.group(WIDGETS, "widgets", "w");
      expect((await api.request("PUT", path, { body: widget("w", { size: 2 }) })).status).toBe(422);
      const body = {
        ...widget("w", { size: 2 }),
        metadata: { name: "w", resourceVersion: versionOf(created) },
      };
      expect((await api.request("PUT", path, { body })).status).toBe(200);
      expect(
        (await api.request("PUT", path, { body: { ...body, spec: { size: 3 } } })).status,
      ).toBe(409);
    },
  },
  {
    name: "all versions serve the same object",
    async run(api) {
      const older = WIDGETS.replace("v1", "v1beta1");
      await api.must("POST", api.group(older, "widgets"), {
        body: { ...widget("w"), apiVersion: older },
      });
      await api.request("GET", api.group(WIDGETS, "widgets", "w"));
      await api.request("PATCH", api.group(older, "widgets", "w"), {
        body: { spec: { size: 4 } },
        type: MERGE,
      });
      await api.request("GET", api.group(WIDGETS, "widgets", "w"));
    },
  },
  {
    name: "strategic merge patch is not for custom kinds",
    async run(api) {
      await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      const type = "application/strategic-merge-patch+json";
      const answer = await api.request("PATCH", api.group(WIDGETS, "widgets", "w"), {
        body: {},
        type,
      });
      expect(answer.status).toBe(415);
    },
  },
  {
    name: "a cluster-scoped kind without status keeps everything and counts everything",
    async run(api) {
      const path = `/apis/${GROUP}/v1/gadgets`;
      const name = `g-${api.namespace}`;
      const body = {
        apiVersion: `${GROUP}/v1`,
        kind: "Gadget",
        metadata: { name },
        any: { thing: [1, null] },
        status: { a: 1 },
      };
      await api.request("POST", path, { body });
      await api.request("PATCH", `${path}/${name}`, { body: { status: { a: 2 } }, type: MERGE });
      await api.request("PATCH", `${path}/${name}/status`, { body: {}, type: MERGE });
      await api.request("GET", `/apis/${GROUP}/v1/namespaces/${api.namespace}/gadgets/${name}`);
      await api.request("DELETE", `${path}/${name}`);
    },
  },
  {
    name: "a definition that exists is 409, the same one applied is unchanged",
    async run(api) {
      const answer = await api.request("POST", DEFINITIONS_PATH, { body: gadgetDefinition });
      expect(answer.status).toBe(409);
    },
  },
];
