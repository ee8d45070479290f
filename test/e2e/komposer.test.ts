/**
 * The built executable with a Komposer whose imports lie on a server of a private authority: three kinds of
 * credentials, what is told when the server says no, and what a run says of what it was composed of.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { builtOrk, ON_DENO, ROOT } from "../support/built-ork.ts";
import { createAuthority } from "../support/certificates.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";
import { WebServer } from "../support/web-server.ts";

const ENV = { GITHUB_TOKEN: "gh-canary-1", API_TOKEN: "api-canary-2", U: "jo", P: "pass-canary-3" };
const WANTED: Readonly<Record<string, string>> = {
  "/github.yaml": "Bearer gh-canary-1",
  "/bearer.yaml": "Bearer api-canary-2",
  "/basic.yaml": `Basic ${btoa("jo:pass-canary-3")}`,
};

let folder = "";
let server: WebServer;

/** A Katalog of one CRD that is called like its file. */
function katalogOf(name: string): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: ${name}, version: 1.0.0 }
spec:
  crds:
    ${name}: { apiTypes: { group: ${name}.example.io, version: v1, kind: Thing, plural: things } }
`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ork-komposer-"));
  const authority = createAuthority();
  await writeFile(join(folder, "ca.crt"), authority.cert);
  server = await WebServer.start(
    (request, response) => {
      const { url = "", headers } = request;
      if (!(url in WANTED)) return void response.writeHead(404).end();
      if (headers.authorization !== WANTED[url]) return void response.writeHead(401).end();
      return void response.end(katalogOf(url.slice(1, -".yaml".length)));
    },
    authority.issue(["localhost"]),
  );
  await writeFile(
    join(folder, "komposer.yaml"),
    `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
imports:
  files:
    - url: https://localhost:${server.port}/github.yaml
      auth: { type: github, fromEnv: GITHUB_TOKEN }
    - url: https://localhost:${server.port}/bearer.yaml
      auth: { type: bearer, fromEnv: API_TOKEN }
    - url: https://localhost:${server.port}/basic.yaml
      auth: { type: basic, usernameFromEnv: U, passwordFromEnv: P }
`,
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const caFile = () => ["--ca-file", join(folder, "ca.crt")];
const ALLOWED = ["--allow-address", "127.0.0.0/8", "--allow-address", "::1"];

function validate(flags: readonly string[], env: Readonly<Record<string, string>> = ENV) {
  return orkOnce(["validate", "-f", folder, ...flags], { env });
}

test("ork validate reads imports with three kinds of credentials, over a private authority", async () => {
  const { code, stdout, stderr } = await validate([...caFile(), ...ALLOWED]);
  expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: "" });
  expect(stdout).toMatch(/^Katalog valid: whole, 3 CRDs, sha256:[0-9a-f]{64}\n$/);
});

test.each(["deno", "bun"])("so does the bundle, on %s", async (runtime) => {
  const { bundle } = await builtOrk();
  const program = runtime === "deno" ? ON_DENO : [process.execPath, bundle];
  const flags = ["validate", "-f", folder, ...caFile(), ...ALLOWED];
  const { code, stdout, stderr } = await orkOnce(flags, { env: ENV, program });
  expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: "" });
  expect(stdout).toContain("whole, 3 CRDs");
});

test.each([
  {
    what: "a loopback address",
    flags: () => caFile(),
    env: ENV,
    exit: EXIT.operational,
    said: ["its address", "--allow-address"],
  },
  {
    what: "no authority",
    flags: () => ALLOWED,
    env: ENV,
    exit: EXIT.operational,
    said: ["its certificate is not trusted", "--ca-file"],
  },
  {
    what: "a wrong token",
    flags: () => [...caFile(), ...ALLOWED],
    env: { ...ENV, API_TOKEN: "wrong-canary-4" },
    exit: EXIT.operational,
    said: ['/bearer.yaml": the server answered 401 Unauthorized', "Is $API_TOKEN right"],
  },
  {
    what: "no token",
    flags: () => [...caFile(), ...ALLOWED],
    env: { ...ENV, API_TOKEN: "" },
    exit: EXIT.issues,
    said: ["the environment variable API_TOKEN is not set", "komposer.yaml:9:38"],
  },
])("ork validate refuses $what, names the import, and tells no secret", async (one) => {
  const { code, stdout, stderr } = await validate(one.flags(), one.env);
  expect({ code, stdout }).toEqual({ code: one.exit, stdout: "" });
  for (const text of [...one.said, "komposer.yaml"]) expect(stderr).toContain(text);
  expect(stderr).not.toMatch(/canary/);
});

test("ork run ends on an import that fails, before it looks for a cluster", async () => {
  const { code, stderr } = await orkOnce(["run", "-f", folder, ...caFile()], {
    env: { ...ENV, KUBECONFIG: join(folder, "no-kubeconfig") },
  });
  expect(code).toBe(EXIT.operational);
  expect([...(stderr.match(/^error: .*/gm) ?? [])]).toEqual(
    ["github", "bearer", "basic"].map((name) =>
      expect.stringContaining(
        `Cannot read "https://localhost:${server.port}/${name}.yaml": its address`,
      ),
    ),
  );
});

test("ork run says what it was composed of, and asks for it once", async () => {
  const example = join(ROOT, "examples/composed");
  await using ork = await OrkProcess.serve(["-f", example, "--sandbox", "--log-format", "json"]);
  const bytes = await readFile(join(ROOT, "examples/website/katalog.yaml"));
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const told = { katalog: "website-operator", digest, origin: expect.stringContaining("website/") };
  expect(ork.log.find(({ message }) => message === "Import resolved")).toMatchObject(told);
  const { body } = await ork.view("/katalog");
  expect(body).toMatchObject({ name: "composed-operator", imports: [told] });
});
