/**
 * C9, safe to load: what imports are read with is told to nobody but whom it was given for. Each credential and
 * each query is a canary; whatever is printed, logged, shown or written down holds none of them.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { packManifest } from "../../src/source/oci/push.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { GitServer, hasGit } from "../support/git-server.ts";
import { OrkProcess } from "../support/ork-process.ts";
import { startSandboxProcess } from "../support/shared-sandbox.ts";
import { ANSWERS } from "./fault-answers.ts";
import type { SourceKind } from "./fault-kinds.ts";
import {
  chartOf,
  indexOf,
  katalogOf,
  komposerOf,
  Sources,
  thingCrd,
  thingKatalog,
} from "./sources.ts";

setDefaultTimeout(120_000);

let sources: Sources;
let sandbox: Cluster;
beforeAll(async () => {
  sources = await Sources.open();
  sandbox = await startSandboxProcess();
});
afterAll(async () => {
  await sources?.[Symbol.asyncDispose]();
  await sandbox?.[Symbol.asyncDispose]();
});

type RemoteKind = Exclude<SourceKind, "file">;

const KINDS: readonly RemoteKind[] = ["http", "helm", "git", "oci", "helm-oci"];
/** Ways to fail, of each kind as many. */
const PATHS = 75;

/** An import of a kind from below `base` (host and path, without a scheme), with a query where it can have one. */
function importOf(
  kind: RemoteKind,
  base: string,
  { query, auth }: { query: string; auth: object },
) {
  switch (kind) {
    case "http":
      return { files: [{ url: `https://${base}/k.yaml?key=$${query}`, auth }] };
    case "helm":
      return {
        helm: [{ repo: `https://${base}?key=$${query}`, chart: "c", version: "1.0.0", auth }],
      };
    case "git":
      return { registry: [{ url: `https://${base}/c@main`, auth }] };
    case "oci":
      return { registry: [{ url: `oci://${base}/c:1.0.0`, auth }] };
    case "helm-oci":
      return { helm: [{ repo: `oci://${base}`, chart: "c", version: "1.0.0", auth }] };
    default:
      return kind satisfies never;
  }
}

/** All ways in which credentials are given, by the number of the import. */
function authOf(index: number): object {
  const fromEnv = `SECRET_${index}`;
  const all = [
    { type: "bearer", fromEnv },
    { type: "github", fromEnv },
    { type: "basic", usernameFromEnv: "NAME", passwordFromEnv: fromEnv },
    { type: "header", header: "X-Token", fromEnv },
  ];
  return all[Math.floor(index / KINDS.length) % all.length] ?? {};
}

function canariesOf(count: number): Readonly<Record<string, string>> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const named = numbers.flatMap((index) => [
    [`SECRET_${index}`, `canary-secret-${index}-${"x".repeat(8)}`] as const,
    [`QUERY_${index}`, `canary-query-${index}`] as const,
  ]);
  return Object.fromEntries([["NAME", "jo"], ...named]);
}

/** Neither as they are nor as they are sent. */
function expectNone(where: string, text: string, env: Readonly<Record<string, string>>): void {
  expect({ where, found: /.{0,80}canary.{0,40}/i.exec(text)?.[0] }).toEqual({
    where,
    found: undefined,
  });
  for (const value of Object.values(env).filter((one) => one.includes("canary"))) {
    for (const user of ["jo", "x-access-token"]) {
      const encoded = btoa(`${user}:${value}`).replace(/=+$/, "");
      expect({ where, has: text.includes(encoded) }).toEqual({ where, has: false });
    }
  }
}

function joinImports(all: readonly object[]): object {
  const pairs = all.flatMap((one) => Object.entries(one) as [string, readonly object[]][]);
  const lists = Map.groupBy(pairs, ([key]) => key);
  return Object.fromEntries([...lists].map(([key, own]) => [key, own.flatMap(([, list]) => list)]));
}

