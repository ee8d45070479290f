import { describe, expect, test } from "bun:test";
import { applyEngineSettings } from "../../../src/cli/engine-settings.ts";

const ENTRY = "/$bunfs/root/main.js";

interface Started {
  readonly file: string;
  readonly args: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv | undefined;
}

function start(argv: readonly string[], env: NodeJS.ProcessEnv = {}, error?: Error) {
  const started: Started[] = [];
  applyEngineSettings({
    argv: ["bun", ...argv],
    argv0: "ork",
    env,
    execPath: "/usr/local/bin/ork",
    execve(file, args, environment) {
      started.push({ file, args, env: environment });
      if (error) throw error;
      return undefined as never;
    },
  });
  return started;
}

describe("applyEngineSettings", () => {
  test("starts a command that lives long anew, with the same arguments", () => {
    const [started] = start([ENTRY, "run", "-f", "x"], { HOME: "/root" });
    expect(started?.file).toBe("/usr/local/bin/ork");
    expect(started?.args).toEqual(["ork", "run", "-f", "x"]);
    expect(started?.env).toMatchObject({ HOME: "/root", BUN_JSC_useFTLJIT: "0" });
  });

  test("in the process that it started, only takes away what it had set", () => {
    const [first] = start([ENTRY, "run"], { HOME: "/root", BUN_JSC_useFTLJIT: "1" });
    const env = { ...first?.env };
    expect(env).toHaveProperty("BUN_JSC_heapGrowthMaxIncrease");
    expect(start([ENTRY, "run"], env)).toEqual([]);
    expect(env).toEqual({ HOME: "/root", BUN_JSC_useFTLJIT: "1" });
  });

  test("leaves what somebody set", () => {
    const [started] = start([ENTRY, "run"], { BUN_JSC_useFTLJIT: "1" });
    expect(started?.env).toMatchObject({ BUN_JSC_useFTLJIT: "1" });
    expect(started?.env).toHaveProperty("BUN_JSC_heapGrowthMaxIncrease");
  });

  test.each([
    ["a quick command", [ENTRY, "validate", "-f", "x"]],
    ["no command", [ENTRY]],
    ["a file that a runtime runs", ["/opt/ork.js", "run"]],
  ])("does nothing for %s", (_, argv) => {
    expect(start(argv)).toEqual([]);
  });

  test("goes on where a process cannot start anew", () => {
    expect(start([ENTRY, "run"], {}, new Error("execve: EPERM"))).toHaveLength(1);
  });
});
