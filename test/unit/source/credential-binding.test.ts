/**
 * Credentials go to the origin that they were given for, and nowhere else: redirect codes × where they
 * lead × kinds of credentials, and the ways in which a registry may ask for them.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RequestListener } from "node:http";
import { parseAllowedAddress } from "../../../src/source/address-rules.ts";
import {
  basicCredentials,
  type Credentials,
  headerCredentials,
  tokenCredentials,
} from "../../../src/source/credentials.ts";
import { readWeb } from "../../../src/source/http.ts";
import { pullArtifact } from "../../../src/source/oci/pull.ts";
import { packManifest } from "../../../src/source/oci/push.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { openWeb, type Web, type WebOptions, type WebRequest } from "../../../src/source/web.ts";
import { type Authority, createAuthority } from "../../support/certificates.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";
import { WebServer } from "../../support/web-server.ts";

const SECRET = "s3cr3t-canary-0123456789";
const TOKEN = "t0ken-canary-of-the-registry-987";
const REGISTRY_HOSTS = ["registry.example.io", "registry.evil.test"];
const TOKEN_HOSTS = ["auth.example.io", "auth.evil.test"];
const HOSTS = [
  "api.example.io",
  "example.io",
  "other.example.io",
  "sub.api.example.io",
  "api.example.com",
  "evil.test",
  "xn--pi-fma.example.io",
];

let authority: Authority;
let server: WebServer;
let plain: WebServer;
let registry: FakeRegistry;
/** One for all redirects: what it keeps for the next request are connections, never what was sent on them. */
let shared: Web;

/** `/to?code=&location=` redirects, `/token` gives one; everything else is a document. */
const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? "/", "https://api.example.io");
  if (url.pathname === "/token") return void response.end(JSON.stringify({ token: TOKEN }));
  if (url.pathname !== "/to") return void response.end("kind: Katalog\n");
  const location = url.searchParams.get("location") ?? "";
  response.writeHead(Number(url.searchParams.get("code")), { location }).end();
};

beforeAll(async () => {
  authority = createAuthority();
  const tls = authority.issue([...HOSTS, ...REGISTRY_HOSTS, ...TOKEN_HOSTS]);
  server = await WebServer.start(answer, tls);
  plain = await WebServer.start(answer);
  registry = await FakeRegistry.start(tls);
  // Allowed, so that it is not the ban on http that keeps them.
  shared = web({ allowHttp: true });
});
afterAll(async () => {
  await Promise.all([server, plain, registry].map((one) => one[Symbol.asyncDispose]()));
});

function web(more: WebOptions = {}) {
  const loopback = parseAllowedAddress("127.0.0.0/8");
  return openWeb({
    certificateAuthorities: authority.cert,
    allowedAddresses: loopback ? [loopback] : [],
    resolveHost: async (host) => {
      if (host.startsWith("registry.")) return [registry.server.address];
      return [host.startsWith("plain.") ? plain.address : server.address];
    },
    timeoutMs: 5_000,
    ...more,
  });
}

const KINDS: Readonly<Record<string, Credentials>> = {
  github: tokenCredentials("github", SECRET, "T"),
  bearer: tokenCredentials("bearer", SECRET, "T"),
  basic: basicCredentials("user", SECRET, ["U", "P"]),
  header: headerCredentials("X-Api-Key", SECRET, "K"),
};
const CODES = [301, 302, 303, 307, 308];

/** Where a redirect leads, and whether its target is asked at all. */
const AWAY: readonly (readonly [what: string, to: string, isFollowed: boolean])[] = [
  ["another host", "https://other.example.io", true],
  ["a subdomain", "https://sub.api.example.io", true],
  ["the parent domain", "https://example.io", true],
  ["another top-level domain", "https://api.example.com", true],
  ["a stranger", "https://evil.test", true],
  ["another port", "https://api.example.io:8443", true],
  ["a host that looks alike", "https://xn--pi-fma.example.io", true],
  ["its address", "https://127.0.0.1", false],
  ["a trailing dot", "https://api.example.io.", true],
  ["plain http", "http://plain.example.io", false],
  ["plain http of its own", "http://api.example.io", false],
  ["credentials of the server's choice", `https://user:pass@api.example.io`, false],
];
const SECRETS = [SECRET, btoa(`user:${SECRET}`)];