/** Says back what it was told, wherever a server can. */
function echo(request: IncomingMessage, response: ServerResponse, index: number): void {
  const told = `${request.headers.authorization ?? ""} ${request.headers["x-token"] ?? ""} ${request.url}`;
  const secret = told.replace(/^(Basic|Bearer) /, "");
  const decoded = Buffer.from(secret.split(" ")[0] ?? "", "base64").toString("latin1");
  const printable = decoded.replace(/[^\x20-\x7e]/g, "");
  const answers: readonly (() => void)[] = [
    () => response.writeHead(401, { "www-authenticate": `Basic realm="${secret}"` }).end(told),
    () => response.writeHead(500, "Oops").end(told),
    () => response.writeHead(302, { location: `/next?${encodeURIComponent(told)}` }).end(),
    () =>
      response
        .writeHead(302, { location: `https://elsewhere.invalid/${encodeURIComponent(secret)}` })
        .end(),
    () => response.end(`"${secret.replaceAll('"', "")}": 1\n`),
    () => response.end(`apiVersion: "${told.replaceAll('"', "")}"\nkind: Katalog\n`),
    () => response.end(`apiVersion: orkestra.orkspace.io/v1\nkind: "${printable}"\n`),
    () => response.end(katalogOf("e").replace("apiTypes", JSON.stringify(told))),
    () =>
      response.end(
        katalogOf("e").replace("version: v1", `version: "${secret.split(" ")[0]}", x: "${told}"`),
      ),
    () => response.writeHead(200, { "content-type": "text/html" }).end(told),
  ];
  answers[index % answers.length]?.();
}

/** A registry and git ask first. True: it did. */
function challenge({ headers, url = "" }: IncomingMessage, response: ServerResponse): boolean {
  const [, token] = /^\/v2\/e(\d+)/.exec(url) ?? [];
  const isAsked = headers.authorization ?? headers["x-token"];
  if (isAsked !== undefined || !/^\/v2\/|service=git/.test(url)) return false;
  const bearer = `Bearer realm="https://echo.example.io/e${token}/token",service="s"`;
  const scheme = Number(token) % 3 === 0 ? bearer : 'Basic realm="r"';
  response.writeHead(401, { "www-authenticate": scheme }).end();
  return true;
}

test("a hundred canaries over 75 errors of all sources: no secret in any output", async () => {
  const env = canariesOf(PATHS);
  const kindOf = (index: number) => KINDS[index % KINDS.length] ?? "http";
  const imports = Array.from({ length: PATHS }, (_, index) =>
    importOf(kindOf(index), `echo.example.io/e${index}`, {
      query: `QUERY_${index}`,
      auth: authOf(index),
    }),
  );
  const text = komposerOf(joinImports(imports));
  const canaries = Object.keys(env).filter(
    (name) => text.includes(`"${name}"`) || text.includes(`$${name}"`),
  );
  expect(canaries.filter((name) => name !== "NAME").length).toBeGreaterThanOrEqual(100);
  const told = new Set<string>();
  await sources.serve(["echo.example.io"], (request, response) => {
    const { authorization = "", "x-token": token = "" } = request.headers;
    const all = `${Buffer.from(authorization.replace(/^\w+ /, ""), "base64")} ${authorization} ${token} ${request.url}`;
    for (const [found] of all.matchAll(/canary-(secret|query)-\d+/g)) told.add(found);
    const index = Number(/\/e(\d+)(?:\/|\?|$)/.exec(request.url ?? "")?.[1] ?? 0);
    if (challenge(request, response)) return;
    const turn = Math.floor(index / KINDS.length);
    // One half says it back, the other half fails in all the ways that servers fail.
    if (turn % 2 === 0) echo(request, response, index);
    else ANSWERS[index % ANSWERS.length]?.answer(request, response);
  });
  const connection = ["--kubeconfig", sandbox.kubeconfig("operator")];
  const debug = ["--log-level", "debug"];
  for (const command of [
    ["validate"],
    ["validate", "-o", "json"],
    ["template", "-o", "json"],
    ["version", "-o", "json"],
    ["lock"],
    ["plan", "-o", "json", ...connection],
    ["run", "--sandbox", "--listen", "0", ...debug],
    ["run", "--sandbox", "--listen", "0", ...debug, "--log-format", "json"],
  ]) {
    const flags = ["--import-timeout", "900ms"];
    const { code, stdout, stderr } = await sources.ork(command, { text, env, flags });
    expect({ command, isRefused: code !== EXIT.ok }).toEqual({ command, isRefused: true });
    expectNone(command.join(" "), stdout + stderr, env);
    const named = new Set((stdout + stderr).match(/echo\.example\.io\/e\d+/g));
    expect(named.size).toBe(PATHS);
  }
  // They did travel.
  expect(told.size).toBeGreaterThanOrEqual(80);
});

