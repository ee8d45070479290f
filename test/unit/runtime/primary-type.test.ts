import { expect, test } from "bun:test";
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";
import type { ApiResource } from "../../../src/kube/api-resource.ts";
import { findPrimaryType } from "../../../src/runtime/primary-type.ts";

const gizmo = { group: "a.io", version: "v1", kind: "Gizmo", plural: "gizmos" };
const signal = new AbortController().signal;

function served(...plurals: string[]) {
  const resources = plurals.map((plural) => ({ ...gizmo, plural }) as unknown as ApiResource);
  return {
    findKind: async ({ kind }: { kind: string }) => resources.find((each) => each.kind === kind),
    findPlural: async ({ plural }: { plural: string }) =>
      resources.find((each) => each.plural === plural),
  };
}

const entry = (crd?: object) => ({ type: gizmo, crd }) as unknown as ResolvedCrd;

test("findPrimaryType() never takes another resource of the same kind for that of the CRD", async () => {
  expect(await findPrimaryType(entry({}), served("things"), signal)).toBeUndefined();
  expect(await findPrimaryType(entry({}), served("things", "gizmos"), signal)).toMatchObject(gizmo);
});

test("findPrimaryType() goes by the kind where the plural is a guess", async () => {
  expect(await findPrimaryType(entry(), served("gizmoes"), signal)).toMatchObject({
    plural: "gizmoes",
  });
});
