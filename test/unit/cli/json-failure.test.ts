import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/cli/cli.ts";
import { commands } from "../../../src/cli/commands.ts";
import { failureOf } from "../../../src/cli/json-failure.ts";
import { OperationalError, UsageError } from "../../../src/cli/usage-error.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { recordedIo } from "./recorded-io.ts";

const GOOD = join(import.meta.dirname, "../resolve/fixtures/website/katalog.yaml");
const NOWHERE = ["--server", "http://127.0.0.1:1", "--request-timeout", "2s"];
const VIEW = ["--server", "http://127.0.0.1:1"];

let folder: string;
let broken: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ork-json-failure-"));
  broken = join(folder, "katalog.yaml");
  const lines = ["apiVersion: orkestra.orkspace.io/v1", "kind: Katalog", "metadta: { name: x }"];
  await writeFile(broken, `${lines.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const { io, out, err } = recordedIo({ env, cwd: folder });
  return { code: await runCli(argv, io), out, err };
}

/** For each command with the flag: a call that cannot go well, without a cluster or a registry. */
const UNREACHABLE: Readonly<Record<string, readonly string[]>> = {
  template: ["-f", "/nowhere/katalog.yaml"],
  validate: ["-f", "/nowhere/katalog.yaml"],
  rbac: ["-f", "/nowhere/katalog.yaml"],
  lock: ["-f", "/nowhere/katalog.yaml"],
  plan: ["-f", GOOD, ...NOWHERE],
  get: ["-f", GOOD, ...NOWHERE],
  push: ["oci://127.0.0.1:1/a/b:v1", "-f", GOOD, "--allow-http"],
  pull: ["oci://127.0.0.1:1/a/b:v1"],
  inspect: ["oci://127.0.0.1:1/a/b:v1"],
  why: ["website/hello", ...VIEW],
  version: ["-f", "/nowhere/katalog.yaml"],
};

describe("runCli() with -o json", () => {
  const withJson = commands.filter(({ options }) =>
    options.some(({ name, choices }) => name === "output" && choices?.includes("json")),
  );

  test("is tried for every command that has it", () => {
    expect(withJson.map(({ name }) => name).sort()).toEqual(Object.keys(UNREACHABLE).sort());
  });

  test.each(Object.entries(UNREACHABLE))(
    "says on both streams why %s failed",
    async (name, rest) => {
      const text = await run([name, ...rest]);
      const json = await run([name, ...rest, "-o", "json"]);
      expect(text.code).toBeGreaterThan(2);
      expect(text.out).toEqual([]);
      expect(json.code).toBe(text.code);
      const [failure] = JSON.parse(json.out.join("\n")).issues;
      expect(failure).toMatchObject({
        severity: "error",
        code: expect.stringMatching(/^[a-z-]+$/),
      });
      expect(text.err.join("\n")).toContain(failure.message);
      // `validate` has always kept its standard error empty.
      if (name !== "validate") expect(json.err).toEqual(text.err);
    },
  );

  test.each(["template", "rbac", "plan", "get", "push", "version"])(
    "gives the issues of documents with their places, as validate does: %s",
    async (name) => {
      const more = name === "push" ? ["oci://127.0.0.1:1/a/b:v1"] : [];
      const validated = await run(["validate", "-f", broken, "-o", "json"]);
      const { code, out } = await run([name, ...more, "-f", broken, "-o", "json"]);
      expect(code).toBe(3);
      const { issues } = JSON.parse(out.join("\n"));
      expect(issues).toContainEqual(
        expect.objectContaining({ position: { file: broken, line: 3, column: 1 } }),
      );
      expect(issues).toEqual(JSON.parse(validated.out.join("\n")).issues);
    },
  );

  test.each([
    [["get", "-o", "json", "--bogus"], {}],
    [["gte", "--output=json"], {}],
    [["inspect", "-o=json"], {}],
    [["get", "a/b/c", "--output", "json"], {}],
    [["get", "a/b/c"], { ORK_OUTPUT: "json" }],
  ])("says so of a command line that cannot be understood: %p %p", async (argv, env) => {
    const { code, out, err } = await run(argv, env);
    expect(code).toBe(2);
    const { issues } = JSON.parse(out.join("\n"));
    expect(issues).toMatchObject([{ code: "usage", severity: "error" }]);
    expect(err[0]).toBe(`error: ${issues[0].message}`);
    expect(issues[0].hint).toBe(err[1]);
  });

  test.each([
    [["get", "a/b/c"], {}],
    [["get", "a/b/c", "-o", "yaml"], { ORK_OUTPUT: "json" }],
    [["run", "--listen", "x"], { ORK_OUTPUT: "json" }],
    [["get", "a/b/c", "--", "-o", "json"], {}],
  ])("prints nothing where nobody asked: %p %p", async (argv, env) => {
    expect((await run(argv, env)).out).toEqual([]);
  });
});

test.each([
  [new UsageError("Unknown"), "usage"],
  [new OperationalError("No"), "operational"],
  [new SourceError("certificate", "No"), "certificate"],
  [new KubeError("No", { status: 0 }), "unreachable"],
  [new KubeError("No", { status: 0, reason: "Unauthenticated" }), "unauthenticated"],
  [new KubeError("No", { status: 401, reason: "Unauthorized" }), "unauthorized"],
  [new KubeError("No", { status: 409, reason: "AlreadyExists" }), "already-exists"],
  [new KubeError("No", { status: 418 }), "status-418"],
  [new TypeError("x is not a function"), "unexpected"],
  ["text", "unexpected"],
])("failureOf(%p) has the code %p", (error, code) => {
  expect(failureOf(error, undefined).code).toBe(code);
});

describe("runCli() that cannot log in", () => {
  /** A kubeconfig whose user asks this program, in shell, for a token. */
  async function kubeconfig(...lines: readonly string[]): Promise<string> {
    const plugin = join(folder, "plugin.sh");
    await writeFile(plugin, ["#!/bin/sh", ...lines].join("\n"), { mode: 0o755 });
    const path = join(folder, "config");
    const config = {
      "current-context": "dev",
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "ann", user: { exec: { command: plugin } } }],
      contexts: [{ name: "dev", context: { cluster: "c", user: "ann" } }],
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  }

  test("says in text and as JSON what the plugin said, in all its lines, and no secret", async () => {
    const lines = ["expired", "run: sso login", "password=hunter2"];
    const path = await kubeconfig(...lines.map((line) => `echo ${line} >&2`), "exit 3");
    for (const name of ["get", "plan"]) {
      const { code, out, err } = await run([name, "-f", GOOD, "--kubeconfig", path, "-o", "json"]);
      expect(code).toBe(4);
      const plugin = join(folder, "plugin.sh");
      const message = `Cannot authenticate to the API server at https://127.0.0.1:1: exec plugin "${plugin}" of user "ann" failed with exit code 3: expired`;
      const cause = "expired\nrun: sso login\npassword=[redacted]";
      expect(JSON.parse(out.join("\n")).issues).toEqual([
        { code: "unauthenticated", severity: "error", message, causes: [cause] },
      ]);
      expect(err).toEqual([
        `error: ${message}`,
        "  because: expired\n    run: sso login\n    password=[redacted]",
      ]);
    }
  });

  test("names the file that is not there once, with what to do", async () => {
    const path = await kubeconfig("exit 0");
    const { code, err } = await run([
      ...["get", "-f", GOOD, "--kubeconfig", path],
      ...["--certificate-authority", "/nowhere/ca.crt"],
    ]);
    expect(code).toBe(4);
    expect(err).toEqual([
      'error: Cannot authenticate to the API server at https://127.0.0.1:1: the certificate authority cannot be read from "/nowhere/ca.crt": there is no such file or folder',
      "  Look at how it is spelled",
    ]);
  });
});

test("failureOf() keeps causes, and no credentials", () => {
  const cause = new Error("GET https://me:secret@example.io failed");
  expect(failureOf(new OperationalError("Cannot read it", { cause }), "Look there")).toEqual({
    code: "operational",
    severity: "error",
    message: "Cannot read it",
    hint: "Look there",
    causes: ["GET https://[redacted]@example.io failed"],
  });
});
