/** C7 for charts and git: of a range the locked version counts, of a branch the locked commit. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { GitServer, hasGit } from "../support/git-server.ts";
import { chartOf, indexOf, katalogOf, komposerOf, Sources } from "./sources.ts";

setDefaultTimeout(60_000);

const CHART = "platform-crds";

describe("C7 the lock, charts", () => {
  let sources: Sources;
  const archives = new Map<string, Uint8Array>();
  const text = komposerOf({
    helm: [{ repo: "https://charts.example.io", chart: CHART, version: "^3.2" }],
  });
  const ork = (...command: readonly string[]) =>
    sources.ork(command, { text, flags: cacheOf(sources) });

  beforeAll(async () => {
    sources = await Sources.open();
    archives.set("3.2.1", await chartOf(CHART, "3.2.1"));
    await sources.serve(["charts.example.io"], (request, response) => {
      const version = /-(\d[^/]*)\.tgz$/.exec(request.url ?? "")?.[1];
      const archive = archives.get(version ?? "");
      if (request.url === "/index.yaml") response.end(wholeIndex());
      else if (archive) response.end(archive);
      else response.writeHead(404).end();
    });
  });
  afterAll(() => sources?.[Symbol.asyncDispose]());

  test("of a range the locked version is fetched, until somebody locks anew", async () => {
    expect((await ork("lock")).code).toBe(EXIT.ok);
    expect(await lockText(sources)).toMatch(/asked: "\^3\.2"\n +version: "3\.2\.1"/);
    archives.set("3.3.0", await chartOf(CHART, "3.3.0", katalogOf("newer")));
    const held = await ork("version", "-o", "json");
    expect([held.code, held.stdout]).toEqual([EXIT.ok, expect.stringContaining("3.2.1")]);
    const check = await ork("lock", "--check");
    expect(check.stdout).toMatch(/^~ .* 3\.2\.1 sha256:.* → 3\.3\.0 sha256:/);
    expect(check.code).toBe(EXIT.differences);
    const offline = await ork("validate", "--offline");
    expect([offline.code, offline.stdout]).toEqual([EXIT.ok, expect.stringContaining("1 CRD")]);
    expect((await ork("lock")).code).toBe(EXIT.ok);
    expect((await ork("version", "-o", "json")).stdout).toContain("3.3.0");
  });

  test("a version that was published again with other content stops the start", async () => {
    await ork("lock");
    archives.set("3.3.0", await chartOf(CHART, "3.3.0", katalogOf("evil")));
    const { code, stderr } = await ork("validate");
    expect(code).toBe(EXIT.operational);
    expect(stderr).toMatch(/platform-crds.*its digest is sha256:.*orkestra.lock says sha256:/);
  });

  function wholeIndex(): string {
    const entries = [...archives].map(([version, archive]) => {
      const { entries: own } = JSON.parse(indexOf(CHART, version, archive)) as Index;
      return own[CHART] ?? [];
    });
    return JSON.stringify({ apiVersion: "v1", entries: { [CHART]: entries.flat() } });
  }
});

describe.skipIf(!hasGit())("C7 the lock, git", () => {
  let sources: Sources;
  let git: GitServer;
  const text = komposerOf({
    registry: [
      { url: "https://git.example.io/patterns@main", katalog: { redis: { version: "v1" } } },
    ],
  });
  const ork = (...command: readonly string[]) =>
    sources.ork(command, { text, flags: cacheOf(sources) });

  beforeAll(async () => {
    sources = await Sources.open();
    git = await GitServer.start({ tls: sources.authority.issue(["git.example.io"]) });
    sources.own(git);
    sources.place(["git.example.io"], git.web);
    git.commit("patterns", { "redis/v1/katalog.yaml": katalogOf("redis") });
  });
  afterAll(() => sources?.[Symbol.asyncDispose]());

  test("a branch that went on stops the start; offline the locked commit is there", async () => {
    expect((await ork("lock")).code).toBe(EXIT.ok);
    const { run } = git.repository("patterns");
    const commit = `sha1:${run("rev-parse", "main")}`;
    expect(await lockText(sources)).toContain(commit);
    const before = await ork("validate");
    git.commit("patterns", { "redis/v1/katalog.yaml": katalogOf("changed") });
    const { code, stderr } = await ork("validate");
    expect(code).toBe(EXIT.operational);
    expect(stderr).toContain(commit);
    expect(stderr).toContain(`sha1:${run("rev-parse", "main")}`);
    const offline = await ork("validate", "--offline");
    expect([offline.code, offline.stdout]).toEqual([EXIT.ok, before.stdout]);
  });
});

interface Index {
  readonly entries: Readonly<Record<string, readonly object[]>>;
}

function cacheOf({ folder }: Sources): readonly string[] {
  return ["--cache-dir", join(folder, "cache")];
}

function lockText({ folder }: Sources): Promise<string> {
  return readFile(join(folder, "orkestra.lock"), "utf8");
}
