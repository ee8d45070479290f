/** Starts the built-in API server and writes its kubeconfig where others can find it. */
import { lstat, mkdtemp, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../std/clock.ts";
import { writeWhole } from "../std/write-whole.ts";
import type { Logger } from "../telemetry/log.ts";
import { OperationalError } from "./usage-error.ts";

/** The context that a sandbox's kubeconfig names. */
const SANDBOX_NAME = "orkestra-sandbox";

export interface OpenSandbox extends AsyncDisposable {
  readonly url: string;
  readonly kubeconfigPath: string;
}

export interface OpenSandboxOptions {
  readonly port: number;
  /** Absent: a new folder for temporary files, removed at the end. */
  readonly kubeconfigPath: string | undefined;
  /** The flag that names the file, for messages. */
  readonly kubeconfigFlag: "sandbox-kubeconfig" | "write-kubeconfig";
  readonly controllers: "on" | "off";
  /** Absent: the sandbox's own. */
  readonly readyDelayMs: number | undefined;
  readonly cwd: string;
  readonly log: Logger;
}

export async function openSandbox(options: OpenSandboxOptions): Promise<OpenSandbox> {
  const { port, controllers, readyDelayMs, log } = options;
  // A command without a sandbox should not pay for loading one.
  const { startSandbox } = await import("../sandbox/sandbox.ts");
  const sandbox = await startSandbox({
    port,
    controllers,
    ...(readyDelayMs !== undefined && { readyDelayMs }),
    clock: systemClock,
    log,
  }).catch((error: unknown) => {
    throw new OperationalError(`Cannot start the sandbox on port ${port}`, { cause: error });
  });
  const place = await writeSomewhere(sandbox.kubeconfig, options).catch(async (error: unknown) => {
    await sandbox.close();
    throw error;
  });
  return {
    url: sandbox.url,
    kubeconfigPath: place.path,
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      // A kubeconfig of a server that is gone would only mislead.
      await rm(place.path, { force: true });
      if (place.folder !== undefined) await rmdir(place.folder);
    },
  };
}

interface Place {
  readonly path: string;
  /** Absent: the user named the file. */
  readonly folder?: string;
}

async function writeSomewhere(text: string, options: OpenSandboxOptions): Promise<Place> {
  const place = await findPlace(options);
  await writeKubeconfig(place.path, text);
  return place;
}

async function findPlace(options: OpenSandboxOptions): Promise<Place> {
  const { kubeconfigPath, kubeconfigFlag, cwd } = options;
  if (kubeconfigPath !== undefined) return { path: resolve(cwd, kubeconfigPath) };
  const folder = await mkdtemp(join(tmpdir(), "ork-sandbox-")).catch((cause: unknown) => {
    const message = "Cannot write the sandbox's kubeconfig to the folder of temporary files";
    throw new OperationalError(
      `${message}: set TMPDIR to one that can be written, or name a file with --${kubeconfigFlag}`,
      { cause },
    );
  });
  return { path: join(folder, "kubeconfig"), folder };
}

/**
 * Never over a file of somebody else; what an earlier sandbox left behind is only in the way. Whoever waits for
 * the file finds it whole.
 */
async function writeKubeconfig(path: string, text: string): Promise<void> {
  const isFree = await lstat(path).then(
    () => false,
    () => true,
  );
  if (!isFree && !(await isLeftBehind(path))) {
    throw new OperationalError(
      `Cannot write the sandbox's kubeconfig "${path}": the file exists and is not a sandbox's, name another one`,
    );
  }
  try {
    await writeWhole(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new OperationalError(`Cannot write the sandbox's kubeconfig "${path}"`, { cause });
  }
}

/** Names nothing but a sandbox: no cluster of the user's is in it. */
async function isLeftBehind(path: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  const servers = [...text.matchAll(/\bserver"?:\s*"?([^\s"]+)/g)].map(
    ([, server]) => server ?? "",
  );
  return servers.length === 1 && text.includes(SANDBOX_NAME) && isLoopback(servers[0] ?? "");
}

function isLoopback(server: string): boolean {
  return /^http:\/\/(127\.|localhost|\[::1\])/.test(server);
}