const cases = Object.keys(KINDS).flatMap((kind) =>
  CODES.flatMap((code) =>
    AWAY.map(([what, to, isFollowed]) => ({ kind, code, what, to, isFollowed })),
  ),
);

function leaks(seen: readonly { readonly headers: object; readonly path: string }[]): boolean {
  const text = JSON.stringify(seen);
  return SECRETS.some((secret) => text.includes(secret));
}

test("there are at least 120 cases", () => {
  expect(cases.length).toBeGreaterThanOrEqual(120);
});

test.each(cases)(
  "$kind credentials do not follow a $code to $what",
  async ({ kind, code, to, isFollowed }) => {
    const [before, beforePlain] = [server.seen.length, plain.seen.length];
    const location = `https://api.example.io/to?code=${code}&location=${encodeURIComponent(`${to}/x`)}`;
    const credentials = KINDS[kind];
    const reading = readWeb({ location, name: "x", credentials }, shared);
    const error = await reading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const [first, ...rest] = server.seen.slice(before);
    expect(leaks(first ? [first] : [])).toBe(true);
    expect(leaks(rest)).toBe(false);
    expect(leaks(plain.seen.slice(beforePlain))).toBe(false);
    expect(rest.length).toBe(isFollowed ? 1 : 0);
    expect(plain.seen.length).toBe(beforePlain);
    expect(error === undefined).toBe(isFollowed);
    expect(SECRETS.some((secret) => String(error).includes(secret))).toBe(false);
  },
);

test.each(Object.keys(KINDS))("%s credentials do not come back with a redirect", async (kind) => {
  const before = server.seen.length;
  const back = "https://api.example.io/somewhere/else";
  const away = `https://evil.test/to?code=302&location=${encodeURIComponent(back)}`;
  const location = `https://api.example.io/to?code=302&location=${encodeURIComponent(away)}`;
  await readWeb({ location, name: "x", credentials: KINDS[kind] }, web());
  const [, ...rest] = server.seen.slice(before);
  expect(rest.map(({ headers }) => headers.host)).toEqual(["evil.test", "api.example.io"]);
  expect(leaks(rest)).toBe(false);
});

test.each(Object.keys(KINDS))(
  "%s credentials stay with other spellings of one origin",
  async (kind) => {
    const before = server.seen.length;
    const to = encodeURIComponent("HTTPS://API.example.io:443/x");
    const location = `https://api.example.io/to?code=302&location=${to}`;
    await readWeb({ location, name: "x", credentials: KINDS[kind] }, web());
    expect(leaks(server.seen.slice(before + 1))).toBe(true);
  },
);

test("a redirect to another port of the same server starts a connection of its own", async () => {
  const before = server.seen.length;
  const to = encodeURIComponent("https://api.example.io:9443/x");
  const location = `https://api.example.io/to?code=302&location=${to}`;
  await readWeb({ location, name: "x", credentials: KINDS["bearer"] }, web());
  expect(server.seen.at(before + 1)?.headers.host).toBe("api.example.io:9443");
});

/* Registries. */

function fill(): void {
  const layer = {
    mediaType: "application/yaml",
    bytes: Buffer.from("kind: Katalog\n"),
    annotations: { "org.opencontainers.image.title": "katalog.yaml" },
  };
  const { manifest, blobs } = packManifest({ layers: [layer] });
  for (const blob of blobs) registry.addBlob(blob);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  registry.addManifest("org/x", "v1", { bytes: manifest, mediaType });
}

interface Asking {
  /** What the registry says to who is nobody. */
  readonly challenge: string;
  readonly credentials?: Credentials | undefined;
  readonly realm?: string;
}

/** All requests in their order: who was asked, and what was sent. */
async function pull({ challenge, credentials, realm }: Asking) {
  fill();
  registry.intercept = (request, response) => {
    if (request.headers.authorization !== undefined) return false;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return true;
  };
  const [before, beforeServer, beforePlain] = [
    registry.server.seen.length,
    server.seen.length,
    plain.seen.length,
  ];
  const error = await pullArtifact(
    {
      location: "oci://registry.example.io/org/x:v1",
      name: "oci://registry.example.io/org/x:v1",
      credentials,
    },
    { web: webOfRegistry(), realm },
  ).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(SECRETS.some((secret) => String(error).includes(secret))).toBe(false);
  return {
    error,
    registry: registry.server.seen.slice(before),
    others: [...server.seen.slice(beforeServer), ...plain.seen.slice(beforePlain)],
  };
}

