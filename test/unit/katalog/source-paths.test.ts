import { expect, test } from "bun:test";
import { normalise } from "../../../src/katalog/normalise.ts";
import { SourcePaths } from "../../../src/katalog/source-paths.ts";
import { parseYaml } from "../../../src/std/yaml.ts";
import { nodeAt, toJson, type YamlNode } from "../../../src/std/yaml-node.ts";

function parse(text: string): YamlNode {
  const [root] = parseYaml(text, { file: "f.yaml" }).documents;
  if (!root) throw new Error("no document");
  return root;
}

function at(root: YamlNode, ...path: (string | number)[]): YamlNode {
  const node = nodeAt(root, path);
  if (!node) throw new Error(`nothing at ${path.join(".")}`);
  return node;
}

test("SourcePaths knows every node of a document", () => {
  const root = parse("a:\n  - b: 1\n");
  const paths = new SourcePaths();
  expect(paths.get(root)).toBeUndefined();
  paths.setAll(root);
  expect(paths.get(root)).toEqual([]);
  expect(paths.get(at(root, "a", 0, "b"))).toEqual(["a", 0, "b"]);
});

test("SourcePaths: the last word on a node counts, and a copy knows what was known before it", () => {
  const root = parse("a: { b: 1 }\n");
  const [first, second] = [parse("x: 1"), parse("x: 1")];
  const paths = new SourcePaths();
  paths.setAll(root);
  paths.copy(at(root, "a"), first);
  paths.set(at(root, "a"), ["other"]);
  paths.copy(at(root, "a"), second);
  expect(paths.get(first)).toEqual(["a"]);
  expect(paths.get(second)).toEqual(["other"]);
  expect(paths.get(at(root, "a", "b"))).toEqual(["a", "b"]);
});

test("SourcePaths knows what was said of a node before the document was walked to it", () => {
  const root = parse("a: { b: [1, 2] }\nc: { d: 1 }\ne: 1\n");
  const paths = new SourcePaths();
  paths.setAll(root);
  expect(paths.get(at(root, "a"))).toEqual(["a"]);
  paths.set(at(root, "c", "d"), ["moved"]);
  paths.set(at(root, "c"), ["elsewhere"]);
  expect(paths.get(at(root, "c", "d"))).toEqual(["moved"]);
  expect(paths.get(at(root, "a", "b", 1))).toEqual(["a", "b", 1]);
  expect(paths.get(parse("z: 1"))).toBeUndefined();
  expect(paths.get(at(root, "c", "d"))).toEqual(["moved"]);
  expect(paths.get(at(root, "c"))).toEqual(["elsewhere"]);
  expect(paths.get(at(root, "e"))).toEqual(["e"]);
});

test("SourcePaths takes the last of two documents that share nodes", () => {
  const root = parse("a: { b: 1 }\n");
  const paths = new SourcePaths();
  paths.setAll(root);
  paths.setAll(at(root, "a"));
  expect(paths.get(at(root, "a", "b"))).toEqual(["b"]);
  expect(paths.get(root)).toEqual([]);
});

const HEAD = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: x }\n";

test("normalise() takes what is canonical as it is", () => {
  const root = parse(
    `${HEAD}spec:\n  crds:\n    a: { operatorBox: { reconcile: { workers: 2 } } }\n`,
  );
  const box = ["spec", "crds", "a", "operatorBox"];
  const { root: normalised, issues } = normalise(root);
  expect(issues).toEqual([]);
  expect(at(normalised, ...box)).toBe(at(root, ...box));
});

test("normalise() leaves the given tree as it is, and moved nodes know where they stood", () => {
  const text = `${HEAD}spec:\n  crds:\n    a:\n      workers: 2\n      operatorBox:\n        onReconcile:\n          statefulsets: [{ name: x }]\n        status: { fields: [] }\n`;
  const root = parse(text);
  const { root: normalised, sourcePaths } = normalise(root);
  expect(toJson(root)).toEqual(toJson(parse(text)));
  const entry = ["spec", "crds", "a"];
  const workers = at(normalised, ...entry, "operatorBox", "reconcile", "workers");
  expect(sourcePaths.get(workers)).toEqual([...entry, "workers"]);
  const name = at(
    normalised,
    ...entry,
    "operatorBox",
    "reconcile",
    "onReconcile",
    "statefulSets",
    0,
    "name",
  );
  expect(sourcePaths.get(name)).toEqual([
    ...entry,
    "operatorBox",
    "onReconcile",
    "statefulsets",
    0,
    "name",
  ]);
  const phase = at(normalised, ...entry, "operatorBox", "reconcile", "onReconcile");
  expect(sourcePaths.get(phase)).toEqual([...entry, "operatorBox", "onReconcile"]);
  expect(sourcePaths.get(at(normalised, ...entry, "operatorBox", "reconcile"))).toBeUndefined();
});
