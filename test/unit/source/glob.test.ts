import { expect, test } from "bun:test";
import { expandGlob, isGlob } from "../../../src/source/glob.ts";
import { memoryFiles } from "../resolve/memory-files.ts";

const files = memoryFiles(
  Object.fromEntries(
    ["a.yaml", "b.yml", ".hidden.yaml", "x/a.yaml", "x/y/a.yaml", "x/y/z+.yaml", ".git/a.yaml"].map(
      (path) => [path, ""],
    ),
  ),
);

test.each([
  ["*.yaml", ["a.yaml"]],
  ["?.y*ml", ["a.yaml", "b.yml"]],
  [".*.yaml", [".hidden.yaml"]],
  ["*/a.yaml", ["x/a.yaml"]],
  ["x/*/a.yaml", ["x/y/a.yaml"]],
  ["./x/../*.yml", ["b.yml"]],
  ["**/a.yaml", ["a.yaml", "x/a.yaml", "x/y/a.yaml"]],
  ["x/**", ["x/a.yaml", "x/y/a.yaml", "x/y/z+.yaml"]],
  ["**/z+.y*", ["x/y/z+.yaml"]],
  ["x/*", ["x/a.yaml", "x/y"]],
  ["none/*", []],
  ["*/none.yaml", []],
])("expandGlob() of %s", async (pattern, expected) => {
  expect(isGlob(pattern)).toBe(true);
  expect(await expandGlob(pattern, normalised)).toEqual(expected);
});

/** `x/..` is the folder that `x` is in: a map of paths does not know that by itself. */
const normalised: typeof files = {
  ...files,
  kindOf: (path) => files.kindOf(path === "x/.." ? "." : path),
};
