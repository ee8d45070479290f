import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { cliDocs } from "../../../scripts/cli-docs.ts";
import { runCli } from "../../../src/cli/cli.ts";
import { commands } from "../../../src/cli/commands.ts";
import { readFlags } from "../../../src/cli/flags.ts";
import { wantsColor } from "../../../src/cli/io.ts";
import { prepareWords } from "../../../src/cli/words.ts";
import { sendJson, startServer } from "../kube/scripted-server.ts";
import { recordedIo } from "./recorded-io.ts";

describe("runCli()", () => {
  test.each([
    [["version", "--nope"], "Unknown option"],
    [["validate", "katalog.yaml"], 'as in "ork validate -f katalog.yaml"'],
    [["validate", "a.yaml", "007"], 'Unexpected argument "a.yaml 007"'],
    [["completion", "bash", "x"], 'Unexpected argument "x": "ork completion" takes none'],
    [["run", "--dry-run"], 'Unknown option `--dry-run`: "ork plan" says'],
    [["run", "--log-formt=text"], '`--log-formt`, did you mean "--log-format"?'],
    [["run", "--some-thing"], "Unknown option `--some-thing`"],
    [["diff"], 'Unknown command "diff", did you mean "plan"?'],
    [["verzion"], 'did you mean "version"?'],
    [["version", "-o", "yaml"], 'Option "--output" is "yaml", expected one of: text, json'],
    [
      ["completion"],
      '"ork completion" needs an argument <shell>, expected one of: bash, zsh, fish, kubectl',
    ],
    [["why"], '"ork why" needs an argument <target>, as in "ork why website/hello"'],
    [["completion", "tcsh"], 'for "tcsh": expected one of: bash, zsh, fish, kubectl'],
    [["types", "-o", "x"], "Unknown option `-o`"],
    [["types", "--output=x"], "Unknown option `--output`"],
    [["validate", "--", "-f", "x"], 'Unexpected argument "-f x": what follows "--" is no option'],
    [["version", "--", "007"], 'Unexpected argument "007"'],
    [["completion", "--", "tcsh"], 'Cannot complete for "tcsh"'],
    [["run", "--log-format", "xml"], "expected one of: text, json"],
    [["--bogus"], "Unknown option `--bogus`"],
    [["rnu", "--sandbox"], 'Unknown command "rnu", did you mean "run"?'],
    [["-x", "run"], "Unknown option `-x`"],
    [["--log-format", "text"], 'as in "ork run --log-format"'],
    [["help", "rnu"], 'Unknown command "rnu", did you mean "run"?'],
    [["run", "--sandbox=maybe"], 'Option "--sandbox" is "maybe", expected true or false'],
    [["get", "-A=2"], 'Option "--all-namespaces" is "2", expected true or false'],
    [["get", "a/b/c"], 'Cannot look for "a/b/c": expected a kind and a name'],
    // No document is read for these: there is none.
    [["run", "--request-timeout", "5x"], 'Option "--request-timeout" is "5x", expected a duration'],
    [["run", "--shutdown-timeout", "5"], 'Option "--shutdown-timeout" is "5", expected a duration'],
    [["run", "--listen", "x"], 'Option "--listen" is "x", expected host:port'],
    [["run", "--retry-period", "1m"], 'Option "--retry-period" is 60000 ms'],
    [["run", "--sandbox", "--server", "http://x"], 'Option "--server" goes with a cluster'],
    [["run", "--kubeconfig=x", "--sandbox"], 'Option "--kubeconfig" goes with a cluster'],
    [["run", "--sandbox", "--as-group", "a"], 'Option "--as-group" goes with a cluster'],
    [["run", "--sandbox-ready-delay", "1s"], 'Option "--sandbox-ready-delay" says something'],
    [["run", "--sandbox=no", "--sandbox-kubeconfig", "x"], "it needs --sandbox"],
  ])("answers %p with exit code 2 and says why", async (argv, message) => {
    const { io, out, err } = recordedIo();
    expect(await runCli(argv, io)).toBe(2);
    expect(err.join("\n")).toContain(message);
    expect(out).toEqual([]);
  });

  test.each([
    [["run", "--nope"], 'Run "ork run --help" to see'],
    [["get", "-o", "xml"], 'Run "ork get --help" to see'],
    [["rnu"], 'Run "ork --help" to see'],
    [["help", "rnu"], 'Run "ork --help" to see'],
  ])("says after %p whose help to read", async (argv, hint) => {
    const { io, err } = recordedIo();
    await runCli(argv, io);
    expect(err.at(-1)).toContain(hint);
  });

  test.each<[readonly string[], Readonly<Record<string, string>>, string]>([
    [
      ["why", "a/b"],
      { ORK_LISTEN: "abc" },
      'Variable "ORK_LISTEN" is "abc", expected host:port or',
    ],
    [
      ["run"],
      { ORK_LISTEN: "abc" },
      'Variable "ORK_LISTEN" is "abc", expected host:port, :port or',
    ],
    [["run"], { ORK_PORT: "abc" }, 'Variable "ORK_PORT" is "abc", expected a port'],
    [["run"], { RETRY_PERIOD: "1m" }, 'Variable "RETRY_PERIOD" is 60000 ms'],
    [["plan"], { ORK_SAMPLE: "x" }, 'Variable "ORK_SAMPLE" is "x"'],
    [["run", "--listen", "x"], { ORK_LISTEN: "abc" }, 'Option "--listen" is "x"'],
    [["run", "--server", "x"], { ORK_SANDBOX: "true" }, 'Option "--server" goes with a cluster'],
  ])("blames whoever said it: %p with %p", async (argv, env, message) => {
    const { io, err } = recordedIo({ env });
    expect(await runCli(argv, io)).toBe(2);
    expect(err.join("\n")).toContain(message);
  });

  test("takes variables of a cluster beside --sandbox, which may be meant for other commands", async () => {
    const { io, err } = recordedIo({ env: { ORK_SERVER: "http://x" } });
    expect(await runCli(["run", "--sandbox", "-f", "/nowhere"], io)).toBe(3);
    expect(err.join("\n")).toContain("/nowhere");
  });

  test("leaves words that look like numbers as they were typed", async () => {
    const { io, err } = recordedIo();
    await runCli(["validate", "-f", "007", "--file=0x10", "--file", ""], io);
    expect(err.join("\n")).toContain('"007"');
    expect(err.join("\n")).toContain('"0x10"');
    expect(await runCli(["1.0"], io)).toBe(2);
    expect(err.at(-2)).toContain('"1.0"');
  });

  test.each([
    [["help"], ["--help"]],
    [
      ["help", "run"],
      ["run", "--help"],
    ],
    [
      ["help", "why"],
      ["why", "-h"],
    ],
  ])("prints the same for %p and %p, on standard output", async (words, flags) => {
    const [one, other] = [recordedIo(), recordedIo()];
    expect(await runCli(words, one.io)).toBe(0);
    expect(await runCli(flags, other.io)).toBe(0);
    expect(one.out).toEqual(other.out);
    expect(one.out.join("\n")).toContain("Usage:");
    expect(one.err).toEqual([]);
  });

  test("ends no line of the help with a space, and says where options go", async () => {
    const { io, out } = recordedIo();
    for (const { name } of commands) await runCli([name, "--help"], io);
    await runCli([], io);
    expect(out.join("\n")).not.toMatch(/ $/m);
    expect(out.join("\n")).toContain("  $ ork run [options]\n");
    expect(out.join("\n")).toContain("  $ ork get [crd] [name] [options]\n");
  });

  test("prints data on standard output only", async () => {
    const { io, out, err } = recordedIo();
    expect(await runCli(["version", "-o", "json"], io)).toBe(0);
    expect(JSON.parse(out.join("\n"))).toMatchObject({ version: expect.any(String) });
    expect(err).toEqual([]);
  });

  test("reports a missing Katalog with exit code 3", async () => {
    const { io, err } = recordedIo();
    expect(await runCli(["validate", "-f", "/nowhere/katalog.yaml"], io)).toBe(3);
    expect(err.join("\n")).toContain("/nowhere/katalog.yaml");
  });
});

