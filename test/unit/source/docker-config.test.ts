import { expect, test } from "bun:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type HelperCall,
  openDockerConfig,
  type RunHelper,
} from "../../../src/source/docker-config.ts";
import { SourceError } from "../../../src/source/source-error.ts";

const SECRET = "s3cr3t-canary-0123456789";
const auth = btoa(`user:${SECRET}`);
const login = { kind: "password", username: "user", password: SECRET } as const;

function config(content: unknown, run?: RunHelper) {
  return openDockerConfig({
    env: { HOME: "/home/x", PATH: "/bin" },
    read: async (path) => {
      expect(path).toBe("/home/x/.docker/config.json");
      return typeof content === "string" ? content : JSON.stringify(content);
    },
    ...(run && { run }),
  });
}

test.each([
  ["ghcr.io", { auths: { "ghcr.io": { auth } } }],
  ["ghcr.io", { auths: { "https://ghcr.io": { auth } } }],
  ["ghcr.io", { auths: { "https://ghcr.io/v2/": { auth } } }],
  ["ghcr.io", { auths: { "ghcr.io": { username: "user", password: SECRET } } }],
  ["localhost:5000", { auths: { "localhost:5000": { auth } } }],
  ["docker.io", { auths: { "https://index.docker.io/v1/": { auth } } }],
])("openDockerConfig() finds the login of %s in %j", async (registry, content) => {
  expect(await config(content)(registry)).toEqual(login);
});

test("openDockerConfig() keeps a password that holds a colon", async () => {
  const found = await config({ auths: { "r.io": { auth: btoa("user:a:b:c") } } })("r.io");
  expect(found).toEqual({ kind: "password", username: "user", password: "a:b:c" });
});

test("openDockerConfig() takes an identity token", async () => {
  const found = await config({ auths: { "r.io": { auth, identitytoken: SECRET } } })("r.io");
  expect(found).toEqual({ kind: "identity", token: SECRET });
});

test.each([
  ["other.io", { auths: { "ghcr.io": { auth } } }],
  ["evil.ghcr.io", { auths: { "ghcr.io": { auth } } }],
  ["ghcr.io.evil.test", { auths: { "ghcr.io": { auth } } }],
  ["ghcr.io:5000", { auths: { "ghcr.io": { auth } } }],
  ["ghcr.io", { auths: { "ghcr.io": {} } }],
  ["ghcr.io", {}],
  ["__proto__", { auths: {} }],
  ["constructor", { auths: {}, credHelpers: {} }],
])("openDockerConfig() has nothing for %s in %j", async (registry, content) => {
  expect(await config(content)(registry)).toBeUndefined();
});

test("openDockerConfig() has nothing without a file, and without a home", async () => {
  expect(
    await openDockerConfig({ env: { HOME: "/x" }, read: async () => undefined })("r.io"),
  ).toBeUndefined();
  expect(await openDockerConfig({ env: {} })("r.io")).toBeUndefined();
});

test("openDockerConfig() looks where DOCKER_CONFIG says", async () => {
  const read = async (path: string) =>
    path === "/etc/d/config.json" ? JSON.stringify({ auths: { "r.io": { auth } } }) : undefined;
  expect(
    await openDockerConfig({ env: { HOME: "/x", DOCKER_CONFIG: "/etc/d" }, read })("r.io"),
  ).toEqual(login);
});

test.each([
  ["no JSON", "{", /no JSON object/],
  ["a list", [], /no JSON object/],
  ["a login that is no pair", { auths: { "r.io": { auth: btoa(SECRET) } } }, /is damaged/],
  ["a helper that is a path", { credHelpers: { "r.io": "../../tmp/evil" } }, /no plain name/],
  ["a helper that is a command", { credsStore: "x; rm -rf /" }, /no plain name/],
])("openDockerConfig() refuses %s, and shows no secret", async (_, content, message) => {
  const error = await config(content)("r.io").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SourceError);
  expect((error as Error).message).toMatch(message);
  expect(String(error)).not.toContain(SECRET);
});

function helper(
  answer: { code: number; output: string } | Error,
  calls: HelperCall[] = [],
): RunHelper {
  return async (call) => {
    calls.push(call);
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

test.each([
  [
    "r.io",
    { credHelpers: { "r.io": "one" }, credsStore: "all" },
    "docker-credential-one",
    "r.io\n",
  ],
  [
    "s.io",
    { credHelpers: { "r.io": "one" }, credsStore: "all" },
    "docker-credential-all",
    "s.io\n",
  ],
  ["docker.io", { credsStore: "all" }, "docker-credential-all", "https://index.docker.io/v1/\n"],
])("openDockerConfig() asks the helper of %s", async (...[registry, content, program, input]) => {
  const calls: HelperCall[] = [];
  const output = JSON.stringify({ ServerURL: registry, Username: "user", Secret: SECRET });
  expect(await config(content, helper({ code: 0, output }, calls))(registry)).toEqual(login);
  expect(calls).toMatchObject([{ program, input, env: { PATH: "/bin" } }]);
});

test("openDockerConfig() takes a token of a helper, and goes on when it knows nothing", async () => {
  const output = JSON.stringify({ Username: "<token>", Secret: SECRET });
  expect(await config({ credsStore: "a" }, helper({ code: 0, output }))("r.io")).toEqual({
    kind: "identity",
    token: SECRET,
  });
  const none = helper({ code: 1, output: "credentials not found in native keychain" });
  expect(await config({ credsStore: "a" }, none)("r.io")).toBeUndefined();
  expect(await config({ credsStore: "a", auths: { "r.io": { auth } } }, none)("r.io")).toEqual(
    login,
  );
});

test.each([
  ["fails", helper({ code: 2, output: SECRET }), /ended with code 2/],
  ["says nonsense", helper({ code: 0, output: SECRET }), /something else/],
  ["is not there", helper(Object.assign(new Error(SECRET), { code: "ENOENT" })), /no such program/],
  ["hangs", helper(Object.assign(new Error(SECRET), { code: "SIGKILL" })), /failed \(SIGKILL\)/],
])("openDockerConfig() says that a helper %s", async (_, run, message) => {
  const error = await config({ credsStore: "a" }, run)("r.io").catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "credentials",
    hint: "Try it: echo r.io | docker-credential-a get",
  });
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toContain(SECRET);
});

test("openDockerConfig() runs a real helper, without a shell", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ork-docker-"));
  try {
    const program = join(folder, "docker-credential-test");
    await writeFile(
      program,
      `#!/bin/sh\nread server\nprintf '{"Username":"user","Secret":"%s %s %s"}' "$1" "$server" "$OWN"\n`,
    );
    await chmod(program, 0o755);
    await writeFile(join(folder, "config.json"), JSON.stringify({ credsStore: "test" }));
    const env = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env["PATH"]}`, OWN: "$(id)" };
    expect(await openDockerConfig({ env })("r.io")).toEqual({
      kind: "password",
      username: "user",
      password: "get r.io $(id)",
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
