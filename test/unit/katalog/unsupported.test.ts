import { expect, test } from "bun:test";
import { CHILD_KEYS, LANGUAGE_KINDS } from "../../../src/katalog/child-keys.ts";
import { readKatalog } from "../../../src/katalog/katalog.ts";
import { ENTRY_MOVES } from "../../../src/katalog/layouts.ts";
import { UNSUPPORTED, type UnsupportedSetting } from "../../../src/katalog/unsupported.ts";
import type { Json } from "../../../src/std/json.ts";
import { parseYaml, stringifyYaml } from "../../../src/std/yaml.ts";

/** A document in which nothing but the setting stands. */
function documentWith({ path, when }: UnsupportedSetting): Json {
  const document: Record<string, Json> = {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name: "x" },
    spec: { crds: {} },
  };
  const steps = path
    .split(".")
    .map((step, index) => (step === "*" && index === 2 ? "website" : step));
  let target: Record<string, Json> = document;
  for (const [index, step] of steps.entries()) {
    if (step === "*") continue;
    const next = steps[index + 1];
    if (next === undefined) target[step] = when ? "false" : { some: "value" };
    else if (next === "*") {
      const item = {};
      target[step] = [item];
      target = item;
    } else {
      if (!Object.hasOwn(target, step)) target[step] = {};
      target = target[step] as Record<string, Json>;
    }
  }
  return document;
}

function read(document: Json, skipUnsupported = false) {
  const [root] = parseYaml(stringifyYaml(document), { file: "k.yaml" }).documents;
  if (!root) throw new Error("no document");
  return readKatalog(root, { skipUnsupported });
}

test.each(UNSUPPORTED.map((row) => [row.path, row] as const))(
  "readKatalog() says that %s is not acted on",
  (path, row) => {
    const { katalog, issues } = read(documentWith(row));
    const code = row.verdict === "error" ? "unsupported" : "no-effect";
    expect(issues.map((issue) => issue.code)).toEqual([code]);
    expect(issues[0]).toMatchObject({ severity: row.verdict, position: { file: "k.yaml" } });
    expect(issues[0]?.message).toContain(`"${path.split(".").at(-1)}"`);
    expect(issues[0]?.message).toContain(row.say);
    expect(katalog?.refused.length).toBe(row.verdict === "error" ? 1 : 0);
  },
);

test("what only concerns others is kept under its own path", () => {
  const rows = UNSUPPORTED.filter(({ verdict }) => verdict === "notice");
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) {
    const other = read(documentWith(row)).katalog?.other;
    const path = row.path.replace("spec.crds.*", "crds.website").split(".");
    let value: unknown = other;
    for (const step of path) value = (value as Record<string, unknown>)[step];
    expect(value).toEqual({ some: "value" });
  }
});

test("what is switched off or empty is not asked for", () => {
  const document = documentWith({ path: "gateway", verdict: "notice", say: "" }) as object;
  const { katalog, issues } = read({ ...document, imports: [], providers: false, gateway: null });
  expect(issues).toEqual([]);
  expect(katalog?.refused).toEqual([]);
});

test("null is not a setting", () => {
  const document = documentWith({ path: "gateway", verdict: "notice", say: "" }) as object;
  expect(read({ ...document, gateway: null, notes: null }).issues).toEqual([]);
});

test("default: true is no business of the table", () => {
  const path = "spec.crds.*.operatorBox.reconcile.default";
  const document = stringifyYaml(
    documentWith({ path, verdict: "error", say: "", when: () => true }),
  ).replace('"false"', "True");
  const [root] = parseYaml(document, { file: "k.yaml" }).documents;
  if (!root) throw new Error("no document");
  expect(readKatalog(root, { skipUnsupported: false }).issues).toEqual([]);
});

test("every kind of the language is made or said to be missing", () => {
  const path = "spec.crds.*.operatorBox.reconcile.onReconcile.";
  const missing = UNSUPPORTED.flatMap((row) =>
    row.path.startsWith(path) ? [row.path.slice(path.length)] : [],
  );
  for (const key of Object.keys(LANGUAGE_KINDS)) {
    expect([...missing, ...CHILD_KEYS].filter((each) => each === key)).toEqual([key]);
  }
});

test("every setting that a layout moves is acted on or said not to be", () => {
  const document: Json = {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name: "x" },
  };
  for (const { from } of ENTRY_MOVES) {
    let entry: Json = { strange: "value" };
    for (const step of from.split(".").reverse()) entry = { [step]: entry };
    const { issues } = read({ ...document, spec: { crds: { website: entry } } });
    // A mapping with a strange key fits nowhere: each place must have an opinion about it.
    expect(issues.some(({ severity, code }) => severity === "error" || code === "no-effect")).toBe(
      true,
    );
  }
});
