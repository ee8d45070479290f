/** C7, intentional: with `orkestra.lock` a start is what somebody looked at, or it does not happen. */
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
import { CANARY, katalogOf, LockStage } from "./lock-stage.ts";

setDefaultTimeout(60_000);

describe("C7 the lock", () => {
  let stage: LockStage;
  beforeAll(async () => {
    stage = await LockStage.open();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());
  beforeEach(() => stage.renew());

  test("ork lock writes every reference with its digest, and nothing secret", async () => {
    expect((await stage.ork("lock")).code).toBe(EXIT.ok);
    const text = await stage.lockText();
    expect(text).toMatch(/reference: "https:\/\/localhost:\d+\/one.yaml/);
    expect(text).toContain("/crd.yaml");
    expect(text).toContain(`reference: "${stage.artifact}"`);
    expect(text.match(/digest: "sha256:[0-9a-f]{64}"/g)).toHaveLength(3);
    expect(text).not.toContain(CANARY);
    await stage.ork("lock");
    expect(await stage.lockText()).toBe(text);
  });

  test("--check says what differs and writes nothing; --update takes one import over", async () => {
    await stage.ork("lock");
    const text = await stage.lockText();
    const same = await stage.ork("lock", "--check");
    expect({ code: same.code, said: same.stderr }).toMatchObject({
      code: EXIT.ok,
      said: expect.stringMatching(/orkestra\.lock says what the imports bring: \d+ reference/),
    });
    stage.change("crd.yaml");
    await stage.push("other text");
    const check = await stage.ork("lock", "--check");
    expect(check.code).toBe(EXIT.differences);
    expect(check.stdout).toMatch(/^~ .*crd\.yaml/m);
    expect(check.stdout).toMatch(/^~ .*two:v1/m);
    expect(await stage.lockText()).toBe(text);
    const held = await stage.ork("lock", "--update", stage.artifact);
    expect(held.code).toBe(EXIT.operational);
    expect(held.stderr).toContain("crd.yaml");
    expect(await stage.lockText()).toBe(text);
    const crd = /reference: "([^"]*crd\.yaml[^"]*)"/.exec(text)?.[1] ?? "";
    const both = ["--update", stage.artifact, "--update", crd];
    expect((await stage.ork("lock", ...both)).code).toBe(EXIT.ok);
    expect((await stage.ork("validate", "--locked")).code).toBe(EXIT.ok);
  });

  test("--update of what the lock does not name is a mistake", async () => {
    await stage.ork("lock");
    const { code, stderr } = await stage.ork("lock", "--update", "oci://localhost/x");
    expect([code, stderr]).toEqual([EXIT.usage, expect.stringContaining("The lock names no")]);
  });

  test("--locked refuses an import that the lock does not name; without it that is said", async () => {
    await stage.ork("lock");
    stage.pages.set("/new.yaml", katalogOf("new"));
    await stage.writeKomposer("/new.yaml");
    const refused = await stage.ork("validate", "--locked");
    expect(refused.code).toBe(EXIT.operational);
    expect(refused.stderr).toMatch(/new\.yaml": orkestra\.lock does not name it/);
    const warned = await stage.ork("validate");
    expect(warned.code).toBe(EXIT.ok);
    expect(warned.stderr).toContain("is not in orkestra.lock");
  });

  test("--offline asks nobody, and gives the same digest", async () => {
    await stage.ork("lock");
    const online = await stage.ork("validate");
    const before = stage.importRequests;
    const offline = await stage.ork("validate", "--offline", "--locked");
    expect([offline.code, offline.stdout]).toEqual([EXIT.ok, online.stdout]);
    expect(stage.importRequests).toBe(before);
  });

  test("--offline needs no credentials, as nobody is asked for anything", async () => {
    await stage.requireToken("PRIVATE_TOKEN");
    const token = { PRIVATE_TOKEN: "token-canary" };
    const unset = "the environment variable PRIVATE_TOKEN is not set";
    const refused = await stage.ork("lock");
    expect([refused.code, refused.stderr]).toEqual([EXIT.issues, expect.stringContaining(unset)]);
    expect((await stage.orkWith(token, "lock")).code).toBe(EXIT.ok);
    const online = await stage.orkWith(token, "validate");
    const offline = await stage.ork("validate", "--offline", "--locked");
    expect([offline.code, offline.stdout]).toEqual([EXIT.ok, online.stdout]);
    const missing = await stage.ork("validate", "--locked");
    expect([missing.code, missing.stderr]).toEqual([EXIT.issues, expect.stringContaining(unset)]);
  });

  test("a hook module of another machine runs only when it is locked", async () => {
    stage.pages.set("/hooked.yaml", hookedKatalog());
    stage.pages.set(
      "/hook.ts",
      'import { say } from "./say.ts";\nexport default { onReconcile: say };\n',
    );
    stage.pages.set("/say.ts", "export async function say() {}\n");
    await stage.writeKomposer("/hooked.yaml");
    const unlocked = await stage.ork("validate");
    expect(unlocked.code).toBe(EXIT.issues);
    expect(unlocked.stderr).toContain("only when it is pinned or locked");
    expect((await stage.ork("lock")).code).toBe(EXIT.ok);
    expect(await stage.lockText()).toContain("/say.ts");
    expect((await stage.ork("validate", "--locked")).code).toBe(EXIT.ok);
    expect((await stage.ork("validate", "--offline")).code).toBe(EXIT.ok);
    stage.pages.set("/say.ts", "export async function say() { /* evil */ }\n");
    const exchanged = await stage.start("run");
    expect(exchanged.stderr).toMatch(/say\.ts.*its digest is/);
    expect(exchanged.code).not.toBe(EXIT.ok);
    expect(stage.clusterRequests).toBe(0);
  });

  test("a warm start with --offline takes at most 300 ms", async () => {
    await stage.ork("lock");
    const times: number[] = [];
    for (let count = 0; count < 8; count++) {
      const startMs = performance.now();
      expect((await stage.ork("validate", "--offline", "--locked")).code).toBe(EXIT.ok);
      times.push(performance.now() - startMs);
    }
    // The best of several: other work on the machine is not its fault.
    expect(Math.min(...times)).toBeLessThanOrEqual(300);
  });

  test("a cache that cannot be written is a notice", async () => {
    await stage.ork("lock");
    await rm(stage.cache, { recursive: true });
    await writeFile(stage.cache, "a file where the folder should be");
    const { code, stderr } = await stage.ork("validate");
    expect(code).toBe(EXIT.ok);
    expect(stderr).toContain("notice: Nothing is kept");
  });

  test("several processes use one cache at once", async () => {
    await stage.ork("lock");
    const text = await stage.lockText();
    await rm(stage.cache, { recursive: true });
    const runs = await Promise.all(
      Array.from({ length: 6 }, (_, index) => stage.ork(index % 2 ? "validate" : "lock")),
    );
    expect(runs.map(({ code }) => code)).toEqual(runs.map(() => EXIT.ok));
    expect(await stage.lockText()).toBe(text);
    expect((await stage.ork("validate", "--offline", "--locked")).code).toBe(EXIT.ok);
  });

  test("a cache that was killed while it was written serves nothing that is not whole", async () => {
    await stage.ork("lock");
    const text = await stage.lockText();
    for (let kill = 0; kill < 6; kill++) {
      await rm(stage.cache, { recursive: true, force: true });
      await stage.killLockAfter(60 + kill * 40);
      expect(await stage.lockText()).toBe(text);
      // Whatever was kept so far: it is whole, or as good as not there.
      const { code, stderr } = await stage.ork("validate", "--offline");
      if (code !== EXIT.ok) expect(stderr).toContain("the cache does not hold sha256:");
      expect((await stage.ork("validate", "--locked")).code).toBe(EXIT.ok);
      expect((await stage.ork("validate", "--offline")).code).toBe(EXIT.ok);
    }
    for (const file of await stage.cachedFiles()) {
      const hash = new Bun.CryptoHasher("sha256").update(await readFile(file)).digest("hex");
      expect(file).toEndWith(hash);
    }
  });
});

function hookedKatalog(): string {
  return katalogOf("hooked").replace(" } }", " }, operatorBox: { hooks: { module: ./hook.ts } } }");
}
