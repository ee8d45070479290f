import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/cli/cli.ts";
import { recordedIo } from "./recorded-io.ts";

const KATALOG = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: test }
spec:
  crds:
    tower:
      enabled: false
      apiTypes: { group: x.test, version: v1, kind: Tower, plural: towers }
`;

test.each(["tower", "towers", "Tower"])("get %s says that the entry is disabled", async (name) => {
  const folder = await mkdtemp(join(tmpdir(), "ork-get-"));
  try {
    const path = join(folder, "katalog.yaml");
    await writeFile(path, KATALOG);
    const { io, out, err } = recordedIo({ cwd: folder });
    expect(await runCli(["get", name, "-f", path], io)).toBe(4);
    expect([...out, ...err].join("\n")).toContain('The entry "tower" is disabled');
  } finally {
    await rm(folder, { recursive: true });
  }
});
