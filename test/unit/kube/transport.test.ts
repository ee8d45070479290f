import { describe, expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import type { CredentialSource, Credentials } from "../../../src/kube/credentials.ts";
import { isKubeError, isLoginFailure } from "../../../src/kube/error.ts";
import { LoginError } from "../../../src/kube/login-error.ts";
import { timeoutError } from "../../../src/kube/network-error.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { failureOf, fixed, transportTo } from "./harness.ts";
import { fixture, type Handler, sendJson, sendStatus, startServer } from "./scripted-server.ts";

const GET = { method: "GET", path: "/api/v1/namespaces" } as const;

describe("createTransport() over TLS", () => {
  const tls = {
    cert: fixture("server.crt"),
    key: fixture("server.key"),
    ca: fixture("ca.crt"),
  };
  const client = { cert: fixture("client.crt"), key: fixture("client.key") };

  test("trusts the authority of the connection and presents the client certificate", async () => {
    const strict = { ...tls, requestCert: true, rejectUnauthorized: true };
    await using server = await startServer((_seen, res) => sendJson(res, { ok: true }), strict);
    const ca = fixture("ca.crt");
    using known = transportTo(server.url, { credentials: fixed({ headers: {}, ca, ...client }) });
    expect(await known.request(GET)).toEqual({ ok: true });
    for await (const _ of await known.stream(GET)) break;
    expect(server.requests.length).toBe(2);
    using unknown = transportTo(server.url, { credentials: fixed({ headers: {}, ca }) });
    await failureOf(unknown.request(GET));
    await failureOf(unknown.stream(GET));
    expect(server.requests.length).toBe(2);
  });

  test.each([
    ["another authority", { ca: fixture("other-ca.crt") }],
    ["the system's authorities", {}],
  ])("refuses a certificate that is not signed by %s", async (_, trust) => {
    await using server = await startServer((_seen, res) => sendJson(res, {}), tls);
    using transport = transportTo(server.url, { credentials: fixed({ headers: {}, ...trust }) });
    const error = await failureOf(transport.request(GET));
    expect(error["status"]).toBe(0);
    expect(error.message).toContain("its certificate is not signed by an authority");
    expect(error["hint"]).toEndWith("with --certificate-authority");
    const streamError = await failureOf(transport.stream(GET));
    expect(streamError.message).toContain("its certificate is not signed");
    expect(server.requests).toEqual([]);
  });

  test("checks the host name, and another one where the connection names it", async () => {
    const named = { cert: fixture("named-server.crt"), key: fixture("named-server.key") };
    await using server = await startServer((_seen, res) => sendJson(res, { ok: true }), named);
    const credentials = fixed({ headers: {}, ca: fixture("ca.crt") });
    using strict = transportTo(server.url, { credentials });
    expect((await failureOf(strict.request(GET))).message).toContain("for another host name");
    using told = transportTo(server.url, { credentials, serverName: "kubernetes.test" });
    expect(await told.request(GET)).toEqual({ ok: true });
    for await (const _ of await told.stream(GET)) break;
  });

  test("says that certificate and key do not belong together", async () => {
    await using server = await startServer((_seen, res) => sendJson(res, {}), tls);
    const unpaired = { ...client, key: fixture("server.key"), ca: fixture("ca.crt") };
    using transport = transportTo(server.url, { credentials: fixed({ headers: {}, ...unpaired }) });
    expect((await failureOf(transport.request(GET))).message).toEndWith(
      "the client certificate and its key do not belong together",
    );
  });

  test("checks nothing when told so", async () => {
    await using server = await startServer((_seen, res) => sendJson(res, { ok: true }), tls);
    using transport = transportTo(server.url, { isInsecure: true });
    expect(await transport.request(GET)).toEqual({ ok: true });
  });
});

describe("createTransport() requests", () => {
  test("waits for no credentials once aborted: an exec plugin may hang", async () => {
    const credentials = { current: () => new Promise<never>(() => {}), refuse: () => false };
    using transport = transportTo("http://127.0.0.1:9", { credentials });
    const stopping = new AbortController();
    const reason = new Error("stopping");
    const request = { ...GET, signal: stopping.signal };
    const failures = [failureOf(transport.request(request)), failureOf(transport.stream(request))];
    stopping.abort(reason);
    expect(await Promise.all(failures)).toEqual([reason, reason] as never);
  });

  test("sends what it is, what it takes, and the credentials", async () => {
    await using server = await startServer((_seen, res) => sendJson(res, {}));
    using transport = transportTo(server.url, {
      credentials: fixed({ headers: { Authorization: "Bearer abc" } }),
    });
    await transport.request({ ...GET, method: "POST", body: "{}", contentType: "x/y" });
    expect(server.requests[0]?.headers).toMatchObject({
      "user-agent": "ork/1.2.3",
      "accept-encoding": "identity",
      accept: "application/json",
      authorization: "Bearer abc",
      "content-type": "x/y",
    });
  });

  test("sends a header of several values as several lines", async () => {
    await using server = await startServer((_seen, res) => sendJson(res, {}));
    using transport = transportTo(server.url, {
      credentials: fixed({ headers: { "Impersonate-Group": ["a, b", "c"] } }),
    });
    await transport.request(GET);
    const raw = server.requests[0]?.rawHeaders ?? [];
    const groups = raw.filter((_, index) => raw[index - 1]?.toLowerCase() === "impersonate-group");
    expect(groups).toEqual(["a, b", "c"]);
  });

  test("turns a Status into an error with its reason, and reads Retry-After", async () => {
    const status = { code: 429, reason: "TooManyRequests", message: "slow down" };
    await using server = await startServer((_seen, res) =>
      sendStatus(res, status, { "Retry-After": "7" }),
    );
    using transport = transportTo(server.url);
    const error = await failureOf(transport.request(GET));
    expect(isKubeError(error)).toBe(true);
    expect(error).toMatchObject({ status: 429, reason: "TooManyRequests", retryAfterMs: 7000 });
    expect(error.message).toBe("slow down");
  });

  test("names the request when the answer is no Status", async () => {
    await using server = await startServer(
      (_seen, res) => void res.writeHead(502).end("Bad gateway"),
    );
    using transport = transportTo(server.url);
    const error = await failureOf(
      transport.request({ ...GET, path: "/api/v1/pods?continue=long" }),
    );
    expect(error.message).toBe("GET /api/v1/pods answered 502: Bad gateway");
  });

  test("says so when something else than an API server answers", async () => {
    await using server = await startServer((_seen, res) => void res.end("<html>"));
    using transport = transportTo(server.url);
    expect((await failureOf(transport.request(GET))).message).toContain("is this an API server?");
  });

  test("does not follow redirects, which would carry the token elsewhere", async () => {
    await using elsewhere = await startServer((_seen, res) => sendJson(res, {}));
    await using server = await startServer(
      (_seen, res) => void res.writeHead(302, { Location: elsewhere.url }).end(),
    );
    using transport = transportTo(server.url);
    expect((await failureOf(transport.request(GET)))["status"]).toBe(302);
    expect(elsewhere.requests).toEqual([]);
  });

  test("names the server when nothing listens", async () => {
    const server = await startServer((_seen, res) => sendJson(res, {}));
    await server[Symbol.asyncDispose]();
    using transport = transportTo(server.url);
    const error = await failureOf(transport.request(GET));
    expect(error.message).toBe(
      `Cannot reach the API server at ${server.url}: connection refused, nothing listens there`,
    );
    expect(error["status"]).toBe(0);
    expect(error.cause).toBeDefined();
  });

  test("gives up when no answer comes in time", async () => {
    const clock = manualClock();
    const arrived = Promise.withResolvers<void>();
    await using server = await startServer(() => arrived.resolve());
    using transport = transportTo(server.url, { clock, requestTimeoutMs: 3_000 });
    const failing = failureOf(transport.request(GET));
    await arrived.promise;
    clock.advance(3_000);
    expect((await failing).message).toEndWith("no answer to GET /api/v1/namespaces within 3 s");
    expect(clock.pending).toBe(0);
  });

  test.each([
    [1, "1 ms"],
    [999, "999 ms"],
    [1_500, "1.5 s"],
  ])("says how long %d ms were", (timeoutMs, text) => {
    expect(timeoutError("http://x", "GET /api", timeoutMs).message).toEndWith(`within ${text}`);
  });

  test("throws the reason of an abort as it is", async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await startServer(() => arrived.resolve());
    using transport = transportTo(server.url);
    const aborting = new AbortController();
    const failing = failureOf(transport.request({ ...GET, signal: aborting.signal }));
    await arrived.promise;
    const reason = new Error("enough");
    aborting.abort(reason);
    expect(await failing).toBe(reason as never);
  });

  test("keeps no more requests in flight than it was told", async () => {
    let inFlight = 0;
    let most = 0;
    await using server = await startServer(async (_seen, res) => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight--;
      sendJson(res, {});
    });
    using transport = transportTo(server.url, { maxInFlight: 3 });
    await Promise.all(Array.from({ length: 20 }, () => transport.request(GET)));
    expect(most).toBeLessThanOrEqual(3);
    expect(server.requests.length).toBe(20);
  });

  test("counts requests by code, method and host", async () => {
    const metrics = createMetrics();
    await using server = await startServer((_seen, res) =>
      sendStatus(res, { code: 404, reason: "NotFound", message: "no" }),
    );
    using transport = transportTo(server.url, { metrics });
    await failureOf(transport.request(GET));
    const { host } = new URL(server.url);
    expect(await metrics.query("rest_client_requests_total")).toEqual([
      { labels: { code: "404", method: "GET", host }, value: 1 },
    ]);
  });
});

