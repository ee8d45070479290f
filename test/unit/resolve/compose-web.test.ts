/** Imports over https: what a document from a server names beside itself, and who is told what. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type ResolveOptions, resolve } from "../../../src/resolve/resolve.ts";
import { parseAllowedAddress } from "../../../src/source/address-rules.ts";
import { createAuthority } from "../../support/certificates.ts";
import { WebServer } from "../../support/web-server.ts";
import { WEBSITE_CRD } from "./marked.ts";
import { memoryFiles } from "./memory-files.ts";

const authority = createAuthority();
const TOKEN = "t0ken-canary-0123456789";
const ENV = { TOKEN, TEAM: "team-a", QUERY: "query-canary-42" };

let server: WebServer;
let crdFile = "./crds/website.yaml";

const katalog = () => `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: web }
spec: { crds: { website: { crdFile: "${crdFile}", operatorBox: { reconcile: { workers: 2 } } } } }
`;

beforeAll(async () => {
  const hosts = ["api.example.io", "other.example.io"];
  server = await WebServer.start((request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "");
    if (request.headers.host === "api.example.io" && request.headers.authorization === undefined) {
      return void response.writeHead(401).end();
    }
    if (path === "/team-a/katalog.yaml") return void response.end(katalog());
    if (path.endsWith("/website.yaml")) return void response.end(WEBSITE_CRD);
    if (path === "/echo.yaml") {
      const text = `${katalog().trim()}\n${TOKEN}: 1\n`;
      return void response.end(text);
    }
    return void response.writeHead(404).end();
  }, authority.issue(hosts));
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.seen.length = 0;
  crdFile = "./crds/website.yaml";
});

function run(url: string, options: Partial<ResolveOptions> = {}) {
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
imports:
  files:
    - { url: "${url}", auth: { type: bearer, fromEnv: TOKEN } }
spec: { crds: { website: { operatorBox: { reconcile: { resync: 1m } } } } }
`;
  return resolve({
    paths: ["komposer.yaml"],
    env: ENV,
    files: memoryFiles({ "komposer.yaml": text }),
    web: {
      certificateAuthorities: authority.cert,
      allowedAddresses: [parseAllowedAddress("127.0.0.1")].filter((one) => one !== undefined),
      resolveHost: async () => [server.address],
    },
    ...options,
  });
}

const URL_WITH_VARIABLES = "https://api.example.io/$TEAM/katalog.yaml?sig=$QUERY";
const NAME = "https://api.example.io/$TEAM/katalog.yaml?…";
const sum = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

test("a Katalog from a server brings its crdFile from beside itself, with the same credentials", async () => {
  const result = await run(URL_WITH_VARIABLES);
  expect(result).toMatchObject({
    kind: "resolved",
    katalog: { crds: [{ workers: 2, resyncMs: 60_000, type: { kind: "Website" } }] },
    imports: [
      {
        origin: `file:${NAME}`,
        digest: sum(katalog()),
        files: [
          {
            file: "https://api.example.io/$TEAM/crds/website.yaml",
            digest: sum(WEBSITE_CRD),
          },
        ],
      },
    ],
  });
  expect(server.seen.map(({ path }) => path)).toEqual([
    "/team-a/katalog.yaml?sig=query-canary-42",
    "/team-a/crds/website.yaml",
  ]);
  for (const { headers } of server.seen) expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
});

test.each([
  ["./none.yaml", "https://api.example.io/$TEAM/none.yaml"],
  ["a/../none.yaml?sig=x", "https://api.example.io/$TEAM/a/../none.yaml?…"],
  ["/none.yaml", "https://api.example.io/none.yaml"],
])("what a Katalog from a server calls %s is told as %s", async (path, name) => {
  crdFile = path;
  const [issue] = (await run(URL_WITH_VARIABLES)).issues;
  expect(issue?.message).toStartWith(`Cannot read "${name}": the server answered 404`);
});

test("the whole URL of another server is read without credentials", async () => {
  crdFile = "https://other.example.io/website.yaml";
  expect((await run(URL_WITH_VARIABLES)).kind).toBe("resolved");
  expect(server.seen.at(-1)).toMatchObject({ path: "/website.yaml" });
  expect(server.seen.at(-1)?.headers).not.toHaveProperty("authorization");
});

test.each([
  ["//other.example.io/website.yaml", /it leads away from "https:\/\/api.example.io/],
  ["file:///etc/passwd", /not "file"/],
  ["http://api.example.io/crds/website.yaml", /plain http/],
  ["https://10.0.0.1/website.yaml", /is private/],
  ["./none.yaml", /answered 404/],
])("a Katalog from a server cannot bring %s", async (path, message) => {
  crdFile = path;
  const result = await run(URL_WITH_VARIABLES);
  expect(result).toMatchObject({ kind: "failed", issues: [{ position: { file: NAME, line: 4 } }] });
  expect(result.issues[0]?.message).toMatch(message);
});

test("a Katalog of this machine may take its crdFile from a server", async () => {
  crdFile = "https://other.example.io/website.yaml";
  const files = memoryFiles({ "komposer.yaml": katalog() });
  expect(await run("", { files })).toMatchObject({
    kind: "resolved",
    katalog: { crds: [{ type: { kind: "Website" } }] },
  });
  expect(server.seen).toHaveLength(1);
});

test("a path of a Katalog from a server is one of that server, never of this machine", async () => {
  crdFile = "/etc/website.yaml";
  expect((await run(URL_WITH_VARIABLES)).kind).toBe("resolved");
  expect(server.seen.at(-1)?.path).toBe("/etc/website.yaml");
});

test.each([
  ["a server that says no", "https://other.example.io/none.yaml?sig=$QUERY", {}],
  ["a document that repeats it", "https://api.example.io/echo.yaml", {}],
  [
    "an authority that is not trusted",
    URL_WITH_VARIABLES,
    { web: { resolveHost: async () => [] } },
  ],
  ["credentials in the URL", "https://u:$TOKEN@api.example.io/", {}],
])("%s: no issue tells a secret", async (_, url, options) => {
  const result = await run(url, options);
  expect(result.kind).toBe("failed");
  const told = JSON.stringify(result.issues);
  for (const secret of [TOKEN, ENV.QUERY]) expect(told).not.toContain(secret);
});
