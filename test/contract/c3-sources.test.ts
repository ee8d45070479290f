/**
 * C3, sources: the example of the document that this contract comes from runs as it is written, its host
 * names led to servers that speak the real protocols behind an authority of their own.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, readdir, readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { basicCredentials } from "../../src/source/credentials.ts";
import { packArtifact, pushArtifact } from "../../src/source/oci/push.ts";
import { parseOciReference } from "../../src/source/oci/reference.ts";
import { Registry } from "../../src/source/oci/registry.ts";
import { openWeb } from "../../src/source/web.ts";
import { matchesOutput } from "../e2e/doc-page.ts";
import { ROOT } from "../support/built-ork.ts";
import { GitServer, hasGit } from "../support/git-server.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";
import { hasRegistry } from "../support/registry-program.ts";
import { REGISTRY_PASSWORD, REGISTRY_USER, RegistryServer } from "../support/registry-server.ts";
import { chartOf, indexOf, katalogOf, komposerOf, Sources } from "./sources.ts";

const ENV = {
  GITHUB_TOKEN: "github-canary-1",
  SECURITY_API_TOKEN: "security-canary-2",
  ARTIFACTORY_USER: "jo",
  ARTIFACTORY_PASSWORD: "artifactory-canary-3",
  REGISTRY_USER,
  REGISTRY_PASSWORD,
  GIT_USER: "ci",
  GIT_TOKEN: "git-canary-5",
};

/** Host and path → the header that it wants, and what it gives. */
const FILES: Readonly<Record<string, readonly [authorization: string | undefined, name: string]>> =
  {
    "raw.github.com/myorg/public-baseline/main/katalog.yaml": [undefined, "public-baseline"],
    "raw.githubusercontent.com/myorg/platform-crds/main/katalog.yaml": [
      `Bearer ${ENV.GITHUB_TOKEN}`,
      "platform",
    ],
    "api.security.myorg.io/orkestra/katalog.yaml": [`Bearer ${ENV.SECURITY_API_TOKEN}`, "security"],
    "artifactory.myorg.io/orkestra/compliance-katalog.yaml": [
      `Basic ${btoa(`jo:${ENV.ARTIFACTORY_PASSWORD}`)}`,
      "compliance",
    ],
  };

const answerFiles: RequestListener = (request, response) => {
  const [authorization, name] = FILES[`${request.headers.host}${request.url}`] ?? [];
  if (name === undefined) return void response.writeHead(404).end();
  if (request.headers.authorization !== authorization) return void response.writeHead(401).end();
  response.end(katalogOf(name));
};

const canServeAll = hasRegistry("nothing runs against a registry") && hasGit();