describe("createTransport() credentials", () => {
  /** Serves "old" until it is refused, then "new". */
  function rotating(): CredentialSource & { refused: Credentials[] } {
    let current: Credentials = { headers: { Authorization: "Bearer old" } };
    const refused: Credentials[] = [];
    return {
      refused,
      current: async () => current,
      refuse(credentials) {
        refused.push(credentials);
        current = { headers: { Authorization: "Bearer new" } };
        return refused.length === 1;
      },
    };
  }

  test("refreshes once after a 401 and tries again", async () => {
    await using server = await startServer((seen, res) =>
      seen.headers.authorization === "Bearer new"
        ? sendJson(res, { ok: true })
        : sendStatus(res, { code: 401, reason: "Unauthorized", message: "Unauthorized" }),
    );
    using transport = transportTo(server.url, { credentials: rotating() });
    expect(await transport.request(GET)).toEqual({ ok: true });
    using streaming = transportTo(server.url, { credentials: rotating() });
    for await (const _ of await streaming.stream(GET)) break;
    expect(server.requests.length).toBe(4);
  });

  test.each<[string, Credentials]>([
    ["token", { headers: { Authorization: "Bearer new" } }],
    [
      "client certificate",
      { headers: {}, cert: fixture("client.crt"), key: fixture("client.key") },
    ],
  ])("leaves streams open when the %s changes", async (_, fresh) => {
    const responses: ServerResponse[] = [];
    const handler: Handler = ({ path }, response) => {
      if (path !== "/watch") return sendJson(response, {});
      responses.push(response);
      response.write("one");
    };
    await using server = await startServer(handler);
    let current: Credentials = { headers: { Authorization: "Bearer old" } };
    const credentials = { current: async () => current, refuse: () => false };
    using transport = transportTo(server.url, { credentials });
    const seen: string[] = [];
    for await (const chunk of await transport.stream({ method: "GET", path: "/watch" })) {
      seen.push(Buffer.from(chunk).toString());
      if (seen.length > 1) continue;
      current = fresh;
      await transport.request(GET);
      responses[0]?.end("two");
    }
    expect(seen).toEqual(["one", "two"]);
  });

  test("gives up after the second 401", async () => {
    await using server = await startServer((_seen, res) =>
      sendStatus(res, { code: 401, reason: "Unauthorized", message: "Unauthorized" }),
    );
    using transport = transportTo(server.url, { credentials: rotating() });
    expect((await failureOf(transport.request(GET)))["status"]).toBe(401);
    expect(server.requests.length).toBe(2);
  });

  test.each([
    ["Unauthorized", ""],
    ["the session ended", ": the session ended"],
  ])("says whose credentials a server does not accept: %p", async (message, more) => {
    await using server = await startServer((_seen, res) =>
      sendStatus(res, { code: 401, reason: "Unauthorized", message }),
    );
    const identity = { what: 'the credentials of user "u" (context "c")', hint: "Log in again" };
    using transport = transportTo(server.url, { identity });
    const told = `The API server at ${server.url} does not accept ${identity.what}${more}`;
    for (const failing of [transport.request(GET), transport.stream(GET)]) {
      const error = await failureOf(failing);
      expect(error.message).toBe(told);
      expect(error).toMatchObject({ status: 401, reason: "Unauthorized", hint: "Log in again" });
    }
    using nameless = transportTo(server.url);
    expect((await failureOf(nameless.request(GET))).message).toContain("our credentials");
  });

  test("says what to do when the server knows nobody", async () => {
    const message = 'forbidden: User "system:anonymous" cannot get path "/api"';
    await using server = await startServer((_seen, res) =>
      sendStatus(res, { code: 403, reason: "Forbidden", message }),
    );
    using transport = transportTo(server.url);
    expect(await failureOf(transport.request(GET))).toMatchObject({
      message,
      status: 403,
      hint: "Name a user of your kubeconfig with --user, or a token with --token",
    });
  });

  test("reports what kept it from authenticating in one sentence, and what led to it as the cause", async () => {
    const cause = Object.assign(new Error("ENOENT"), { code: "ENOENT" });
    const failing = new LoginError('the token cannot be read from "/t"', { cause });
    const credentials = { current: () => Promise.reject(failing), refuse: () => false };
    using transport = transportTo("http://127.0.0.1:9", { credentials });
    const error = await failureOf(transport.request(GET));
    expect(error.message).toBe(
      'Cannot authenticate to the API server at http://127.0.0.1:9: the token cannot be read from "/t"',
    );
    expect(error.cause).toBe(cause);
    expect(error["hint"]).toBe("Look at how it is spelled");
    expect(isLoginFailure(error)).toBe(true);
  });

  test("reports what else kept it from authenticating as the cause", async () => {
    const cause = new Error("exec plugin failed");
    const credentials = { current: () => Promise.reject(cause), refuse: () => false };
    using transport = transportTo("http://127.0.0.1:9", { credentials });
    const error = await failureOf(transport.request(GET));
    expect(error.message).toBe("Cannot authenticate to the API server at http://127.0.0.1:9");
    expect(error.cause).toBe(cause);
  });

  test("says no secret in any message", async () => {
    const credentials = fixed({ headers: { Authorization: "Bearer s3cret" } });
    await using server = await startServer((_seen, res) => void res.writeHead(500).end("oops"));
    using transport = transportTo(server.url, { credentials });
    const refused = await failureOf(transport.request(GET));
    await server[Symbol.asyncDispose]();
    const unreachable = await failureOf(transport.request(GET));
    for (const error of [refused, unreachable]) {
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain("s3cret");
    }
  });
});

