/**
 * C7, intentional: what would run against what runs now, by each of the three that can say it: the process, the
 * digest that custom resources carry, and the lock that the process was started with.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { OrkProcess } from "../support/ork-process.ts";
import { startSandboxProcess } from "../support/shared-sandbox.ts";
import { komposerOf, Sources, thingCrd, thingKatalog } from "./sources.ts";

setDefaultTimeout(60_000);

const URL_OF_IMPORT = "https://api.example.io/katalog.yaml";

function textOf(workers: number): string {
  const crds = { told: { operatorBox: { reconcile: { workers } } } };
  return komposerOf({ files: [URL_OF_IMPORT] }, { spec: { crds } });
}

describe("C7 what runs now", () => {
  let sources: Sources;
  let sandbox: Cluster;
  let running: OrkProcess;
  let katalog = thingKatalog("told", "default");
  let digest = "";
  beforeAll(async () => {
    sources = await Sources.open();
    sandbox = await startSandboxProcess();
    await sources.serve(["api.example.io"], (request, response) => {
      response.end(request.url === "/crd.json" ? thingCrd("told") : katalog);
    });
    await ork("lock", 2);
    await cp(join(sources.folder, "orkestra.lock"), old());
    const path = await sources.write("komposer.yaml", textOf(2));
    const flags = [...sources.flags, "--cache-dir", cache(), "--leader-elect=false"];
    running = await OrkProcess.serve(["-f", path, ...flags, ...connection()]);
    digest = String((await running.view("/katalog")).body["digest"]);
    const body = {
      apiVersion: "told.example.io/v1",
      kind: "Thing",
      metadata: { name: "one" },
      spec: { text: "x" },
    };
    const things = "/apis/told.example.io/v1/namespaces/default/things";
    await sandbox.json("POST", things, { body });
    await running.eventually("it carries the digest", async () =>
      JSON.stringify(await sandbox.json("GET", `${things}/one`)).includes(digest),
    );
  });
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]();
    await sandbox?.[Symbol.asyncDispose]();
    await sources?.[Symbol.asyncDispose]();
  });

  const old = () => join(sources.folder, "old.lock");
  const cache = () => join(sources.folder, "cache");
  const connection = () => ["--kubeconfig", sandbox.kubeconfig("operator")];
  const ork = (command: string, workers: number, ...flags: readonly string[]) =>
    sources.ork([command, "--cache-dir", cache(), ...flags], { text: textOf(workers) });
  const plan = async (workers: number, ...flags: readonly string[]) => {
    const { stdout, stderr, code } = await ork("plan", workers, ...connection(), ...flags);
    expect(stderr).not.toContain("error:");
    return { stdout, code };
  };

  test("nothing differs, say process, digest and lock", async () => {
    for (const [flags, line] of [
      [[], "last reconciled by this same document"],
      [["--running", running.url ?? ""], `The same runs now, says ${running.url}`],
      [["--running", old()], `The imports are those of ${old()}`],
    ] as const) {
      const { stdout, code } = await plan(2, ...flags);
      expect(stdout.split("\n")[1]).toContain(line);
      expect([flags, code]).toEqual([flags, EXIT.ok]);
    }
  });

  test("a change of the document itself: field by field, as another digest, as none of the lock's", async () => {
    const byProcess = await plan(7, "--running", running.url ?? "");
    expect(byProcess.stdout).toMatch(/told\S*workers: 2 → 7/);
    const byDigest = await plan(7);
    expect(byDigest.stdout).toContain(`Now runs ${digest}, say the marks`);
    const byLock = await plan(7, "--running", old());
    expect(byLock.stdout).toContain(`Now runs ${digest}, say the marks`);
    expect(byLock.stdout).toContain(`The imports are those of ${old()}: the documents differ`);
    for (const { code } of [byProcess, byDigest, byLock]) expect(code).toBe(EXIT.differences);
  });

  test("a change of an import: field by field, by the process and by the lock, as long as the cache has it", async () => {
    katalog = katalog.replace("{{ .spec.text }}", "new {{ .spec.text }}");
    expect((await ork("lock", 2)).code).toBe(EXIT.ok);
    const field = /data\.text: "\{\{ \.spec\.text \}\}" → "new \{\{ \.spec\.text \}\}"/;
    for (const from of [running.url ?? "", old()]) {
      const { stdout, code } = await plan(2, "--running", from);
      expect(stdout).toMatch(field);
      expect(code).toBe(EXIT.differences);
    }
    await rm(cache(), { recursive: true });
    expect((await ork("lock", 2)).code).toBe(EXIT.ok);
    const { stdout } = await plan(2, "--running", old());
    expect(stdout).toContain(`~ ${URL_OF_IMPORT} sha256:`);
    expect(stdout).toContain("cannot be told from the cache");
    expect(stdout).not.toMatch(field);
  });
});
