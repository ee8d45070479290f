import { expect, test } from "bun:test";
import { confineThread } from "../../../src/hook/confine.ts";

// The priority is tried in test/e2e/hooks.test.ts: lowered, it stays so.
const platform = "other";

test("confineThread() shows on Deno the variables that the thread was given, and no others", () => {
  const Deno = { env: { get: () => "secret", toObject: () => ({ TOKEN: "secret" }) } };
  const env: Record<string, string | undefined> = { TZ: "UTC" };
  confineThread({ process: { platform, env }, scope: { Deno } });
  expect(Deno.env.toObject()).toEqual({ TZ: "UTC" } as object as { TOKEN: string });
  expect(["TZ", "TOKEN"].map(Deno.env.get)).toEqual(["UTC", undefined] as string[]);
  const shown = Deno.env as unknown as Map<string, string>;
  shown.set("A", "b");
  expect([shown.has("A"), env["A"]]).toEqual([true, "b"]);
  shown.delete("A");
  expect([shown.has("A"), "A" in env]).toEqual([false, false]);
});

test("confineThread() refuses what counts for the whole process", () => {
  const env = {};
  const process = { platform, env, chdir() {}, abort() {}, cwd: () => "/" };
  confineThread({ process, scope: {} });
  expect(process.chdir).toThrow(
    "Cannot call process.chdir() in a hook: it would change the whole process",
  );
  expect(process.abort).toThrow("process.abort()");
  expect(process.cwd()).toBe("/");
  expect(Object.keys(process)).not.toContain("umask");
});
