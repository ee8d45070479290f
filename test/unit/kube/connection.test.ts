import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectOptions, connect } from "../../../src/kube/connection.ts";
import { LoginError } from "../../../src/kube/login-error.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { failureOf } from "./harness.ts";
import { fixture, fixturePath } from "./scripted-server.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ork-connection-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(text: string, name = `file-${files++}`): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly current?: string;
}

/** A kubeconfig with a context "dev" and one more, "prod". JSON is YAML. */
function kubeconfig(
  { cluster, user, context, current = "dev" }: Parts = {},
  name?: string,
): string {
  return write(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": current,
      clusters: [
        { name: "c", cluster: { server: "https://dev.example:6443/", ...cluster } },
        { name: "p", cluster: { server: "https://prod.example" } },
      ],
      users: [
        { name: "u", user: user ?? { token: "dev-token" } },
        { name: "v", user: { token: "prod-token" } },
      ],
      contexts: [
        { name: "dev", context: { cluster: "c", user: "u", ...context } },
        { name: "prod", context: { cluster: "p", user: "v", namespace: "live" } },
      ],
    }),
    name,
  );
}

const nowhere = { HOME: "/nonexistent" };

function open(options: Partial<ConnectOptions> = {}) {
  return connect({ env: nowhere, ...options });
}

async function headersOf(options: Partial<ConnectOptions>) {
  return (await (await open(options)).credentials.current()).headers;
}