/** What is written where it should not be, in a line that an issue is about. */
const WRITTEN: readonly (readonly [what: string, imports: string])[] = [
  ["a query", "files: [{ url: https://h.invalid/k.yaml?token=canary-1, sha256: wrong }]"],
  ["a query of a glob", "files: [{ url: 'https://h.invalid/k.yaml?token=canary-1', bogus: 1 }]"],
  ["credentials", "files: [{ url: https://jo:canary-1@h.invalid/k.yaml, bogus: 1 }]"],
  ["a password", "files: [{ url: a.yaml, auth: { type: basic, password: canary-1 } }]"],
  ["a token", "files: [{ url: a.yaml, auth: { type: bearer, token: canary-1 } }]"],
  ["a password below its key", "files: [{ url: a.yaml, auth: {\n password:\n  canary-1 } }]"],
  [
    "a token for a name",
    "files: [{ url: a.yaml, auth: { type: github, fromEnv: ghp_canary123456 } }]",
  ],
  ["a secret for a name", "files: [{ url: a.yaml, auth: { type: bearer, fromEnv: canary-1-x } }]"],
];

test.each(WRITTEN)("a secret in the document itself is not shown: %s", async (_, imports) => {
  const head = "apiVersion: orkestra.orkspace.io/v1\nkind: Komposer\nmetadata: { name: whole }\n";
  const text = `${head}imports:\n  ${imports}\nspec: { crds: {} }\n`;
  for (const output of [[], ["-o", "json"]]) {
    const { code, stdout, stderr } = await sources.ork(["validate", ...output], { text });
    expect(code).not.toBe(EXIT.ok);
    expectNone("validate", stdout + stderr, {});
  }
});

/** Each source with credentials that are right; the Katalog of the first has custom resources. */
async function serveAll(env: Readonly<Record<string, string>>): Promise<void> {
  const isFor = (index: number, { headers, url = "" }: IncomingMessage) => {
    const all = `${headers.authorization} ${headers["x-token"]} ${url}`;
    const basic = Buffer.from((headers.authorization ?? "").replace("Basic ", ""), "base64");
    return `${all} ${basic}`.includes(env[`SECRET_${index}`] ?? "none");
  };
  await sources.serve(["api.example.io"], (request, response) => {
    if (!isFor(0, request)) return void response.writeHead(401).end();
    response.end(
      request.url?.startsWith("/crd") ? thingCrd("told") : thingKatalog("told", "default"),
    );
  });
  const chart = await chartOf("c", "1.0.0");
  await sources.serve(["charts.example.io"], (request, response) => {
    if (!isFor(1, request)) return void response.writeHead(401).end();
    response.end(request.url?.includes(".tgz") ? chart : indexOf("c", "1.0.0", chart));
  });
  if (hasGit()) {
    const tls = sources.authority.issue(["git.example.io"]);
    const git = await GitServer.start({ tls, allows: (request) => isFor(2, request) });
    sources.own(git);
    sources.place(["git.example.io"], git.web);
    git.commit("c", { "katalog.yaml": katalogOf("committed") });
  }
  const registry = await FakeRegistry.start(sources.authority.issue(["registry.example.io"]));
  const bytes = Buffer.from(katalogOf("pushed"));
  const annotations = { "org.opencontainers.image.title": "katalog.yaml" };
  const layers = [{ mediaType: "application/yaml", bytes, annotations }];
  const { manifest, blobs } = packManifest({ layers });
  for (const blob of blobs) registry.addBlob(blob);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  registry.addManifest("c", "1.0.0", { bytes: manifest, mediaType });
  registry.intercept = (request, response) => {
    if (isFor(3, request)) return false;
    response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    return true;
  };
  sources.own(registry);
  sources.place(["registry.example.io"], registry.server);
}

