import { expect, test } from "bun:test";
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";
import { missingFields } from "../../../src/runtime/missing-fields.ts";
import type { JsonObject } from "../../../src/std/json.ts";

function definition(spec: object, version = "v1"): JsonObject {
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  return { spec: { versions: [{ name: version, schema }] } } as unknown as JsonObject;
}

const object = (properties: object, more: object = {}) => ({
  type: "object",
  properties,
  ...more,
});
const TEXT = { type: "string" };
const MAIL = object({ host: TEXT, port: TEXT });
const WANTED = definition(object({ text: TEXT, tier: TEXT, mail: MAIL, tiers: TEXT }));

test.each([
  ["a field of a template", "{{ .spec.tier }}", object({ text: TEXT, mail: MAIL }), ["spec.tier"]],
  ["a field of a condition", "spec.tier", object({ mail: MAIL }), ["spec.tier"]],
  ["what lies within a missing field", "{{ .spec.mail.host | upper }}", object({}), ["spec.mail"]],
  ["a deep field", "{{ .spec.mail.host }}", object({ mail: object({}) }), ["spec.mail.host"]],
  ["nothing that is not read", "{{ .spec.text }}", object({ text: TEXT }), []],
  ["nothing of another object", "{{ .children.pod.spec.tier }}", object({}), []],
  [
    "nothing where unknown fields are kept",
    "{{ .spec.tier }}",
    object({}, { "x-kubernetes-preserve-unknown-fields": true }),
    [],
  ],
] as const)("missingFields() gives %s", (...[, text, served, expected]) => {
  const type = { version: "v1" } as ResolvedCrd["type"];
  const box = { normalize: { text } } as unknown as ResolvedCrd["box"];
  expect(missingFields({ crd: WANTED, box, type }, definition(served))).toEqual([...expected]);
  expect(missingFields({ crd: WANTED, box, type }, definition(served, "v2"))).toEqual([]);
});
