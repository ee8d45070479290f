import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RequestListener } from "node:http";
import { parseAllowedAddress } from "../../../src/source/address-rules.ts";
import { basicCredentials, tokenCredentials } from "../../../src/source/credentials.ts";
import { readWeb } from "../../../src/source/http.ts";
import type { SourceReference } from "../../../src/source/reference.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { openWeb, type WebOptions } from "../../../src/source/web.ts";
import { type Authority, createAuthority } from "../../support/certificates.ts";
import { WebServer } from "../../support/web-server.ts";

const HOSTS = ["api.example.io", "other.example.io", "sub.api.example.io"];
const SECRET = "s3cr3t-canary-0123456789";
const LIMIT = 5 * 1024 * 1024;

let authority: Authority;
let server: WebServer;
let plain: WebServer;

/** What each path answers; `/to?code=&location=` redirects. */
const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? "/", "https://api.example.io");
  switch (url.pathname) {
    case "/katalog.yaml":
      return void response.end("kind: Katalog\n");
    case "/to": {
      const location = url.searchParams.get("location");
      response.writeHead(
        Number(url.searchParams.get("code")),
        location === null ? {} : { location },
      );
      return void response.end();
    }
    case "/away":
    case "/within": {
      const host = url.pathname === "/away" ? "other" : "api";
      const location = `https://${host}.example.io/status${url.search}`;
      return void response.writeHead(302, { location }).end();
    }
    case "/loop":
      return void response.writeHead(302, { location: "/loop" }).end();
    case "/status":
      response.writeHead(Number(url.searchParams.get("code")), `Echo ${SECRET}`);
      return void response.end(SECRET);
    case "/large":
      return void response
        .writeHead(200, { "content-length": LIMIT + 1 })
        .end(new Uint8Array(LIMIT + 1));
    case "/endless":
      response.writeHead(200);
      for (let count = 0; count < 6; count++) response.write(new Uint8Array(1024 * 1024));
      return void response.end();
    case "/limit":
      return void response.end(new Uint8Array(LIMIT));
    case "/cut":
      response.writeHead(200, { "content-length": 100 });
      response.write("kind: Kat");
      return void setTimeout(() => response.destroy(), 20);
    case "/html":
      return void response
        .writeHead(200, { "content-type": "text/html; charset=utf-8" })
        .end("<p>");
    case "/packed":
      return void response.writeHead(200, { "content-encoding": "zstd" }).end("x");
    case "/silent":
      return undefined;
    case "/stalls":
      response.writeHead(200);
      return void response.write("kind: ");
    default:
      return void response.writeHead(404).end();
  }
};

beforeAll(async () => {
  authority = createAuthority();
  server = await WebServer.start(answer, authority.issue(HOSTS));
  plain = await WebServer.start(answer);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});

function options(more: WebOptions = {}): WebOptions {
  return {
    certificateAuthorities: authority.cert,
    allowedAddresses: [parseAllowedAddress("127.0.0.1")].filter((one) => one !== undefined),
    resolveHost: async (host) => [host.startsWith("plain.") ? plain.address : server.address],
    timeoutMs: 5_000,
    ...more,
  };
}

async function read(
  location: string,
  more: WebOptions = {},
  credentials?: SourceReference["credentials"],
) {
  const name = location.replace(/\?.*$/, "?…");
  const bytes = await readWeb({ location, name, credentials }, openWeb(options(more)));
  return new TextDecoder().decode(bytes);
}

async function failure(...parameters: Parameters<typeof read>): Promise<SourceError> {
  const error = await read(...parameters).catch((reason: unknown) => reason);
  if (!(error instanceof SourceError)) throw new Error("expected a SourceError", { cause: error });
  expect(`${error.message} ${error.hint}`).not.toContain(SECRET);
  return error;
}

const KINDS = [
  ["github", tokenCredentials("github", SECRET, "GITHUB_TOKEN"), `Bearer ${SECRET}`],
  ["bearer", tokenCredentials("bearer", SECRET, "TOKEN"), `Bearer ${SECRET}`],
  ["basic", basicCredentials("jö", SECRET, ["U", "P"]), `Basic ${btoa(`j\u00c3\u00b6:${SECRET}`)}`],
] as const;

