import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSandbox } from "../../../src/cli/open-sandbox.ts";
import { silentLogger } from "../../../src/telemetry/log.ts";

const open = (cwd: string) =>
  openSandbox({
    port: 0,
    kubeconfigPath: "kubeconfig",
    kubeconfigFlag: "sandbox-kubeconfig",
    controllers: "off",
    readyDelayMs: undefined,
    cwd,
    log: silentLogger,
  });

async function inFolder(work: (folder: string, path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ork-open-sandbox-"));
  try {
    await work(folder, join(folder, "kubeconfig"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("openSandbox() never touches a file of somebody else", () =>
  inFolder(async (folder, path) => {
    const own = "clusters: [{ name: prod, cluster: { server: https://prod.example } }]\n";
    writeFileSync(path, own);
    await expect(open(folder)).rejects.toThrow("the file exists and is not a sandbox's");
    expect(readFileSync(path, "utf8")).toBe(own);
  }));

test("openSandbox() refuses a kubeconfig that names another cluster beside a sandbox", () =>
  inFolder(async (folder, path) => {
    const servers = ["http://127.0.0.1:1", "https://prod.example"];
    const both = servers.map((server) => `orkestra-sandbox:\n  server: ${server}\n`).join("");
    writeFileSync(path, both);
    await expect(open(folder)).rejects.toThrow("is not a sandbox's");
    expect(readFileSync(path, "utf8")).toBe(both);
  }));

test("openSandbox() writes over what an earlier sandbox left, and takes its own away", () =>
  inFolder(async (folder, path) => {
    const first = await open(folder);
    const left = readFileSync(path, "utf8");
    await first[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, left);
    await using second = await open(folder);
    expect(readFileSync(path, "utf8")).toContain(second.url);
  }));
