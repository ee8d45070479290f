import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RequestListener } from "node:http";
import type { Socket } from "node:net";
import { parseAllowedAddress } from "../../../src/source/address-rules.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { openWeb, type WebOptions, type WebRequest } from "../../../src/source/web.ts";
import { type Authority, createAuthority } from "../../support/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { WebServer } from "../../support/web-server.ts";

let authority: Authority;
let server: WebServer;
const open = new Set<Socket>();
const bodies: string[] = [];

const answer: RequestListener = (request, response) => {
  open.add(request.socket);
  request.socket.once("close", () => open.delete(request.socket));
  const url = new URL(request.url ?? "/", "https://api.example.io");
  switch (url.pathname) {
    case "/echo": {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      return void request.on("end", () => {
        bodies.push(body);
        response.writeHead(201, { "x-own": "yes" }).end("made");
      });
    }
    case "/to":
      return void response.writeHead(307, { location: "/echo" }).end();
    case "/away":
      return void response.writeHead(307, { location: "https://other.example.io/end" }).end();
    case "/inside":
      return void response.writeHead(302, { location: "https://169.254.169.254/latest" }).end();
    case "/nowhere":
      return void response
        .writeHead(302, { location: "https://nowhere.example.io/x?canary" })
        .end();
    case "/says-back":
      return void response.writeHead(302, { location: "https://the-canary.example.io/" }).end();
    case "/large-failure":
      return void response.writeHead(500).end(new Uint8Array(1024 * 1024));
    case "/head":
      return void response.writeHead(200, { "content-length": 5000 }).end();
    case "/hangs-up":
      // Said to be kept, and closed all the same.
      response.end("x", () => request.socket.destroy());
      return undefined;
    default:
      return void response.end("found");
  }
};

beforeAll(async () => {
  authority = createAuthority();
  const tls = authority.issue(["api.example.io", "other.example.io"]);
  server = await WebServer.start(answer, tls);
});
afterAll(() => server[Symbol.asyncDispose]());

function web(more: WebOptions = {}) {
  const loopback = parseAllowedAddress("127.0.0.1");
  return openWeb({
    certificateAuthorities: authority.cert,
    allowedAddresses: loopback ? [loopback] : [],
    resolveHost: async () => [server.address],
    timeoutMs: 5_000,
    ...more,
  });
}

function ask(path: string, more: Partial<WebRequest> = {}): WebRequest {
  return { url: new URL(path, "https://api.example.io"), name: "x", maxBytes: 100, ...more };
}

test("openWeb() sends what is written, with its length", async () => {
  const body = new TextEncoder().encode("höllo");
  const answered = await web()(ask("/echo", { method: "PUT", body }));
  expect(answered).toMatchObject({ status: 201, headers: { "x-own": "yes" } });
  expect(new TextDecoder().decode(answered.body)).toBe("made");
  expect(bodies.at(-1)).toBe("höllo");
  expect(server.seen.at(-1)?.headers["content-length"]).toBe("6");
});

test("openWeb() sends nothing on that is written", async () => {
  const before = server.seen.length;
  const error = await web()(ask("/to", { method: "POST" })).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "redirect",
    message: expect.stringContaining('Cannot write "x"'),
  });
  expect(server.seen.length).toBe(before + 1);
});

test("openWeb() gives any status, and the beginning of what a failure says", async () => {
  const failed = await web()(ask("/large-failure"));
  expect(failed.status).toBe(500);
  expect(failed.body.length).toBeLessThan(200_000);
});

test("openWeb() expects no body after HEAD", async () => {
  expect(await web()(ask("/head", { method: "HEAD" }))).toMatchObject({ status: 200 });
});

test("openWeb() takes as much as it is told, and no more", async () => {
  expect((await web()(ask("/", { maxBytes: 5 }))).body.length).toBe(5);
  const error = await web()(ask("/", { maxBytes: 4 })).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "too-large",
    message: expect.stringContaining("the limit is 4"),
  });
});

test("openWeb() sends headers wherever it is led, and secret ones to the origin alone", async () => {
  const headers = { accept: "text/x" };
  const secretHeaders = { "x-key": "canary" };
  await web()(ask("/away", { headers, secretHeaders, authorization: "Bearer canary" }));
  const [first, second] = server.seen.slice(-2);
  expect(first?.headers).toMatchObject({
    accept: "text/x",
    "x-key": "canary",
    authorization: "Bearer canary",
  });
  expect(second?.headers).toMatchObject({ accept: "text/x", host: "other.example.io" });
  expect(JSON.stringify(second?.headers)).not.toContain("canary");
});