test("readWeb() reads a document from a server of a private authority", async () => {
  expect(await read("https://api.example.io/katalog.yaml")).toBe("kind: Katalog\n");
  const { headers } = server.seen.at(-1) ?? {};
  expect(headers).toMatchObject({ host: "api.example.io" });
  expect(headers).not.toHaveProperty("authorization");
});

test.each(KINDS)("readWeb() authenticates by %s", async (_, credentials, header) => {
  await read("https://api.example.io/katalog.yaml", {}, credentials);
  expect(server.seen.at(-1)?.headers.authorization).toBe(header);
});

const CODES = [301, 302, 303, 307, 308];
const AWAY = [
  "https://other.example.io",
  "https://sub.api.example.io",
  "https://api.example.io:8443",
];
const cases = KINDS.flatMap(([kind, credentials]) =>
  CODES.flatMap((code) => AWAY.map((to) => ({ kind, code, to, credentials }))),
);

test.each(cases)(
  "readWeb() keeps $kind credentials on a $code to $to",
  async ({ code, to, credentials }) => {
    const before = server.seen.length;
    const location = encodeURIComponent(`${to}/to?code=${code}&location=/katalog.yaml`);
    const start = `https://api.example.io/to?code=${code}&location=${location}`;
    expect(await read(start, {}, credentials)).toBe("kind: Katalog\n");
    const [first, ...rest] = server.seen.slice(before);
    expect(first?.headers.authorization).toBe(credentials.authorization);
    expect(rest).toHaveLength(2);
    expect(rest.map(({ headers }) => JSON.stringify(headers)).join()).not.toContain(SECRET);
    expect(rest.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  },
);

test.each(CODES)(
  "readWeb() sends credentials on after a %i inside of their origin",
  async (code) => {
    const [, credentials] = KINDS[1];
    await read(`https://api.example.io/to?code=${code}&location=/katalog.yaml`, {}, credentials);
    expect(server.seen.at(-1)?.headers.authorization).toBe(credentials.authorization);
  },
);

test.each([
  { what: "a loop", path: "/loop", code: "redirect", message: /more than 5 redirects/ },
  {
    what: "no place to go to",
    path: "/to?code=302",
    code: "redirect",
    message: /answered 302 and no place to go to/,
  },
  {
    what: "plain http",
    path: "/to?code=302&location=http://plain.example.io/x",
    code: "redirect",
    message: /away from https, to "http:"/,
  },
  {
    what: "a file",
    path: "/to?code=302&location=file:///etc/passwd",
    code: "redirect",
    message: /away from https, to "file:"/,
  },
  {
    what: "a URL with credentials",
    path: `/to?code=302&location=https://u:${SECRET}@api.example.io/`,
    code: "insecure",
    message: /the URL holds credentials/,
  },
  {
    what: "a private address",
    path: "/to?code=302&location=https://10.0.0.1/",
    code: "address",
    message: /10\.0\.0\.1 is private/,
  },
] as const)("readWeb() does not follow a redirect to $what", async ({ path, code, message }) => {
  const before = plain.seen.length;
  const error = await failure(`https://api.example.io${path}`, { allowHttp: true });
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(plain.seen).toHaveLength(before);
});

test.each([
  [401, /401 Unauthorized, expected 200 OK/, /\$TOKEN/],
  [403, /403 Forbidden/, /\$TOKEN/],
  [404, /404 Not Found/, /URL/],
  [418, /418/, undefined],
  [500, /500 Internal Server Error/, undefined],
  [204, /204 No Content/, undefined],
  [206, /206 Partial Content/, undefined],
] as const)("readWeb() refuses a %i", async (code, message, hint) => {
  const [, credentials] = KINDS[1];
  const error = await failure(`https://api.example.io/status?code=${code}`, {}, credentials);
  expect(error).toMatchObject({ code: "status", message: expect.stringMatching(message) });
  if (hint) expect(error.hint).toMatch(hint);
});

test.each([401, 404, 500])(
  "readWeb() names the host that answered %i after a redirect",
  async (code) => {
    const [, credentials] = KINDS[1];
    const away = await failure(`https://api.example.io/away?code=${code}`, {}, credentials);
    expect(away.message).toContain(`redirected to "other.example.io": the server answered ${code}`);
    expect(away.hint).toMatch(code === 401 ? /with auth of its own/ : /where it really is/);
    const within = await failure(`https://api.example.io/within?code=${code}`, {}, credentials);
    expect(within.message).toContain(
      `redirected within "api.example.io": the server answered ${code}`,
    );
  },
);

test.each([
  ["/large", "too-large", /the limit is 5242880/],
  ["/endless", "too-large", /the limit is 5242880/],
  ["/html", "wrong-type", /a web page, expected YAML/],
  ["/packed", "wrong-type", /compressed/],
] as const)("readWeb() refuses %s as %s", async (path, code, message) => {
  const error = await failure(`https://api.example.io${path}`);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});

test("readWeb() takes what is as large as the limit", async () => {
  expect((await read("https://api.example.io/limit")).length).toBe(LIMIT);
});

test("readWeb() refuses an answer that is cut off", async () => {
  const error = await failure("https://api.example.io/cut");
  expect(["cut-off", "unreachable"]).toContain(error.code);
});

test.each(["/silent", "/stalls"])(
  "readWeb() waits for %s no longer than its time",
  async (path) => {
    const error = await failure(`https://api.example.io${path}`, { timeoutMs: 150 });
    expect(error).toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/within 0.15 s/),
    });
  },
);