describe("connect() finding a cluster", () => {
  test("takes the current context", async () => {
    const connection = await open({ kubeconfig: kubeconfig({ context: { namespace: "team" } }) });
    expect(connection).toMatchObject({
      server: "https://dev.example:6443",
      namespace: "team",
      description: 'context "dev"',
      isInsecure: false,
      requestTimeoutMs: 30_000,
    });
  });

  test("takes what the flags name instead", async () => {
    const path = kubeconfig();
    expect((await open({ kubeconfig: path, context: "prod" })).namespace).toBe("live");
    expect((await open({ kubeconfig: path, cluster: "p" })).server).toBe("https://prod.example");
    expect(await headersOf({ kubeconfig: path, user: "v" })).toEqual({
      Authorization: "Bearer prod-token",
    });
    const flags = {
      server: "http://127.0.0.1:8001/prefix/",
      namespace: "n",
      token: "t",
      asUser: "alice",
      asGroup: ["g1", "g2"],
      insecureSkipTlsVerify: true,
      tlsServerName: "other",
    };
    const connection = await open({ kubeconfig: path, ...flags });
    expect(connection).toMatchObject({
      server: "http://127.0.0.1:8001/prefix",
      namespace: "n",
      isInsecure: true,
      serverName: "other",
    });
    expect((await connection.credentials.current()).headers).toEqual({
      Authorization: "Bearer t",
      "Impersonate-User": "alice",
      "Impersonate-Group": ["g1", "g2"],
    });
  });

  test("merges the files of $KUBECONFIG, the first of two entries wins, absent files are left out", async () => {
    const first = write(
      JSON.stringify({
        contexts: [{ name: "dev", context: { cluster: "c", user: "v" } }],
        users: [{ name: "v", user: { token: "first" } }],
      }),
    );
    const env = { ...nowhere, KUBECONFIG: `${first}:${join(folder, "absent")}:${kubeconfig()}` };
    expect((await open({ env })).server).toBe("https://dev.example:6443");
    expect(await headersOf({ env })).toEqual({ Authorization: "Bearer first" });
  });

  test("reads ~/.kube/config", async () => {
    kubeconfig({}, "home/.kube/config");
    const connection = await open({ env: { HOME: join(folder, "home") } });
    expect(connection.server).toBe("https://dev.example:6443");
  });

  test("takes --server alone", async () => {
    const connection = await open({ server: "http://127.0.0.1:8001" });
    expect(connection.server).toBe("http://127.0.0.1:8001");
    expect(await connection.credentials.current()).toEqual({ headers: {} });
  });

  test("falls back to the service account of the pod, whose token is read again", async () => {
    const clock = manualClock();
    const serviceAccountFolder = join(folder, "account");
    write("token-1\n", "account/token");
    write(fixture("ca.crt"), "account/ca.crt");
    write("operators", "account/namespace");
    const env = { ...nowhere, KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const connection = await open({ env, serviceAccountFolder, clock });
    expect(connection).toMatchObject({ server: "https://[fd00::1]", namespace: "operators" });
    const { credentials } = connection;
    const first = await credentials.current();
    expect(first.headers).toEqual({ Authorization: "Bearer token-1" });
    expect(first.ca).toBe(fixture("ca.crt"));
    write("token-2\n", "account/token");
    expect(await credentials.current()).toBe(first);
    clock.advance(60_000);
    expect((await credentials.current()).headers).toEqual({ Authorization: "Bearer token-2" });
  });
});

describe("connect() reading credentials", () => {
  test("takes certificates inline or from files beside the kubeconfig", async () => {
    write(fixture("ca.crt"), "beside/ca.crt");
    write(fixture("client.key"), "beside/keys/client.key");
    const path = kubeconfig(
      {
        cluster: { "certificate-authority": "ca.crt" },
        user: {
          "client-certificate-data": base64(fixture("client.crt")),
          "client-key": "keys/client.key",
        },
      },
      "beside/config",
    );
    const { credentials } = await open({ kubeconfig: path });
    expect(await credentials.current()).toEqual({
      headers: {},
      ca: fixture("ca.crt"),
      cert: fixture("client.crt"),
      key: fixture("client.key"),
    });
  });

  test("takes certificates from the flags", async () => {
    const { credentials } = await open({
      kubeconfig: kubeconfig({ cluster: { "certificate-authority-data": base64("other") } }),
      certificateAuthority: fixturePath("ca.crt"),
      clientCertificate: fixturePath("client.crt"),
      clientKey: fixturePath("client.key"),
    });
    expect(await credentials.current()).toMatchObject({
      ca: fixture("ca.crt"),
      cert: fixture("client.crt"),
      key: fixture("client.key"),
    });
  });

  test.each<[string, object, object]>([
    ["a token", { token: "t" }, { Authorization: "Bearer t" }],
    ["a password", { username: "a", password: "b" }, { Authorization: `Basic ${base64("a:b")}` }],
    [
      "impersonation",
      { token: "t", as: "x", "as-groups": ["g"] },
      {
        Authorization: "Bearer t",
        "Impersonate-User": "x",
        "Impersonate-Group": ["g"],
      },
    ],
  ])("sends %s", async (_, user, headers) => {
    expect(await headersOf({ kubeconfig: kubeconfig({ user }) })).toEqual(headers as never);
  });

  test("reads a token file again when it is due, and after a 401", async () => {
    const tokenFile = write("one");
    const clock: ManualClock = manualClock();
    const path = kubeconfig({ user: { tokenFile } });
    const { credentials } = await open({ kubeconfig: path, clock });
    const first = await credentials.current();
    writeFileSync(tokenFile, "two\n");
    clock.advance(20_000);
    expect(await credentials.current()).toBe(first);
    expect(credentials.refuse(first)).toBe(true);
    const second = await credentials.current();
    expect(second.headers).toEqual({ Authorization: "Bearer two" });
    expect(credentials.refuse(second)).toBe(false);
  });

  test("reads the kubeconfig again after a 401: a login may have rewritten it", async () => {
    const path = kubeconfig({}, "rewritten");
    const { credentials } = await open({ kubeconfig: path });
    const first = await credentials.current();
    kubeconfig({ user: { token: "after-login" } }, "rewritten");
    expect(await credentials.current()).toBe(first);
    credentials.refuse(first);
    expect((await credentials.current()).headers).toEqual({ Authorization: "Bearer after-login" });
  });
});

describe("connect() with an exec plugin", () => {
  /** A plugin that answers with how often it was run, and what it was told. */
  function plugin(expires: string, more = ""): { path: string; runs: () => number } {
    const log = write("");
    const script = write(
      `#!/bin/sh
echo run >> ${log}
${more}
count=$(wc -l < ${log} | tr -d ' ')
cat <<END
{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"token-$count-$GREETING-$HOME","expirationTimestamp":"${expires}"}}
END
`,
      `bin/plugin-${files++}`,
    );
    Bun.spawnSync(["chmod", "+x", script]);
    return {
      path: script,
      runs: () =>
        Bun.spawnSync(["wc", "-l", log]).stdout.toString().trim().split(" ").map(Number)[0]!,
    };
  }

  const env = { HOME: "/nonexistent", PATH: process.env["PATH"] };

  function userOf(command: string) {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command,
      env: [{ name: "GREETING", value: "hello" }],
      installHint: "Get it from the platform team",
    };
    return kubeconfig({ user: { exec } });
  }

  test("runs it once while its token is good, whoever asks", async () => {
    const { path, runs } = plugin("2100-01-01T00:00:00Z");
    const { credentials } = await open({ kubeconfig: userOf(path), env });
    const all = await Promise.all([credentials.current(), credentials.current()]);
    expect(all[0].headers).toEqual({ Authorization: "Bearer token-1-hello-/nonexistent" });
    expect(await credentials.current()).toBe(all[1]);
    expect(runs()).toBe(1);
  });

  test("runs it again when its token ended, and after a 401", async () => {
    const ended = plugin("2001-01-01T00:00:00Z");
    const old = await open({ kubeconfig: userOf(ended.path), env });
    await old.credentials.current();
    await old.credentials.current();
    expect(ended.runs()).toBe(2);
    const good = plugin("2100-01-01T00:00:00Z");
    const { credentials } = await open({ kubeconfig: userOf(good.path), env });
    expect(credentials.refuse(await credentials.current())).toBe(true);
    expect((await credentials.current()).headers).toEqual({
      Authorization: "Bearer token-2-hello-/nonexistent",
    });
  });

  test("tells it about the cluster when it asks for that", async () => {
    const seen = join(folder, "seen");
    const { path } = plugin("2100-01-01T00:00:00Z", `printf %s "$KUBERNETES_EXEC_INFO" > ${seen}`);
    const exec = { command: path, provideClusterInfo: true };
    const { credentials } = await open({ kubeconfig: kubeconfig({ user: { exec } }), env });
    await credentials.current();
    const info = await Bun.file(seen).json();
    expect(info.spec).toMatchObject({
      interactive: false,
      cluster: { server: "https://dev.example:6443/" },
    });
  });

  /** A plugin of these lines of shell. */
  function script(...lines: readonly string[]): string {
    const path = write(["#!/bin/sh", ...lines].join("\n"));
    Bun.spawnSync(["chmod", "+x", path]);
    return path;
  }

  async function problemOf(command: string): Promise<LoginError> {
    const { credentials } = await open({ kubeconfig: userOf(command), env });
    const error = await failureOf(credentials.current());
    expect(error).toBeInstanceOf(LoginError);
    return error as unknown as LoginError;
  }

  test("says so when it is not installed, with the hint of the kubeconfig", async () => {
    expect(await problemOf("/nonexistent/plugin")).toMatchObject({
      problem:
        'exec plugin "/nonexistent/plugin" of user "u" is not installed: there is no such program',
      hint: "Get it from the platform team",
    });
    const exec = { command: "/nonexistent/plugin" };
    const { credentials } = await open({ kubeconfig: kubeconfig({ user: { exec } }), env });
    const { hint } = await failureOf(credentials.current());
    expect(hint).toBe("Install it there, or look at how it is spelled");
  });

  test.each<[string, readonly string[], string, unknown]>([
    ["without a word", ["exit 1"], "failed with exit code 1", undefined],
    [
      "and says why",
      ["echo 'login expired: run sso login' >&2", "exit 3"],
      "failed with exit code 3: login expired: run sso login",
      new Error("login expired: run sso login"),
    ],
    [
      "and says much",
      ["printf '\\n\\033[31mexpired\\033[0m\\r\\n\\nrun: sso login\\n\\n' >&2", "exit 2"],
      "failed with exit code 2: expired",
      new Error("expired\nrun: sso login"),
    ],
    ["by a signal", ["kill -9 $$"], "failed with signal SIGKILL", undefined],
    [
      "and prints no JSON",
      ["echo opaque-token-0123456789"],
      "printed no ExecCredential: expected JSON with a status",
      undefined,
    ],
    [
      "and prints no status",
      ["echo '{}'"],
      "printed no ExecCredential: expected JSON with a status",
      undefined,
    ],
    [
      "and gives nothing",
      ["echo '{\"status\":{}}'"],
      "gave neither a token nor a client certificate with its key",
      undefined,
    ],
  ])("says so when it fails %s", async (...[, lines, ending, cause]) => {
    const path = script(...lines);
    const error = await problemOf(path);
    expect(error.problem).toBe(`exec plugin "${path}" of user "u" ${ending}`);
    expect(error.cause).toEqual(cause as Error);
  });

  test("tells no secret that it printed", async () => {
    const error = await problemOf(
      script(
        "echo 'https://me:hunter2@sso.example.io/cb?code=c0de said no' >&2",
        'echo \'{"refresh_token":"1//r3fresh"} password=hunter3\' >&2',
        "exit 1",
      ),
    );
    const told = `${error.message} ${(error.cause as Error).message} ${error.stack}`;
    expect(told).toContain("https://[redacted]@sso.example.io/cb?[redacted] said no");
    expect(told).not.toMatch(/hunter|c0de|r3fresh/);
  });

  test("runs it again after it gave what cannot be used", async () => {
    const flag = join(folder, "logged-in");
    const good = '{"status":{"token":"t"}}';
    const path = script(`if [ -f ${flag} ]; then echo '${good}'; else echo '{}'; fi`);
    const { credentials } = await open({ kubeconfig: userOf(path), env });
    expect((await failureOf(credentials.current())).message).toContain("no ExecCredential");
    write("", "logged-in");
    expect((await credentials.current()).headers).toEqual({ Authorization: "Bearer t" });
  });
});