test("openWeb() uses a connection again, and none is left a moment after the last answer", async () => {
  await eventually("no connection of the tests before", () => open.size === 0);
  const ports = new Set<unknown>();
  const asked = web();
  for (let count = 0; count < 5; count++) {
    await asked(ask("/"));
    for (const socket of open) ports.add(socket.remotePort);
  }
  await Promise.all(Array.from({ length: 5 }, () => asked(ask("/"))));
  expect(ports.size).toBeLessThan(5);
  await eventually("no connection is left", () => open.size === 0, { timeoutMs: 2_000 });
});

test("openWeb() asks again where a kept connection was closed meanwhile", async () => {
  const asked = web();
  for (let count = 0; count < 5; count++) {
    expect((await asked(ask("/hangs-up"))).status).toBe(200);
    expect((await asked(ask("/"))).status).toBe(200);
  }
});

test("openWeb() does not mix connections of names behind one address", async () => {
  const asked = web();
  await asked(ask("/"));
  const error = await asked({ ...ask("/"), url: new URL("https://wrong.example.io/") }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceError);
  expect(error).toMatchObject({ code: "certificate" });
});

test("openWeb() says that a host has no address", async () => {
  const asked = web({ resolveHost: async () => [] });
  const error = await asked(ask("/")).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("has no address"),
  });
});

async function refused(path: string, more: WebOptions = {}, request: Partial<WebRequest> = {}) {
  const error = await web(more)(ask(path, request)).catch((reason: unknown) => reason);
  if (!(error instanceof SourceError)) throw new Error(`Cannot take ${error} for a SourceError`);
  return error;
}

const notFound = async (host: string) => {
  if (host === "api.example.io") return [server.address];
  throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
};

test("openWeb() says where a redirect led, and does not advise to allow it", async () => {
  const error = await refused("/inside");
  expect(error.message).toStartWith(
    'Cannot read "x", redirected to "169.254.169.254": its address',
  );
  expect(error.hint).toContain("why it sends there");
  expect(error.hint).not.toContain("--allow-address");
});

test("openWeb() says that the host is not known to which a redirect led", async () => {
  const error = await refused("/nowhere", { resolveHost: notFound });
  expect(error.message).toBe(
    'Cannot read "x", redirected to "nowhere.example.io": its host is not known (ENOTFOUND)',
  );
  expect(error.hint).toContain("why it sends there");
});

test("openWeb() tells with the answer where it came from", async () => {
  const placeOf = async (path: string, more: Partial<WebRequest> = {}) => {
    return (await web()(ask(path, more))).place;
  };
  expect(await placeOf("/")).toBeUndefined();
  expect(await placeOf("/to")).toEqual({
    text: 'redirected within "api.example.io"',
    isOther: false,
  });
  expect(await placeOf("/away")).toEqual({
    text: 'redirected to "other.example.io"',
    isOther: true,
  });
  const ledFrom = { url: new URL("https://charts.example.io/index.yaml") };
  expect(await placeOf("/", { ledFrom })).toEqual({ text: 'at "api.example.io"', isOther: false });
  const secret = { ...ledFrom, authorization: "Bearer api.example.io" };
  expect(await placeOf("/", { ledFrom: secret })).toMatchObject({ text: "at another host" });
});

test("openWeb() does not say a host that repeats a credential", async () => {
  const request = { authorization: "Bearer the-CANARY" };
  const error = await refused("/says-back", { resolveHost: notFound }, request);
  expect(error.message).toStartWith('Cannot read "x", redirected to another host:');
});

test("openWeb() says what is wrong with a certificate that no authority can help", async () => {
  const expired = authority.issue(["api.example.io"], Date.UTC(2024, 1, 29, 12, 30));
  const [from, until] = [Date.UTC(2044, 4, 1), Date.UTC(2045, 4, 1)];
  const future = authority.issue(["api.example.io"], until, from);
  const others = authority.issue(["b.example.io"]);
  for (const [tls, words] of [
    [
      expired,
      "its certificate has expired (CERT_HAS_EXPIRED): it was good from 2024-02-28 12:30 UTC until 2024-02-29 12:30 UTC",
    ],
    [
      future,
      "its certificate is not valid yet (CERT_NOT_YET_VALID): it is good from 2044-05-01 00:00 UTC until 2045-05-01 00:00 UTC",
    ],
    [others, "its certificate is for another host name"],
  ] as const) {
    await using wrong = await WebServer.start((_, response) => void response.end("x"), tls);
    const error = await refused("/", { resolveHost: async () => [wrong.address] });
    expect(error).toMatchObject({ code: "certificate" });
    expect(error.message).toStartWith(`Cannot read "x": ${words}`);
    expect(error.hint).not.toContain("--ca-file");
  }
});