describe("runCli() run", () => {
  const katalog = join(import.meta.dirname, "../resolve/fixtures/website/katalog.yaml");

  test("finds out that the port is taken before it asks the cluster anything", async () => {
    await using api = await startServer((_seen, response) => sendJson(response, {}));
    await using taken = await startServer((_seen, response) => sendJson(response, {}));
    const { io, err } = recordedIo();
    const listen = new URL(taken.url).host;
    const argv = ["run", "-f", katalog, "--server", api.url, "--listen", listen];
    expect(await runCli(argv, io)).toBe(4);
    expect(err.join("\n")).toContain(`Cannot listen on "${listen}"`);
    expect(api.requests).toEqual([]);
  });

  test("leaves in silence, with 130, when it is interrupted while it connects", async () => {
    const stopping = new AbortController();
    await using api = await startServer(() => stopping.abort(new Error("Received SIGINT")));
    const { io, err } = recordedIo();
    const argv = ["run", "-f", katalog, "--server", api.url, "--listen", "0"];
    expect(await runCli(argv, { ...io, signal: stopping.signal })).toBe(130);
    expect(err.join("\n")).not.toContain("error:");
    expect(err.join("\n")).not.toContain("SIGINT");
  });
});

describe("readFlags()", () => {
  const specs = commands.find(({ name }) => name === "run")?.options ?? [];

  test("lets a flag win over ORK_<FLAG>, and that over older names", () => {
    const env = { ORK_LOG_LEVEL: "warn", LOG_LEVEL: "error" };
    expect(readFlags(specs, { logLevel: "debug" }, env).text("log-level")).toBe("debug");
    expect(readFlags(specs, {}, env).text("log-level")).toBe("warn");
    expect(readFlags(specs, {}, { LOG_LEVEL: "error" }).text("log-level")).toBe("error");
  });

  test("keeps every value of a repeatable flag", () => {
    expect(readFlags(specs, { file: ["a", "b"] }, {}).texts("file")).toEqual(["a", "b"]);
  });

  test("reads switches from the environment", () => {
    expect(readFlags(specs, {}, { ORK_SANDBOX: "true" }).isOn("sandbox")).toBe(true);
    expect(readFlags(specs, {}, { ORK_SANDBOX: "0" }).isOn("sandbox")).toBe(false);
    expect(readFlags(specs, {}, {}).isOn("sandbox")).toBe(false);
  });

  test.each([
    ["true", true],
    ["TRUE", true],
    ["Yes", true],
    ["1", true],
    ["false", false],
    ["False", false],
    ["NO", false],
    ["0", false],
  ])("reads the switch %p as %p, by flag and by variable", (text, expected) => {
    const words = prepareWords([`--sandbox=${text}`], specs);
    expect(words).toEqual([`--sandbox=${expected}`]);
    expect(readFlags(specs, { sandbox: text }, {}).isOn("sandbox")).toBe(expected);
    expect(readFlags(specs, {}, { ORK_SANDBOX: text }).isOn("sandbox")).toBe(expected);
  });

  test.each([
    [{ ORK_SANDBOX: "on" }, 'Variable "ORK_SANDBOX" is "on", expected true or false'],
    [{ RETRY_PERIOD: "2" }, 'Variable "RETRY_PERIOD" is "2", expected a duration'],
    [{ LOG_LEVEL: "loud" }, 'Variable "LOG_LEVEL" is "loud", expected one of: debug'],
  ])("refuses %p by the name of the variable", (env, message) => {
    expect(() => readFlags(specs, {}, env as Record<string, string>)).toThrow(message);
  });

  test("takes text that looks like a number as text", () => {
    expect(readFlags(specs, { token: 123 }, {}).text("token")).toBe("123");
  });
});

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: false }, {}, false],
  [{ isTTY: true }, { NO_COLOR: "1" }, false],
  [{ isTTY: true }, { TERM: "dumb" }, false],
  [{ isTTY: false }, { FORCE_COLOR: "1" }, true],
])("wantsColor(%p, %p) is %p", (stream, env, expected) => {
  expect(wantsColor(stream, env as Record<string, string>)).toBe(expected);
});

test("docs/cli.md is what scripts/generate-cli-docs.ts writes", async () => {
  expect(await Bun.file("docs/cli.md").text()).toBe(cliDocs());
});