function webOfRegistry() {
  return web({ allowHttp: true });
}

test.each([
  ["another host of its domain", "https://auth.example.io/token"],
  [
    "another host of its domain, with a query of its own",
    "https://auth.example.io/token?account=a",
  ],
  ["the parent domain", "https://example.io/token"],
  ["another port of its domain", "https://auth.example.io:8443/token"],
])("a token is got from %s, with the credentials", async (_, realm) => {
  const challenge = `Bearer realm="${realm}",service="r",scope="repository:org/x:pull"`;
  const { error, others, registry: asked } = await pull({ challenge, credentials: KINDS["basic"] });
  expect(error).toBeUndefined();
  expect(others).toHaveLength(1);
  expect(others[0]?.headers.authorization).toBe(KINDS["basic"]?.authorization);
  expect(leaks(asked)).toBe(false);
  expect(asked.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
});

test.each([
  ["a stranger", "https://auth.evil.test/token"],
  ["a stranger whose name begins alike", "https://registry.example.io.evil.test/token"],
  ["a stranger whose name ends alike", "https://notexample.io/token"],
  ["another top-level domain", "https://auth.example.com/token"],
  ["an address", "https://127.0.0.1/token"],
  ["an address in disguise", "https://2130706433/token"],
  ["plain http", "http://auth.example.io/token"],
  ["plain http of its own", "http://registry.example.io/token"],
  ["a file", "file:///etc/passwd"],
  ["nothing", ""],
  ["a path", "/token"],
  ["a URL with a password", "https://user:pass@auth.evil.test/token"],
  ["a URL with a password of its own domain", "https://user:pass@auth.example.io/token"],
  ["a name behind an at sign", "https://registry.example.io@auth.evil.test/token"],
])("no token is asked of %s", async (_, realm) => {
  for (const credentials of [KINDS["basic"], KINDS["github"], undefined]) {
    const challenge = `Bearer realm="${realm}",service="r"`;
    const { error, others, registry: asked } = await pull({ challenge, credentials });
    expect(error).toBeInstanceOf(SourceError);
    expect((error as SourceError).code).toBe("credentials");
    expect(others).toEqual([]);
    expect(leaks(asked)).toBe(false);
  }
});

test("a token server of another domain is asked when it is named", async () => {
  const challenge = 'Bearer realm="https://auth.evil.test/token",service="r"';
  const named = await pull({
    challenge,
    credentials: KINDS["basic"],
    realm: "https://auth.evil.test",
  });
  expect(named.error).toBeUndefined();
  expect(named.others).toHaveLength(1);
  const other = await pull({
    challenge,
    credentials: KINDS["basic"],
    realm: "https://auth.example.com",
  });
  expect(other.error).toMatchObject({
    code: "credentials",
    hint: expect.stringContaining("auth.realm"),
  });
  expect(other.others).toEqual([]);
});

test("an identity token of Docker's goes to the realm in a form, and to nobody else", async () => {
  fill();
  const challenge = 'Bearer realm="https://auth.example.io/token",service="r"';
  registry.intercept = (request, response) => {
    if (request.headers.authorization === `Bearer ${TOKEN}`) return false;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return true;
  };
  const [before, beforeRegistry] = [server.seen.length, registry.server.seen.length];
  const asked: WebRequest[] = [];
  const own = webOfRegistry();
  const location = "oci://registry.example.io/org/x:v1";
  const bundle = await pullArtifact(
    { location, name: location },
    {
      findLogin: async (name) =>
        name === "registry.example.io" ? { kind: "identity", token: SECRET } : undefined,
      web: (request) => {
        asked.push(request);
        return own(request);
      },
    },
  );
  expect(bundle.files.size).toBe(1);
  const [exchange] = asked.filter(({ method }) => method === "POST");
  expect(exchange?.url.href).toBe("https://auth.example.io/token");
  expect(Object.fromEntries(new URLSearchParams(new TextDecoder().decode(exchange?.body)))).toEqual(
    {
      service: "r",
      scope: "repository:org/x:pull",
      grant_type: "refresh_token",
      client_id: "orkestra",
      refresh_token: SECRET,
    },
  );
  expect(leaks(server.seen.slice(before))).toBe(false);
  expect(leaks(registry.server.seen.slice(beforeRegistry))).toBe(false);
});

test("a token is asked for what is read, whatever the registry says", async () => {
  const challenge =
    'Bearer realm="https://auth.example.io/token",service="r",scope="repository:org/secret:pull,push,delete"';
  const { others } = await pull({ challenge, credentials: KINDS["basic"] });
  const query = new URL(others[0]?.path ?? "", "https://auth.example.io").searchParams;
  expect(query.getAll("scope")).toEqual(["repository:org/x:pull"]);
});

test.each([
  ["basic", 'Basic realm="r"', "basic"],
  ["github, as a password", 'Basic realm="r"', "github"],
] as const)(
  "%s credentials answer a Basic challenge, of the registry alone",
  async (_, challenge, kind) => {
    const { error, registry: asked, others } = await pull({ challenge, credentials: KINDS[kind] });
    expect(error).toBeUndefined();
    expect(asked[0]?.headers.authorization).toBeUndefined();
    expect(asked[1]?.headers.authorization).toStartWith("Basic ");
    expect(others).toEqual([]);
  },
);

test.each(["bearer", "header"] as const)(
  "%s credentials go to the registry at once",
  async (kind) => {
    const { registry: asked, others } = await pull({
      challenge: 'Basic realm="r"',
      credentials: KINDS[kind],
    });
    expect(leaks(asked.slice(0, 1))).toBe(true);
    expect(others).toEqual([]);
  },
);

/** A registry that sends blobs elsewhere, as many do. */
test.each(
  ["bearer", "basic", "github", "header"].flatMap((kind) => CODES.map((code) => ({ kind, code }))),
)(
  "a blob that a $code sends elsewhere is fetched without $kind credentials",
  async ({ kind, code }) => {
    fill();
    registry.intercept = (request, response) => {
      if (kind !== "header" && request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
        return true;
      }
      if (!request.url?.includes("/blobs/") || request.headers.host !== "registry.example.io")
        return false;
      response.writeHead(code, { location: `https://evil.test/blob${request.url}` }).end();
      return true;
    };
    const before = server.seen.length;
    await pullArtifact(
      { location: "oci://registry.example.io/org/x:v1", name: "x", credentials: KINDS[kind] },
      { web: shared },
    ).catch(() => undefined);
    const elsewhere = server.seen.slice(before);
    expect(elsewhere.length).toBeGreaterThan(0);
    expect(elsewhere.every(({ headers }) => headers.host === "evil.test")).toBe(true);
    expect(leaks(elsewhere)).toBe(false);
    expect(elsewhere.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  },
);

test("a challenge of a server to which a redirect led is not answered", async () => {
  fill();
  registry.intercept = (request, response) => {
    if (request.headers.host === "registry.example.io") {
      response.writeHead(302, { location: `https://registry.evil.test${request.url}` }).end();
    } else response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    return true;
  };
  const before = registry.server.seen.length;
  const error = await pullArtifact(
    { location: "oci://registry.example.io/org/x:v1", name: "x", credentials: KINDS["basic"] },
    { web: webOfRegistry() },
  ).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "status" });
  expect(leaks(registry.server.seen.slice(before))).toBe(false);
});

