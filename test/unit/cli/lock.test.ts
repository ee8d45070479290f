import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/cli/cli.ts";
import { createLock, printLock } from "../../../src/resolve/lock.ts";
import { recordedIo } from "./recorded-io.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ork-lock-"));
  path = join(folder, "orkestra.lock");
  const lines = ["apiVersion: orkestra.orkspace.io/v1", "kind: Katalog", "metadata: { name: x }"];
  const type = "{ group: a.io, version: v1, kind: W, plural: ws }";
  const spec = `spec: { crds: { w: { apiTypes: ${type} } } }`;
  await writeFile(join(folder, "katalog.yaml"), [...lines, spec, ""].join("\n"));
});
afterEach(() => rm(folder, { recursive: true }));

async function lock(...argv: string[]) {
  const { io, out } = recordedIo({ cwd: folder });
  const file = ["-f", join(folder, "katalog.yaml")];
  const code = await runCli(["lock", ...file, "-o", "json", ...argv], io);
  return { code, data: JSON.parse(out.join("\n")) };
}

describe("lock -o json", () => {
  test("says what it wrote, and --check that nothing differs", async () => {
    const missing = await lock("--check");
    expect(missing).toMatchObject({ code: 4, data: { issues: [{ code: "operational" }] } });
    const written = await lock();
    expect(written).toEqual({ code: 0, data: { path, written: true, changes: [], entries: [] } });
    expect(await readFile(path, "utf8")).toBe(printLock(createLock([])));
    const checked = await lock("--check");
    expect(checked).toEqual({ code: 0, data: { path, written: false, changes: [], entries: [] } });
  });

  test("names with --check what differs, and leaves the file alone", async () => {
    const reference = "https://api.example.io/katalog.yaml";
    const digest = `sha256:${"0".repeat(64)}`;
    const text = printLock(createLock([{ kind: "url", reference, digest }]));
    await writeFile(path, text);
    const { code, data } = await lock("--check");
    expect({ code, written: data.written }).toEqual({ code: 1, written: false });
    expect(data.changes).toEqual([expect.stringContaining(reference)]);
    expect(await readFile(path, "utf8")).toBe(text);
  });
});
