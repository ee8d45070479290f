import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/cli/cli.ts";
import { recordedIo } from "./recorded-io.ts";

const GOOD = join(import.meta.dirname, "../resolve/fixtures/website/katalog.yaml");

let folder: string;
let broken: string;
let doubtful: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ork-open-log-"));
  broken = join(folder, "broken.yaml");
  doubtful = join(folder, "doubtful.yaml");
  const head = ["apiVersion: orkestra.orkspace.io/v1", "kind: Katalog"];
  await writeFile(broken, [...head, "metadta: { name: x }", ""].join("\n"));
  const entry =
    "    things: { apiTypes: { group: x.test, version: v1, kind: Thing, plural: things }, dependsOn: [elsewhere] }";
  await writeFile(
    doubtful,
    [...head, "metadata: { name: x }", "spec:", "  crds:", entry, ""].join("\n"),
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const { io, err } = recordedIo({ env, cwd: folder });
  const code = await runCli(["run", "--listen", "0", ...argv], io);
  return { code, err, lines: () => err.map((line) => JSON.parse(line)) };
}

const NOWHERE = ["--server", "http://127.0.0.1:1", "--request-timeout", "2s"];
const JSON_LOG = ["--log-format", "json"];

describe("run with a JSON log", () => {
  test.each([
    ["by the flag", JSON_LOG, {}],
    ["by the variable", [], { ORK_LOG_FORMAT: "json" }],
    ["in a pod", [], { KUBERNETES_SERVICE_HOST: "10.0.0.1" }],
  ])("%s writes each issue as a line of it", async (_, flags, env) => {
    const { code, lines } = await run(["-f", broken, ...flags], env);
    expect(code).toBe(3);
    expect(lines()).toContainEqual({
      time: expect.any(String),
      level: "error",
      message: 'Unknown key "metadta" in the document',
      code: "unknown-key",
      hint: 'Did you mean "metadata"?',
      path: ["metadta"],
      position: { file: broken, line: 3, column: 1 },
    });
  });

  test("tells the failure of a start there, too, after warnings of the documents", async () => {
    const { code, lines } = await run(["-f", doubtful, ...JSON_LOG, ...NOWHERE]);
    expect(code).toBe(4);
    const told = lines().map(({ level, code }) => [level, code]);
    expect(told.at(-1)).toEqual(["error", "unreachable"]);
    expect(told.map(([, code]) => code)).toContain("unknown-dependency");
  });

  test("keeps to the level of the log", async () => {
    const { lines } = await run(["-f", doubtful, ...JSON_LOG, "--log-level", "error", ...NOWHERE]);
    expect(lines().map(({ level }) => level)).toEqual(["error"]);
  });

  test.each([
    ["text on a pipe that no flag speaks of", [GOOD, ...NOWHERE], "error: Cannot reach"],
    [
      "text for a wrong command line",
      [GOOD, ...JSON_LOG, "--lease-duration", "x"],
      "error: Option",
    ],
  ])("stays %s", async (_, argv, expected) => {
    const { err } = await run(["-f", ...argv]);
    expect(err.join("\n")).toContain(expected);
  });
});
