import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { originOf, toPointer } from "../../../src/resolve/origins.ts";
import { type ResolveOptions, resolve } from "../../../src/resolve/resolve.ts";
import type { Json, PathSegment } from "../../../src/std/json.ts";
import { HEADER, WEBSITE_CRD } from "./marked.ts";
import { memoryFiles } from "./memory-files.ts";

const EXAMPLES = join(import.meta.dir, "../../../examples");

async function resolved(options: Partial<ResolveOptions>) {
  const result = await resolve({ paths: ["katalog.yaml"], env: {}, ...options });
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues));
  return result;
}

function* leaves(
  value: Json | undefined,
  path: PathSegment[] = [],
): Generator<[PathSegment[], Json]> {
  if (value === undefined) return;
  const isEmpty = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  if (isEmpty) yield [path, value];
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leaves(item, [...path, index]);
  } else {
    for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
  }
}

/** What a place does not show as it is: addresses of the entry, and what is read into another form. */
const DERIVED =
  /\/(id|key|mode|namespaced|operator|resyncMs|timeoutMs|condition|\w+Selector)$|\/steps\/\d+\/kind$|\/box\/(inputs\/\d+\/key|hooks\/(files|module|role)|status\/fields\/\d+\/path|remote\/auth)|^\/(apiVersion|kind)$/;

/** Texts that the inputs of a Motif were written into. */
const REWRITTEN = /\$\.(inputs|spec|metadata)\b/;

describe("origins of examples", () => {
  const folders = readdirSync(EXAMPLES).filter((name) => name !== "no-auto-sync");
  test.each(folders)("each value of %s has the place where it stands", async (name) => {
    const { katalog, origins } = await resolved({ paths: [join(EXAMPLES, name)] });
    const files = new Map<string, string[]>();
    let compared = 0;
    for (const [path, value] of leaves(katalog as unknown as Json)) {
      const origin = originOf(origins, path);
      const pointer = toPointer(path);
      if (!origin) throw new Error(`${pointer} has no origin`);
      if ("by" in origin || DERIVED.test(pointer)) continue;
      const { file, line, column } = origin;
      const lines = files.get(file) ?? (await readFile(file, "utf8")).split("\n");
      files.set(file, lines);
      const [text = ""] = String(typeof value === "object" ? "" : value).split("\n");
      if (REWRITTEN.test(text)) continue;
      // A text of several lines begins below its place.
      const there = [lines[line - 1]?.slice(column - 1), lines[line]].join("\n");
      expect(`${pointer}: ${there.replaceAll("\\", "")}`).toContain(text.replaceAll("\\", ""));
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });
});

const SETTINGS = `${HEADER}spec:
  crds:
    website:
      crdFile: crd.yaml
      operatorBox:
        reconcile:
          onReconcile:
            when: [{ field: spec.a, exists: true }]
            configMaps:
              - { name: x, data: { a: b }, when: [{ field: spec.b, equals: "1", negate: true }] }
`;

const files = memoryFiles({ "katalog.yaml": SETTINGS, "crd.yaml": WEBSITE_CRD });

test("origins of what no document says name what gave it", async () => {
  const env = { DEFAULT_WORKERS: "7" };
  const { origins } = await resolved({ files, env, allowCrossNamespace: true });
  expect(origins.get("/crds/0/workers")).toEqual({ by: "DEFAULT_WORKERS of the environment" });
  expect(origins.get("/crds/0/resyncMs")).toEqual({ by: "default" });
  const child = "/crds/0/box/children/0";
  expect(origins.get(`${child}/crossNamespace`)).toEqual({ by: "--allow-cross-namespace" });
  expect(origins.get(`${child}/forceConflict`)).toEqual({ by: "default" });
});

test("origins of conditions count those of the blocks around", async () => {
  const { origins, katalog } = await resolved({ files });
  expect(katalog.crds[0]?.box.children[0]?.when).toHaveLength(2);
  const lines = SETTINGS.split("\n");
  const at = (pointer: string) => {
    const origin = origins.get(`/crds/0/box/children/0/when/${pointer}`);
    if (!origin || "by" in origin) return origin?.by;
    return /^[\w.]+/.exec(
      lines[origin.line - 1]?.slice(origin.column - 1).replace(/^"/, "") ?? "",
    )?.[0];
  };
  expect(["0/field", "0/operator", "0/isNegated"].map(at)).toEqual(["spec.a", "exists", "default"]);
  const second = ["1/field", "1/operator", "1/operand", "1/isNegated"].map(at);
  expect(second).toEqual(["spec.b", "equals", "1", "true"]);
});

test("places of what may fail at run time are there without origins, and in the order of the box", async () => {
  const fields = "emit: { status: { fields: [{ path: a, value: b }, { path: c, value: d }] } }";
  const text = `${SETTINGS}            secrets:
              - { name: s }
        ${fields}
`;
  const { katalog, origins, places } = await resolved({
    files: memoryFiles({ "katalog.yaml": text, "crd.yaml": WEBSITE_CRD }),
    withOrigins: false,
  });
  expect(origins.size).toBe(0);
  const { children = [], statusFields = [] } = places.get("website") ?? {};
  const lines = text.split("\n");
  const at = ({ line, column }: { readonly line: number; readonly column: number }) =>
    lines[line - 1]?.slice(column - 1, column + 8);
  const names = katalog.crds[0]?.box.children.map(({ name }) => `{ name: ${String(name)}`);
  expect(children.map(at)).toEqual(names ?? []);
  expect(names?.toSorted()).toEqual(["{ name: s", "{ name: x"]);
  expect(statusFields.map(at)).toEqual(["{ path: a", "{ path: c"]);
});

test("origins of a definition are places in its file", async () => {
  const { origins } = await resolved({ files });
  const lines = WEBSITE_CRD.split("\n");
  for (const [pointer, text] of [
    ["/type/group", "demo.orkestra.io"],
    ["/type/kind", "Website"],
    ["/crd/spec/names/plural", "websites"],
  ]) {
    const origin = origins.get(`/crds/0${pointer}`);
    if (!origin || "by" in origin) throw new Error(`${pointer} has no place`);
    expect(origin.file).toBe("crd.yaml");
    expect(lines[origin.line - 1]?.slice(origin.column - 1)).toStartWith(text ?? "");
  }
});

test("origins of where an Ingress leads are a default, where no document says it", async () => {
  const services = "services: [{ name: a, port: 81 }]";
  const text = `${HEADER}spec: { crds: { w: { apiTypes: { group: a.io, version: v1, kind: W, plural: ws }, operatorBox: { reconcile: { onReconcile: { ${services}, ingresses: [{ servicePort: 81 }] } } } } } }`;
  const { katalog, origins } = await resolved({ files: memoryFiles({ "katalog.yaml": text }) });
  const children = katalog.crds[0]?.box.children ?? [];
  const index = children.findIndex(({ key }) => key === "ingresses");
  expect(children[index]?.fields).toEqual({ serviceName: "a", servicePort: 81 });
  const place = (name: string) => origins.get(`/crds/0/box/children/${index}/fields/${name}`);
  expect(place("serviceName")).toEqual({ by: "default" });
  expect(place("servicePort")).toMatchObject({ file: "katalog.yaml" });
});