describe("connect() naming whose credentials it has", () => {
  test.each<[string, () => Partial<ConnectOptions>, string]>([
    ["a user", () => ({ kubeconfig: kubeconfig() }), 'the credentials of user "u" (context "dev")'],
    ["--token", () => ({ kubeconfig: kubeconfig(), token: "t" }), "the token of --token"],
    [
      "--client-certificate",
      () => ({ kubeconfig: kubeconfig(), clientCertificate: fixturePath("client.crt") }),
      "the client certificate of --client-certificate",
    ],
    ["nobody", () => ({ server: "http://127.0.0.1:8001" }), "requests without credentials"],
    [
      "a user without any",
      () => ({ kubeconfig: kubeconfig({ user: { as: "bob" } }) }),
      'requests without credentials, and user "u" has none',
    ],
  ])("says %s", async (_, options, what) => {
    const { identity } = await open(options());
    expect(identity?.what).toBe(what);
    expect(identity?.hint).not.toBe("");
  });

  test("says the service account", async () => {
    const serviceAccountFolder = join(folder, "named-account");
    write("token", "named-account/token");
    const env = { ...nowhere, KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const { identity } = await open({ env, serviceAccountFolder });
    expect(identity?.what).toBe("the token of the service account of this pod");
  });
});

describe("connect() refusing", () => {
  test("says what it tried and what to do when nothing is configured", async () => {
    expect((await failureOf(open())).message).toBe(
      'Cannot find a Kubernetes cluster: no kubeconfig at "/nonexistent/.kube/config"; no service account of a pod is mounted. Name one with --kubeconfig, $KUBECONFIG or --server, or run with --sandbox for a built-in one',
    );
  });

  test.each<[string, () => Partial<ConnectOptions>, string]>([
    [
      "a file that is absent",
      () => ({ kubeconfig: "/nonexistent/x" }),
      'Cannot read kubeconfig "/nonexistent/x"',
    ],
    ["broken YAML", () => ({ kubeconfig: write("a: [") }), "Cannot read kubeconfig"],
    [
      "a document that is no map",
      () => ({ kubeconfig: write("- a") }),
      "expected a document of kind Config",
    ],
    [
      "an unknown context",
      () => ({ kubeconfig: kubeconfig(), context: "prdo" }),
      'Cannot find context "prdo" in the kubeconfig: did you mean "prod"?',
    ],
    [
      "an unknown user",
      () => ({ kubeconfig: kubeconfig(), user: "somebody" }),
      'Cannot find user "somebody" in the kubeconfig: it has "u", "v"',
    ],
    [
      "a cluster without server",
      () => ({ kubeconfig: kubeconfig({ cluster: { server: "" } }) }),
      'Cannot use cluster "c" of the kubeconfig: it has no server',
    ],
    [
      "a server that is no URL",
      () => ({ server: "ftp://me:s3cret@x" }),
      "expected an http:// or https:// URL",
    ],
    [
      "credentials in the URL",
      () => ({ server: "https://me:s3cret@x" }),
      "expected no user name or password",
    ],
    [
      "a proxy",
      () => ({ kubeconfig: kubeconfig({ cluster: { "proxy-url": "http://p" } }) }),
      "proxy-url, which is not supported",
    ],
    [
      "no current context",
      () => ({ kubeconfig: kubeconfig({ current: "" }) }),
      "has no current context",
    ],
  ])("refuses %s", async (_, options, message) => {
    const error = await failureOf(open(options()));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("s3cret");
  });

  test("names what it cannot read when credentials are needed", async () => {
    const { credentials } = await open({
      kubeconfig: kubeconfig({ user: { tokenFile: "/nonexistent/t" } }),
    });
    expect((await failureOf(credentials.current()))["problem"]).toBe(
      'the token of user "u" cannot be read from "/nonexistent/t": there is no such file or folder',
    );
    const certificateAuthority = "/nonexistent/ca";
    const flagged = await open({ kubeconfig: kubeconfig(), certificateAuthority });
    expect((await failureOf(flagged.credentials.current()))["problem"]).toBe(
      'the certificate authority cannot be read from "/nonexistent/ca": there is no such file or folder',
    );
    const user = { "auth-provider": { name: "gcp", config: {} } };
    const gcp = await open({ kubeconfig: kubeconfig({ user }) });
    expect((await failureOf(gcp.credentials.current())).message).toContain(
      'auth provider "gcp" of user "u" was removed from Kubernetes, use its exec plugin',
    );
  });

  test("says which certificate or key is none", async () => {
    const user = { "client-key-data": base64("s3cret"), token: "t" };
    const { credentials } = await open({ kubeconfig: kubeconfig({ user }) });
    const error = await failureOf(credentials.current());
    expect(error["problem"]).toBe('the client key of user "u" is no PEM: expected "-----BEGIN …"');
    const clientCertificate = write("s3cret");
    const flagged = await open({ kubeconfig: kubeconfig(), clientCertificate });
    expect((await failureOf(flagged.credentials.current()))["problem"]).toBe(
      `the client certificate of user "u" in "${clientCertificate}" is no PEM: expected "-----BEGIN …"`,
    );
  });

  test("says that the kubeconfig was broken meanwhile, and how", async () => {
    const path = kubeconfig();
    const { credentials } = await open({ kubeconfig: path });
    const used = await credentials.current();
    writeFileSync(path, "a: [");
    expect(credentials.refuse(used)).toBe(true);
    const error = await failureOf(credentials.current());
    expect(error["problem"]).toBe("the kubeconfig that names the user cannot be used any more");
    expect((error.cause as Error).message).toStartWith("Cannot read kubeconfig");
  });
});
