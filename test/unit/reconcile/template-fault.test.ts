import { expect, test } from "bun:test";
import { templateFault } from "../../../src/reconcile/template-fault.ts";
import { compileValue } from "../../../src/reconcile/value.ts";
import type { Json } from "../../../src/std/json.ts";
import { TemplateError } from "../../../src/template/error.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";
import { child, field, Harness, type HarnessOptions } from "./harness.ts";

const BAD = "{{ index .spec.list 5 }}";
const REASON = 'Index 5 is out of range: the last one is 0 (in "index .spec.list 5")';
const at = (line: number) => ({ file: "katalog.yaml", line, column: 17 });

async function failureOf(options: HarnessOptions): Promise<string> {
  const box = new Harness(options);
  box.create({ list: ["a"] });
  const outcome = await box.reconcile();
  if (outcome.kind !== "stuck") throw new Error(`ended ${outcome.kind}`);
  return outcome.error.message;
}

test.each<[string, HarnessOptions, string]>([
  [
    "a field of a child",
    {
      children: [
        child("configMaps", { data: { "a.b": "x", c: BAD } }, { id: "onReconcile.configMaps[0]" }),
      ],
      places: { children: [at(12)], statusFields: [] },
    },
    'Cannot render "onReconcile.configMaps[0]" (shop-config): katalog.yaml:12:17 (data.c)',
  ],
  [
    "an item of a list, below a key with a dot",
    {
      children: [
        child(
          "custom",
          {
            apiVersion: "gadgets.io/v1",
            kind: "Gadget",
            metadata: { name: "g" },
            spec: { "a.b": ["x", { c: BAD }] },
          },
          { id: "onReconcile.custom[0]" },
        ),
      ],
    },
    'Cannot render "onReconcile.custom[0]" (g): spec[a.b][1].c',
  ],
  [
    "an annotation",
    {
      children: [
        child("configMaps", {}, { id: "onReconcile.configMaps[0]", annotations: { x: BAD } }),
      ],
    },
    'Cannot render "onReconcile.configMaps[0]" (shop-config): annotations.x',
  ],
  [
    "a patch",
    {
      children: [
        child("configMaps", {}, { id: "onReconcile.configMaps[0]", patch: { data: { x: BAD } } }),
      ],
    },
    'Cannot render "onReconcile.configMaps[0]" (shop-config): patch.data.x',
  ],
  [
    "a name",
    {
      children: [child("configMaps", {}, { id: "onReconcile.configMaps[0]", name: BAD })],
      places: { children: [at(7)], statusFields: [] },
    },
    'Cannot expand "onReconcile.configMaps[0]": katalog.yaml:7:17 (name)',
  ],
  [
    "a forEach",
    {
      children: [
        child(
          "configMaps",
          {},
          {
            id: "onReconcile.configMaps[0]",
            forEach: { field: BAD, as: "item" },
          },
        ),
      ],
    },
    'Cannot expand "onReconcile.configMaps[0]": forEach',
  ],
  [
    "a status field",
    { fields: [field("phase", BAD)], places: { children: [], statusFields: [at(30)] } },
    'Cannot set "status.phase": katalog.yaml:30:17',
  ],
  [
    "a later line of a text",
    { fields: [field("phase", `a\n${BAD}`)] },
    'Cannot set "status.phase": line 2 of the text',
  ],
  ["requeue", { box: { requeue: { after: BAD } } }, 'Cannot render "requeue.after"'],
  ["a label", { crd: { labels: { tier: BAD } } }, "Cannot render the labels: tier"],
  ["normalize", { box: { normalize: { host: BAD } } }, 'Cannot normalize "host"'],
])("reconcile() says where a template stands that failed: %s", async (_, options, expected) => {
  expect(await failureOf(options)).toBe(`${expected}: ${REASON}`);
});

test("reconcile() says where a template of a Secret stands, and not what it says", async () => {
  const message = await failureOf({
    children: [child("secrets", { data: { password: BAD } }, { id: "onReconcile.secrets[0]" })],
    places: { children: [at(12)], statusFields: [] },
  });
  expect(message).toBe(
    'Cannot render "onReconcile.secrets[0]" (shop-secret): a template failed at katalog.yaml:12:17 (data.password) (bad-argument)',
  );
});

test("templateFault() leaves other errors as they are", () => {
  const error = new Error("no");
  expect(templateFault("Cannot do it", error)).toBe(error);
});

test("evaluate() gives each error its own path, also when the same one is thrown again", () => {
  const dialect = createKatalogDialect();
  const source: Json = { a: ["{{ .spec.x }}", "{{ index .spec.x 9 }}"] };
  const value = compileValue(source, { dialect, issues: [], path: [] });
  const kept = new TemplateError("failed", "kept");
  const environment = { nowMs: 0, timeZone: "UTC", random: () => new Uint8Array() };
  const slices = {
    run(): never {
      throw kept;
    },
  };
  for (let round = 0; round < 2; round++) {
    try {
      value.evaluate({ spec: { x: [] } }, { ...environment, slices });
      throw new Error("no error");
    } catch (error) {
      expect(error).toMatchObject({ path: ["a", 1], message: "kept" });
    }
  }
  expect(kept.path).toEqual([]);
});