const tokenCases = CODES.flatMap((code) =>
  AWAY.map(([what, to, isFollowed]) => ({ code, what, to, isFollowed })),
);

test.each(tokenCases)(
  "a registry's token does not follow a $code to $what",
  async ({ code, to, isFollowed }) => {
    fill();
    registry.intercept = (request, response) => {
      if (request.headers.authorization === undefined) {
        const challenge = 'Bearer realm="https://auth.example.io/token",service="r"';
        response.writeHead(401, { "www-authenticate": challenge }).end();
        return true;
      }
      if (!request.url?.includes("/blobs/")) return false;
      response.writeHead(code, { location: `${to}${request.url}` }).end();
      return true;
    };
    const [before, beforePlain] = [server.seen.length, plain.seen.length];
    const location = "oci://registry.example.io/org/x:v1";
    const error = await pullArtifact(
      { location, name: "x", credentials: KINDS["basic"] },
      { web: shared },
    ).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    // What a stranger gives is as good as its digest.
    expect(error === undefined).toBe(isFollowed);
    const blobs = server.seen.slice(before).filter(({ path }) => path.includes("/blobs/"));
    expect(blobs.length > 0).toBe(isFollowed);
    expect(JSON.stringify(blobs)).not.toContain(TOKEN);
    expect(leaks(blobs)).toBe(false);
    expect(plain.seen.length).toBe(beforePlain);
  },
);
