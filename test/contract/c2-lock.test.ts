/**
 * C2, all or nothing, for the lock: whatever does not fit, or was tampered with, stops the start before the
 * first request to any cluster, and names the import.
 */
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { readFile, rm, writeFile } from "node:fs/promises";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { OrkResult } from "../support/ork-process.ts";
import { CANARY, LockStage, tamperings } from "./lock-stage.ts";

setDefaultTimeout(120_000);

describe("C2 the lock", () => {
  let stage: LockStage;
  beforeAll(async () => {
    stage = await LockStage.open();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());
  beforeEach(() => stage.renew());

  const starts: readonly (readonly [string, () => Promise<OrkResult>])[] = [
    ["validate", () => stage.ork("validate")],
    ["template", () => stage.ork("template")],
    ["run", () => stage.start("run")],
    ["plan", () => stage.start("plan")],
  ];

  test.each(starts)(
    "%s stops at a URL that has become something else, with both values",
    async (_, start) => {
      await stage.ork("lock");
      const was = digestIn(await stage.lockText(), "one.yaml");
      stage.change("one.yaml");
      const { code, stderr } = await start();
      expect(code).toBe(EXIT.operational);
      expect(stderr).toContain(was);
      expect(stderr).toMatch(/its digest is sha256:[0-9a-f]{64}, orkestra.lock says/);
      expect(stderr).toContain("ork lock --update");
      expect(stderr).toContain("komposer.yaml:");
      expect(stderr).not.toContain(CANARY);
      expect(stage.clusterRequests).toBe(0);
    },
  );

  test("a file beside an import counts as much as the import", async () => {
    await stage.ork("lock");
    stage.change("crd.yaml");
    const { code, stderr } = await stage.start("run");
    expect(code).toBe(EXIT.operational);
    expect(stderr).toMatch(/crd\.yaml.*its digest is/);
    expect(stage.clusterRequests).toBe(0);
  });

  test("a tag that was moved stops the start", async () => {
    await stage.ork("lock");
    await stage.push("other text");
    const { code, stderr } = await stage.start("run");
    expect(code).toBe(EXIT.operational);
    expect(stderr).toMatch(/two:v1.*its digest is sha256:.*orkestra.lock says sha256:/);
    expect(stage.clusterRequests).toBe(0);
  });

  test("--locked without a lock, and --offline without one, say what to do", async () => {
    for (const flag of ["--locked", "--offline"]) {
      const { code, stderr } = await stage.start("run", flag);
      expect([flag, code]).toEqual([flag, EXIT.operational]);
      expect(stderr).toContain('"ork lock"');
    }
    expect(stage.clusterRequests).toBe(0);
  });

  test("--offline stops at what the cache does not hold", async () => {
    await stage.ork("lock");
    await rm(stage.cache, { recursive: true });
    const { code, stderr } = await stage.start("run", "--offline");
    expect(code).toBe(EXIT.operational);
    expect(stderr).toContain("the cache does not hold sha256:");
    expect(stage.clusterRequests).toBe(0);
  });

  test("any byte region of the lock that changed is refused", async () => {
    await stage.ork("lock");
    for (const tampered of tamperings(await readFile(stage.lockPath), 16)) {
      await writeFile(stage.lockPath, tampered);
      const { code, stderr } = await stage.start("run");
      expect(code).toBe(EXIT.operational);
      expect(stderr).toContain("its checksum does not fit");
    }
    expect(stage.clusterRequests).toBe(0);
  });

  test("any byte region of what the cache holds that changed is refused", async () => {
    await stage.ork("lock");
    const files = await stage.cachedFiles();
    expect(files).toHaveLength(3);
    for (const file of files) {
      const bytes = await readFile(file);
      for (const tampered of tamperings(bytes, 6)) {
        await writeFile(file, tampered);
        const { code, stderr } = await stage.start("run", "--offline");
        expect(code).toBe(EXIT.operational);
        expect(stderr).toContain("the cache does not hold sha256:");
      }
      await writeFile(file, bytes);
    }
    expect(stage.clusterRequests).toBe(0);
    expect((await stage.ork("validate", "--offline")).code).toBe(EXIT.ok);
  });
});

function digestIn(lock: string, name: string): string {
  const [, rest = ""] = lock.split(name);
  return /digest: "(sha256:[0-9a-f]{64})"/.exec(rest)?.[1] ?? "none";
}
