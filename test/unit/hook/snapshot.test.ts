import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type SourceFile, takeSnapshot } from "../../../src/hook/snapshot.ts";

function file(path: string, text = "export default {};"): SourceFile {
  return { path, name: `katalogs/${path}`, text, digest: `sha256:${text}` };
}

test("takeSnapshot() keeps the code as it was read, and removes it at the end", async () => {
  const files = [file("hooks/a.ts", 'import "../../shared/b.ts";'), file("../shared/b.ts", "1;")];
  const snapshot = await takeSnapshot([{ crd: "one", files }]);
  const copy = snapshot.modules.get("one")!;
  const path = fileURLToPath(copy.url);
  expect(await readFile(path, "utf8")).toBe('import "../../shared/b.ts";');
  expect(await readFile(new URL("../../shared/b.ts", copy.url), "utf8")).toBe("1;");
  await snapshot[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(false);
});

test("takeSnapshot() copies a module once for all entries that name it", async () => {
  await using snapshot = await takeSnapshot([
    { crd: "one", files: [file("a.ts")] },
    { crd: "two", files: [file("a.ts")] },
    { crd: "three", files: [file("a.ts", "other")] },
  ]);
  const { modules } = snapshot;
  expect(modules.get("one")).toBe(modules.get("two")!);
  expect(modules.get("three")?.url).not.toBe(modules.get("one")!.url);
});

test("ModuleCopy names the author's files, and nothing of ours", async () => {
  await using snapshot = await takeSnapshot([{ crd: "one", files: [file("a.ts"), file("b.ts")] }]);
  const copy = snapshot.modules.get("one")!;
  const main = fileURLToPath(copy.url);
  const other = new URL("b.ts", copy.url).href;
  const stack = `Error: x\n    at f (${other}:4:9)\n    at g (${main}:2:1)\n    at ours (/ork:1:1)`;
  expect(copy.explain(stack)).toBe(
    "Error: x\n    at f (katalogs/b.ts:4:9)\n    at g (katalogs/a.ts:2:1)",
  );
  expect(copy.findPosition(stack)).toEqual({ file: "katalogs/b.ts", line: 4, column: 9 });
  expect(copy.findPosition("Error: x\n    at ours (/ork:1:1)")).toBeUndefined();
  expect(copy.toSource({ file: main, line: 1, column: 2 }).file).toBe("katalogs/a.ts");
});