describe.skipIf(!canServeAll).each(["basic", "token"] as const)(
  "C3 sources, a registry with %s authentication",
  (auth) => {
    let sources: Sources;
    let commit = "";
    beforeAll(async () => {
      sources = await Sources.open();
      await sources.serve(
        [...new Set(Object.keys(FILES).map((key) => key.split("/")[0] ?? ""))],
        answerFiles,
      );
      const chart = await chartOf("platform-crds", "3.2.1");
      await sources.serve(["charts.myorg.io"], (request, response) => {
        if (request.url === "/index.yaml") response.end(indexOf("platform-crds", "3.2.1", chart));
        else if (request.url?.endsWith(".tgz")) response.end(chart);
        else response.writeHead(404).end();
      });
      await startRegistry(sources, auth);
      commit = await startGit(sources);
    }, 60_000);
    afterAll(() => sources[Symbol.asyncDispose]());

    test("the example runs as written", async () => {
      const args = ["version", "-o", "json", "-f", join(ROOT, "examples/no-auto-sync")];
      const { code, stdout, stderr } = await orkOnce([...args, ...sources.flags], { env: ENV });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { digest, imports } = JSON.parse(stdout) as {
        digest: string;
        imports: { origin: string; version: string; digest: string }[];
      };
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(imports.map(({ origin, version }) => [origin, version])).toEqual([
        ["registry:oci://registry.myorg.io/patterns/postgres:v14", "v14"],
        ["registry:https://git.myorg.io/patterns@v1.4.0/redis", "1.0.0"],
        ...Object.keys(FILES).map((url) => [`file:https://${url}`, "1.0.0"]),
        ["helm:https://charts.myorg.io/platform-crds@3.2.1", "3.2.1"],
      ]);
      for (const { origin, digest: found } of imports) {
        if (origin.includes("git.myorg.io")) expect(found).toBe(`sha1:${commit}`);
        else expect(found).toMatch(/^sha256:[0-9a-f]{64}$/);
      }
      expect(stdout + stderr).not.toMatch(/canary/);
      await using running = await OrkProcess.serve(
        ["--sandbox", "-f", join(ROOT, "examples/no-auto-sync"), ...sources.flags],
        { env: ENV },
      );
      const { body } = await running.view("/katalog");
      expect(body).toMatchObject({ digest, imports });
    });

    test("its page says what is printed", async () => {
      const folder = join(sources.folder, "as-a-reader");
      await cp(join(ROOT, "examples/no-auto-sync"), join(folder, "examples/no-auto-sync"), {
        recursive: true,
      });
      const page = await readFile(join(ROOT, "examples/no-auto-sync/README.md"), "utf8");
      let env: Readonly<Record<string, string>> = {};
      let played = 0;
      for (const [, command = "", expected = ""] of page.matchAll(CONSOLE)) {
        if (command.startsWith("export ")) {
          for (const name of Object.keys(ENV)) if (command.includes(`${name}=`)) env = ENV;
          continue;
        }
        if (command.startsWith("ork run")) await pushPostgres(sources, katalogOf("moved"));
        const [, ...args] = command.split(" ");
        const flags = [...sources.flags, "--cache-dir", join(folder, "cache")];
        const { stdout, stderr } = await orkOnce([...args, ...flags], { env, cwd: folder });
        const shown = `${stdout}${stderr}`.trimEnd();
        if (!matchesOutput(shown, expected.trimEnd())) {
          expect(`$ ${command}\n${shown}\n`).toBe(`$ ${command}\n${expected}`);
        }
        played++;
      }
      expect(played).toBe(5);
      expect(env).toBe(ENV);
      await pushPostgres(sources, katalogOf("postgres"));
    });

    test("each of its values says where it came from, through chart and artifact", async () => {
      const args = ["template", "--origins", "-f", join(ROOT, "examples/no-auto-sync")];
      const { stdout } = await orkOnce([...args, ...sources.flags], { env: ENV });
      for (const origin of [
        "https://raw.github.com/myorg/public-baseline/main/katalog.yaml:",
        "https://charts.myorg.io/platform-crds@3.2.1/templates/katalog.yaml:",
        "oci://registry.myorg.io/patterns/postgres:v14/katalog.yaml:",
        "https://git.myorg.io/patterns@v1.4.0/redis/v7/katalog.yaml:",
      ]) {
        expect(stdout).toContain(`# ${origin}`);
      }
      const bare = linesOf(stdout).filter((line) => !/ # (\S+:\d+:\d+|default)$/.test(line));
      expect(bare).toEqual([]);
    });
  },
);

/** Without the digest, and the further lines of texts: the line that opens a text has its origin. */
function linesOf(yaml: string): readonly string[] {
  let text = Number.POSITIVE_INFINITY;
  return yaml.split("\n").filter((line, index) => {
    const indent = line.search(/\S/);
    if (index === 0 || indent < 0 || indent > text) return false;
    text = /: [|>][-+\d]* #/.test(line) ? indent : Number.POSITIVE_INFINITY;
    return true;
  });
}

test("each line of each example says where it came from", async () => {
  const folders = (await readdir(join(ROOT, "examples"))).filter((name) => name !== "no-auto-sync");
  for (const folder of folders) {
    const args = ["template", "--origins", "-f", join(ROOT, "examples", folder)];
    const { stdout } = await orkOnce(args);
    expect(linesOf(stdout).length).toBeGreaterThan(30);
    const bare = linesOf(stdout).filter((line) => !/ # (\S+:\d+:\d+|default)$/.test(line));
    expect(bare).toEqual([]);
  }
});

/** A command of a page, and what follows it up to the next, or to the end of the block. */
const CONSOLE = /^\$ (.*)\n((?:(?!\$ |```).*\n)*)/gm;

async function startRegistry(sources: Sources, auth: "basic" | "token"): Promise<void> {
  const { authority } = sources;
  const hosts = ["registry.myorg.io"];
  // The realm is another host of the same owner, as registries have it.
  const realm = "https://auth.myorg.io/token";
  const registry = await RegistryServer.start({
    authority,
    hosts: [...hosts, "auth.myorg.io"],
    auth,
    ...(auth === "token" && { realm }),
  });
  sources.own(registry);
  sources.place(hosts, registry);
  if (registry.tokens) sources.place(["auth.myorg.io"], registry.tokens);
  await pushPostgres(sources, katalogOf("postgres"));
}

/** What the tag of the artifact means from now on. */
async function pushPostgres(sources: Sources, katalog: string): Promise<void> {
  const web = openWeb(sources.web);
  const files = new Map([["katalog.yaml", new TextEncoder().encode(katalog)]]);
  const packed = await packArtifact({ files, annotations: {} });
  const name = "oci://registry.myorg.io/patterns/postgres:v14";
  const credentials = basicCredentials(REGISTRY_USER, REGISTRY_PASSWORD, []);
  const target = new Registry(parseOciReference(name), { web, credentials });
  await pushArtifact(target, packed, "v14");
}

/** Gives the commit that the tag of the example means; the branch has gone on since. */
async function startGit(sources: Sources): Promise<string> {
  const wanted = `Basic ${btoa(`${ENV.GIT_USER}:${ENV.GIT_TOKEN}`)}`;
  const git = await GitServer.start({
    tls: sources.authority.issue(["git.myorg.io"]),
    allows: ({ headers }) => headers.authorization === wanted,
  });
  sources.own(git);
  sources.place(["git.myorg.io"], git.web);
  git.commit("patterns", { "redis/v7/katalog.yaml": katalogOf("redis") });
  const { run } = git.repository("patterns");
  run("tag", "-a", "v1.4.0", "-m", "release");
  git.commit("patterns", { "redis/v7/katalog.yaml": katalogOf("changed") });
  return run("rev-parse", "v1.4.0^{commit}");
}

describe.skipIf(!hasGit())("C3 sources, git", () => {
  let sources: Sources;
  let git: GitServer;
  beforeAll(async () => {
    sources = await Sources.open();
    const wanted = `Basic ${btoa(`x-access-token:${ENV.GITHUB_TOKEN}`)}`;
    git = await GitServer.start({
      tls: sources.authority.issue(["git.myorg.io"]),
      allows: ({ headers }) => headers.authorization === wanted,
    });
    sources.own(git);
    sources.place(["git.myorg.io"], git.web);
    git.commit("patterns", { "redis/v1/katalog.yaml": katalogOf("redis") });
    git.repository("patterns").run("tag", "-a", "v1.4.0", "-m", "release");
    git.commit("patterns", { "redis/v1/katalog.yaml": katalogOf("changed") });
  });
  afterAll(() => sources[Symbol.asyncDispose]());

  test.each(["tag", "branch", "commit"])("a %s over https", async (kind) => {
    const { run } = git.repository("patterns");
    const ref = { tag: "v1.4.0", branch: "main", commit: run("rev-parse", "v1.4.0^{commit}") }[
      kind
    ];
    const url = `https://git.myorg.io/patterns@${ref}`;
    const auth = { type: "github", fromEnv: "GITHUB_TOKEN" };
    const text = komposerOf({ registry: [{ url, katalog: { redis: { version: "v1" } }, auth }] });
    const { code, stdout, stderr } = await sources.ork(["version", "-o", "json"], {
      text,
      env: ENV,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const commit = run("rev-parse", `${ref}^{commit}`);
    expect(JSON.parse(stdout)).toMatchObject({
      imports: [
        {
          origin: `registry:${url}/redis`,
          katalog: kind === "branch" ? "changed" : "redis",
          digest: `sha1:${commit}`,
        },
      ],
    });
  });
});

describe("C3 sources, local ones and own headers", () => {
  test("files, folders, globs, variables and a header of a server's own", async () => {
    await using sources = await Sources.open();
    const server = await sources.serve(["api.example.io"], (request, response) => {
      if (request.headers["x-token"] !== "header-canary-4")
        return void response.writeHead(403).end();
      response.end(katalogOf("remote"));
    });
    for (const name of ["a", "b", "c"]) await sources.write(`${name}.yaml`, katalogOf(name));
    const text = komposerOf({
      files: [
        "./a.yaml",
        "$LETTER.yaml",
        "[c]*.yaml".replace("[c]", "c"),
        {
          url: "https://api.example.io/katalog.yaml",
          auth: { type: "header", header: "X-Token", fromEnv: "TOKEN" },
        },
      ],
    });
    const env = { LETTER: "b", TOKEN: "header-canary-4" };
    const { code, stdout, stderr } = await sources.ork(["template", "-o", "json"], { text, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { crds } = JSON.parse(stdout) as { crds: { name: string }[] };
    expect(crds.map(({ name }) => name)).toEqual(["a", "b", "c", "remote"]);
    expect(server.seen).toHaveLength(1);
  });
});

test("the example is the one of the document, with an artifact and a git tag added", async () => {
  const text = await readFile(join(ROOT, "examples/no-auto-sync/komposer.yaml"), "utf8");
  for (const [key] of Object.entries(FILES)) expect(text).toContain(`https://${key}`);
  expect(text).toContain("repo: https://charts.myorg.io");
});
