import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { parseAllowedAddress } from "../../../../src/source/address-rules.ts";
import { basicCredentials } from "../../../../src/source/credentials.ts";
import { packArtifact, pushArtifact } from "../../../../src/source/oci/push.ts";
import { parseOciReference } from "../../../../src/source/oci/reference.ts";
import { Registry } from "../../../../src/source/oci/registry.ts";
import { SourceError } from "../../../../src/source/source-error.ts";
import { openWeb } from "../../../../src/source/web.ts";
import { type Authority, createAuthority } from "../../../support/certificates.ts";
import { FakeRegistry } from "../../../support/fake-registry.ts";

const HOST = "registry.example.io";
const LOCATION = `oci://${HOST}/org/web:v1`;
const SECRET = "s3cr3t-canary-0123456789";
const FILES = new Map([["katalog.yaml", Buffer.from("kind: Katalog\n")]]);
const credentials = basicCredentials("user", SECRET, ["U", "P"]);

let authority: Authority;
let server: FakeRegistry;
beforeAll(async () => {
  authority = createAuthority();
  server = await FakeRegistry.start(authority.issue([HOST, "storage.example.com"]));
});
afterEach(() => {
  server.intercept = undefined;
  server.blobs.clear();
  server.manifests.clear();
});
afterAll(() => server[Symbol.asyncDispose]());

async function push(): Promise<{ sentBytes: number }> {
  const loopback = parseAllowedAddress("127.0.0.1");
  const web = openWeb({
    certificateAuthorities: authority.cert,
    allowedAddresses: loopback ? [loopback] : [],
    resolveHost: async () => [server.server.address],
    allowHttp: true,
    timeoutMs: 2_000,
  });
  const registry = new Registry(parseOciReference(LOCATION), { web, credentials });
  return pushArtifact(registry, await packArtifact({ files: FILES, annotations: {} }), "v1");
}

async function failure(): Promise<SourceError> {
  const error = await push().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SourceError)) throw new Error("expected a SourceError", { cause: error });
  expect(`${error.message} ${error.hint}`).not.toContain(SECRET);
  expect(error.message).toContain(LOCATION);
  expect(error.hint).toBeString();
  return error;
}

test("a registry that is not there is told with what was to be done, and what to do", async () => {
  const loopback = parseAllowedAddress("127.0.0.1");
  const web = openWeb({ allowedAddresses: loopback ? [loopback] : [], allowHttp: true });
  const registry = new Registry(parseOciReference("http://127.0.0.1:1/org/web:v1"), { web });
  const artifact = await packArtifact({ files: FILES, annotations: {} });
  expect(pushArtifact(registry, artifact, "v1")).rejects.toMatchObject({
    message:
      'Cannot push to "http://127.0.0.1:1/org/web:v1": connection refused, nothing listens there (ECONNREFUSED)',
    hint: "Is it running, and is the address right?",
  });
  expect(registry.readManifest("v1")).rejects.toThrow(
    'Cannot read "http://127.0.0.1:1/org/web:v1"',
  );
});

/** What the registry answers to one method, by itself. */
function on(method: string, status: number, headers: Record<string, string> = {}): void {
  server.intercept = (request, response) => {
    if (request.method !== method) return false;
    response.writeHead(status, headers).end();
    return true;
  };
}

test("pushArtifact() writes the manifest last", async () => {
  const before = server.server.seen.length;
  expect((await push()).sentBytes).toBeGreaterThan(1000);
  const paths = server.server.seen.slice(before).map(({ path }) => path);
  expect(paths.findIndex((path) => path.includes("/manifests/"))).toBe(paths.length - 1);
});

test.each([
  ["the registry takes nothing", "POST", 405, "status", /405 Method Not Allowed/],
  ["it is not allowed", "POST", 403, "status", /403 Forbidden/],
  ["it wants a password that is wrong", "POST", 401, "status", /401 Unauthorized/],
  ["a blob is too large", "PUT", 413, "status", /413 Payload Too Large/],
  ["the registry is in trouble", "PUT", 503, "status", /503 Service Unavailable/],
  ["it is led elsewhere", "PUT", 307, "redirect", /nothing is sent on/],
] as const)(
  "pushArtifact() says that %s, and leaves no manifest",
  async (...[, method, status, code, message]) => {
    on(method, status);
    expect(await failure()).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(server.manifests.size).toBe(0);
  },
);

test.each([
  ["nowhere", undefined, "status", /does not say where to upload to/],
  ["to plain http", `http://${HOST}/upload`, "redirect", /away from https/],
  ["to a metadata service", "https://169.254.169.254/upload", "address", /link-local/],
  ["to a file", "file:///etc/passwd", "redirect", /away from https/],
] as const)("pushArtifact() does not upload %s", async (...[, location, code, message]) => {
  on("POST", 202, location === undefined ? {} : { location });
  expect(await failure()).toMatchObject({ code, message: expect.stringMatching(message) });
});

test("pushArtifact() uploads to another origin without credentials", async () => {
  const seen: { host: string | undefined; authorization: string | undefined }[] = [];
  server.intercept = (request, response) => {
    const { host, authorization } = request.headers;
    if (request.method === "PUT") seen.push({ host, authorization });
    if (host === HOST && authorization === undefined) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
      return true;
    }
    if (request.method === "POST") {
      const location = "https://storage.example.com/v2/org/web/blobs/uploads/1?signature=x";
      response.writeHead(202, { location }).end();
      return true;
    }
    return false;
  };
  await push();
  const [upload] = seen;
  expect(upload).toEqual({ host: "storage.example.com", authorization: undefined });
  expect(seen.at(-1)).toEqual({ host: HOST, authorization: credentials.authorization });
});

test("pushArtifact() notices that the registry keeps something else", async () => {
  server.intercept = (request, response) => {
    if (request.method !== "PUT" || !request.url?.includes("/manifests/")) return false;
    response.writeHead(201, { "docker-content-digest": `sha256:${"0".repeat(64)}` }).end();
    return true;
  };
  expect(await failure()).toMatchObject({ code: "digest" });
});