test("readWeb() ends with its signal, and that is no fault of the source", async () => {
  const stop = new AbortController();
  const reason = new Error("stopped");
  const reading = read("https://api.example.io/stalls", { signal: stop.signal });
  setTimeout(() => stop.abort(reason), 50);
  const error = await reading.catch((caught: unknown) => caught);
  expect(error).not.toBeInstanceOf(SourceError);
});

test("readWeb() trusts no other authority, and no other name", async () => {
  const stranger = await failure("https://api.example.io/katalog.yaml", {
    certificateAuthorities: createAuthority("Somebody else").cert,
  });
  expect(stranger).toMatchObject({
    code: "certificate",
    hint: expect.stringContaining("--ca-file"),
  });
  expect((await failure("https://wrong.example.io/katalog.yaml")).code).toBe("certificate");
});

test("readWeb() takes plain http only when it may", async () => {
  const before = plain.seen.length;
  expect(await failure("http://plain.example.io/katalog.yaml")).toMatchObject({
    code: "insecure",
    hint: expect.stringContaining("--allow-http"),
  });
  expect(plain.seen).toHaveLength(before);
  expect(await read("http://plain.example.io/katalog.yaml", { allowHttp: true })).toContain("kind");
});

test.each([
  "https://127.0.0.1/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0177.0.0.1/",
  "https://0/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[2002:7f00:1::]/",
  "https://169.254.169.254/latest/meta-data/",
  "https://[fe80::1]/",
  "https://[fd00:ec2::254]/",
  "https://100.100.100.200/",
  "https://192.0.0.192/",
  "https://168.63.129.16/",
  "https://10.1.2.3/",
  "https://１２７.0.0.1/",
  "https://anything.example.io/",
])("readWeb() does not connect to %s by itself", async (location) => {
  const before = server.seen.length;
  const error = await failure(location, { allowedAddresses: [] });
  expect(error).toMatchObject({
    code: "address",
    hint: expect.stringContaining("--allow-address"),
  });
  expect(server.seen).toHaveLength(before);
});

test("readWeb() connects to the address that it checked, and asks for it once", async () => {
  let asked = 0;
  const rebinding: WebOptions = {
    resolveHost: async () => [asked++ === 0 ? server.address : { address: "10.0.0.1" }],
  };
  expect(await read("https://api.example.io/katalog.yaml", rebinding)).toContain("kind");
  expect(asked).toBe(1);
});

test("readWeb() leaves addresses out that are not allowed, and tries all that are", async () => {
  const closed = await WebServer.start(() => {});
  const { port } = closed;
  await closed[Symbol.asyncDispose]();
  const resolveHost = async () => [
    { address: "10.0.0.1" },
    { address: "127.0.0.1", port },
    server.address,
  ];
  expect(await read("https://api.example.io/katalog.yaml", { resolveHost })).toContain("kind");
  const nothing = { resolveHost: async () => [{ address: "127.0.0.1", port }] };
  expect(await failure("https://api.example.io/katalog.yaml", nothing)).toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("nothing listens there (ECONNREFUSED)"),
  });
});

test("readWeb() says that a host is not known", async () => {
  const resolveHost = () => Promise.reject(Object.assign(new Error(SECRET), { code: "ENOTFOUND" }));
  expect(await failure("https://api.example.io/", { resolveHost })).toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("its host is not known (ENOTFOUND)"),
  });
});
