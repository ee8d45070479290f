/**
 * C7, intentional, for what imports are held against: whoever trusts other keys than before runs another
 * document, and that is seen before anything runs, whatever the imports are.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { OrkProcess } from "../support/ork-process.ts";
import { startSandboxProcess } from "../support/shared-sandbox.ts";
import { KOMPOSERS, type SignedKind, SignedStage } from "./signed-stage.ts";

setDefaultTimeout(60_000);

const KINDS: readonly SignedKind[] = ["key", "identity", "provenance", "provenance in a registry"];

describe("C7 keys", () => {
  let stage: SignedStage;
  let sandbox: Cluster;
  beforeAll(async () => {
    stage = await SignedStage.open();
    await stage.signAgain();
    sandbox = await startSandboxProcess();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    await sandbox?.[Symbol.asyncDispose]();
  });

  const connection = () => ["--kubeconfig", sandbox.kubeconfig("operator")];
  const plan = async (kind: SignedKind, ...flags: readonly string[]) => {
    const { code, stdout } = await stage.ork(kind, ["plan", ...connection()], flags);
    return { code, stdout };
  };

  test.each(KINDS)(
    "another key is seen by ork lock --check and ork plan, though all imports are the same: %s",
    async (kind) => {
      await stage.trust("own");
      const before = await stage.ork(kind, ["version", "-o", "json"]);
      expect((await stage.ork(kind, ["lock"])).code).toBe(EXIT.ok);
      expect((await stage.ork(kind, ["lock", "--check"])).code).toBe(EXIT.ok);
      const old = join(stage.sources.folder, "old.lock");
      await cp(join(stage.sources.folder, "orkestra.lock"), old);
      await using running = await OrkProcess.serve(
        ["-f", await stage.sources.write("komposer.yaml", KOMPOSERS[kind]), ...connection()].concat(
          stage.sources.flags,
          "--leader-elect=false",
        ),
      );
      const url = running.url ?? "";
      expect((await plan(kind, "--running", url)).stdout).toContain("The same runs now");

      await stage.trust("exchanged");
      const check = await stage.ork(kind, ["lock", "--check"]);
      expect(check.stdout).toMatch(/^~ .* held against sha256:\w{64} → sha256:\w{64}$/m);
      expect(check.code).toBe(EXIT.differences);
      const after = await stage.ork(kind, ["version", "-o", "json"]);
      const [was, is] = [before, after].map(({ stdout }) => JSON.parse(stdout));
      expect(is.digest).not.toBe(was.digest);
      const contents = ({ imports }: { imports: { origin: string; digest: string }[] }) =>
        imports.map(({ origin, digest }) => [origin, digest]);
      expect(contents(is)).toEqual(contents(was));
      const compared = await plan(kind, "--running", url);
      expect(compared.stdout).toMatch(/^ {2}acceptedBy\.(signatures|charts)/m);
      expect(compared.code).toBe(EXIT.differences);
      const offline = await stage.ork(kind, ["validate", "--offline"]);
      expect([offline.code, offline.stderr]).toEqual([
        EXIT.operational,
        expect.stringContaining("it was locked under another"),
      ]);
      expect((await stage.ork(kind, ["lock"])).code).toBe(EXIT.ok);
      const locks = await plan(kind, "--running", old);
      expect(locks.stdout).toContain("held against");
      expect(locks.code).toBe(EXIT.differences);
    },
  );

  test("what custom resources were reconciled under tells another key, too", async () => {
    await stage.trust("own");
    const path = await stage.sources.write("komposer.yaml", KOMPOSERS.key);
    await using running = await OrkProcess.serve([
      ...["-f", path, ...connection(), ...stage.sources.flags, "--leader-elect=false"],
    ]);
    const metadata = { name: "one", namespace: "default" };
    const body = { apiVersion: "base.example.io/v1", kind: "Thing", metadata };
    const things = "/apis/base.example.io/v1/namespaces/default/things";
    await sandbox.json("POST", things, { body: { ...body, spec: { text: "x" } } });
    await running.eventually("it is reconciled", async () => {
      const object = await sandbox.json<{ metadata: { annotations?: object } }>(
        "GET",
        `${things}/one`,
      );
      return JSON.stringify(object.metadata.annotations ?? {}).includes("config-digest");
    });
    await running.stop();
    expect((await plan("key")).stdout).toContain("by this same document");
    await stage.trust("exchanged");
    const { code, stdout } = await plan("key");
    expect(stdout).toContain("say the marks of the custom resources");
    expect(code).toBe(EXIT.differences);
  });
});
