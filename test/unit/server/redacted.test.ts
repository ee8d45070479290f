import { expect, test } from "bun:test";
import type { ChildEntry, ResolvedCrd, ResolvedKatalog } from "../../../src/katalog/resolved.ts";
import { LAST_APPLIED_ANNOTATION } from "../../../src/kube/marks.ts";
import { shownCrd, shownKatalog, shownObject } from "../../../src/server/redacted.ts";

const SECRET = "aHVudGVyMg";
const values = { data: { password: SECRET, user: `{{ .spec.user }}${SECRET}` } };

function entry(over: Partial<ChildEntry>): ChildEntry {
  return { id: "x", key: "secrets", fields: {}, labels: {}, ...over } as unknown as ChildEntry;
}

function crd(over: Partial<ResolvedCrd>, steps: readonly ChildEntry[] = []): ResolvedCrd {
  const onDelete = { groups: [{ steps: steps.map((each) => ({ kind: "run", entry: each })) }] };
  const { box, ...rest } = over;
  return { customResources: [], ...rest, box: { children: [], ...box, onDelete } } as never;
}

const children = (child: ChildEntry) => crd({ box: { children: [child] } as never });

test.each<[string, ResolvedCrd]>([
  ["data of secrets", children(entry({ fields: values }))],
  ["data that is one template", children(entry({ fields: { data: `{{ .x }}${SECRET}` } }))],
  ["a patch of secrets", children(entry({ patch: { stringData: values.data } }))],
  ["a custom Secret", children(entry({ key: "custom", fields: { kind: "Secret", ...values } }))],
  [
    "a custom object of any kind",
    children(entry({ key: "custom", fields: { kind: "{{ .spec.kind }}", ...values } })),
  ],
  ["a Secret of onDelete", crd({}, [entry({ fields: values })])],
  ["a Secret of crFiles", crd({ customResources: [{ kind: "Secret", ...values }] })],
  [
    "a variable whose name says so",
    children(entry({ key: "deployments", fields: { env: { DB_PASSWORD: SECRET } } })),
  ],
])("shownCrd() hides %s", (_, given) => {
  expect(JSON.stringify(given)).toContain(SECRET);
  expect(JSON.stringify(shownCrd(given))).not.toContain(SECRET);
  const katalog = { metadata: { name: "k" }, crds: [given], other: {} } as never as ResolvedKatalog;
  expect(JSON.stringify(shownKatalog(katalog))).not.toContain(SECRET);
});

test("shownCrd() hides what calls at a deletion send to be known", () => {
  const call = {
    name: "bill",
    url: "https://billing.example.com",
    headers: { "X-Key": SECRET },
    query: { key: SECRET },
    credential: { kind: "token", token: SECRET },
  };
  const base = crd({});
  const onDelete = { ...base.box.onDelete, external: [call] };
  const shown = shownCrd({ ...base, box: { ...base.box, onDelete } } as never);
  expect(JSON.stringify(shown)).not.toContain(SECRET);
  expect(shown).toMatchObject({
    box: { onDelete: { external: [{ name: "bill", headers: { "X-Key": "[redacted]" } }] } },
  });
});

test("shownCrd() keeps the names of values, and data that is no secret", () => {
  expect(shownCrd(children(entry({ fields: values })))).toMatchObject({
    box: { children: [{ fields: { data: { password: "[redacted]", user: "[redacted]" } } }] },
  });
  const fields = { data: { color: "blue" } };
  expect(shownCrd(children(entry({ key: "configMaps", fields })))).toMatchObject({
    box: { children: [{ fields }] },
  });
});

test("shownObject() hides values of Secrets, fields named like secrets, and copies as text", () => {
  const metadata = {
    name: "a",
    annotations: { [LAST_APPLIED_ANNOTATION]: JSON.stringify({ spec: { password: SECRET } }) },
  };
  const shown = shownObject({
    apiVersion: "home.dev/v1",
    kind: "Lamp",
    metadata,
    spec: { password: SECRET, color: "blue" },
  });
  expect(shown).toMatchObject({ spec: { password: "[redacted]", color: "blue" } });
  expect(JSON.stringify(shown)).not.toContain(SECRET);
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, ...values };
  expect(JSON.stringify(shownObject(secret))).not.toContain(SECRET);
});
