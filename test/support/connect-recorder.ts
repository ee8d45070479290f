/**
 * Every connection that `ork` opens, however short: by the kernel where it tells (the executable, as it is
 * shipped), else by Node (the bundle). Without either these tests are skipped loudly; with `CI=true` they fail.
 */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { builtOrk } from "./built-ork.ts";

export interface Recording {
  /** What to run, as `OrkOptions` takes it. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Addresses so far, in their order: `127.0.0.1:443`, `unix /run/x`. */
  addresses(): Promise<readonly string[]>;
}

type Recorder = "kernel" | "node";

const KERNEL = join(import.meta.dir, "connect-recorder.py");
const NODE = join(import.meta.dir, "connect-recorder.mjs");

let recorder: Recorder | undefined;

export function canRecord(): boolean {
  recorder ??= find();
  if (recorder) return true;
  const why = "neither python3 with seccomp notifications (Linux 5.5) nor Node 22 is there";
  if (process.env["CI"] === "true") throw new Error(why);
  console.warn(`SKIPPED: ${why}, so short connections are not looked for`);
  return false;
}

function find(): Recorder | undefined {
  const succeeds = (program: string, ...args: readonly string[]) =>
    spawnSync(program, args, { stdio: "ignore", timeout: 20_000 }).status === 0;
  if (succeeds("python3", KERNEL, "/dev/null", "true")) return "kernel";
  const isNew = "process.exit(Number.parseInt(process.versions.node) < 22 ? 1 : 0)";
  return succeeds("node", "-e", isNew) ? "node" : undefined;
}

/** `file`: where it is written down. `own` runs instead of ork. */
export async function recordTo(file: string, own?: readonly string[]): Promise<Recording> {
  if (!canRecord()) throw new Error("Cannot record connections on this machine");
  const { executable, bundle } = await builtOrk();
  const isKernel = recorder === "kernel";
  const addresses = async () => {
    const text = await readFile(file, "utf8").catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  };
  return {
    program: isKernel
      ? ["python3", KERNEL, file, ...(own ?? [executable])]
      : ["node", "--import", NODE, ...(own?.slice(1) ?? [bundle])],
    env: { ORK_TEST_CONNECTIONS: file },
    addresses,
  };
}