test("what runs tells no canary: log, view, metrics, Events, marks, plan, lock", async () => {
  const env = canariesOf(4);
  await serveAll(env);
  const auth = (type: string, index: number) => ({ type, fromEnv: `SECRET_${index}` });
  const basic = { type: "basic", usernameFromEnv: "NAME", passwordFromEnv: "SECRET_3" };
  const header = { ...auth("header", 0), header: "X-Token" };
  const text = komposerOf(
    joinImports([
      importOf("http", "api.example.io", { query: "QUERY_0", auth: header }),
      importOf("helm", "charts.example.io", { query: "QUERY_1", auth: auth("bearer", 1) }),
      ...(hasGit()
        ? [importOf("git", "git.example.io", { query: "", auth: auth("github", 2) })]
        : []),
      importOf("oci", "registry.example.io", { query: "", auth: basic }),
    ]),
  );
  const connection = ["--kubeconfig", sandbox.kubeconfig("operator")];
  const path = await sources.write("komposer.yaml", text);
  const debug = ["--log-level", "debug", "--log-format", "json", "--leader-elect=false"];
  await using ork = await OrkProcess.start(
    [...["run", "--listen", "127.0.0.1:0", "-f", path], ...connection, ...debug, ...sources.flags],
    { env },
  );
  await ork.eventually("the view is open", () => ork.url !== undefined);
  const things = "/apis/told.example.io/v1/namespaces/default/things";
  const metadata = { name: "one", namespace: "default" };
  const body = { apiVersion: "told.example.io/v1", kind: "Thing", metadata, spec: { text: "x" } };
  await ork.eventually("the CRD is there", () => sandbox.json("POST", things, { body }));
  const events = "/api/v1/namespaces/default/events";
  await ork.eventually("it was reconciled, and that is told", async () => {
    const { items } = await sandbox.json<{ items: readonly object[] }>("GET", events);
    return items.length > 0;
  });
  for (const view of [
    "/katalog",
    "/katalog/raw",
    "/katalog/told",
    "/katalog/told/raw",
    "/health",
  ]) {
    const { status, body: shown } = await ork.view(view);
    expect({ view, status }).toEqual({ view, status: 200 });
    expectNone(view, JSON.stringify(shown), env);
  }
  const metrics = await (await fetch(`${ork.url}/metrics`)).text();
  expect(metrics).toContain("digest=");
  expectNone("metrics", metrics, env);
  for (const kind of [events, `${things}/one`]) {
    expectNone(kind, JSON.stringify(await sandbox.json("GET", kind)), env);
  }
  for (const command of [
    ["version", "-o", "json"],
    ["validate", "-o", "json"],
    ["template", "--origins"],
    ["plan", ...connection],
    ["plan", "-o", "json", "--running", ork.url ?? "", ...connection],
    ["lock"],
    ["lock", "--check"],
  ]) {
    const { code, stdout, stderr } = await sources.ork(command, { text, env });
    expect({ command, isRefused: code > EXIT.differences }).toEqual({ command, isRefused: false });
    expectNone(command.join(" "), stdout + stderr, env);
  }
  expectNone("the lock", await readFile(join(sources.folder, "orkestra.lock"), "utf8"), env);
  await ork.stop();
  expect(ork.stderr).toContain("Import resolved");
  expectNone("log", ork.stdout + ork.stderr, env);
});