describe("createTransport() streams", () => {
  test("fails when the connection breaks", async () => {
    await using server = await startServer((_seen, res) => {
      res.write("first");
      setImmediate(() => res.socket?.destroy());
    });
    using transport = transportTo(server.url);
    const read = async () => {
      for await (const _ of await transport.stream(GET));
    };
    expect((await failureOf(read()))["status"]).toBe(0);
  });

  test.each<[string, (response: ServerResponse, stop: AbortController) => void]>([
    ["broke", (response) => response.write("first", () => response.socket?.destroy())],
    ["was given up", (response, stop) => response.write("first", () => stop.abort())],
    ["did not begin", (response) => response.socket?.destroy()],
    ["was waited for in vain", (_, stop) => stop.abort()],
  ])("one that %s leaves no connection that is unused: it may be half-open", async (_, end) => {
    const stop = new AbortController();
    const served = new Set<number | undefined>();
    await using server = await startServer(({ path }, response) => {
      if (path === "/watch") return void end(response, stop);
      // Behind the first answer the connection is dead, and nobody says so.
      const port = response.socket?.remotePort;
      if (!served.has(port)) sendJson(response, { ok: true });
      served.add(port);
    });
    using transport = transportTo(server.url, { requestTimeoutMs: 1_000 });
    await Promise.all([transport.request(GET), transport.request(GET)]);
    const read = async () => {
      const request = { ...GET, path: "/watch", signal: stop.signal };
      for await (const _ of await transport.stream(request));
    };
    await failureOf(read());
    expect(await transport.request(GET)).toEqual({ ok: true });
  });

  test("ends at once when aborted, and the server sees it", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await startServer((_seen, res) => {
      res.write("first");
      res.on("close", () => closed.resolve());
    });
    using transport = transportTo(server.url);
    const aborting = new AbortController();
    const reason = new Error("enough");
    const read = async () => {
      for await (const _ of await transport.stream({ ...GET, signal: aborting.signal })) {
        aborting.abort(reason);
      }
    };
    expect(await failureOf(read())).toBe(reason as never);
    await closed.promise;
  });

  test("turns a refusal into an error", async () => {
    await using server = await startServer((_seen, res) =>
      sendStatus(res, { code: 410, reason: "Expired", message: "too old" }),
    );
    using transport = transportTo(server.url);
    expect(await failureOf(transport.stream(GET))).toMatchObject({
      status: 410,
      reason: "Expired",
    });
  });
});
