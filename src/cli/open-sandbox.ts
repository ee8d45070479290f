/** Starts the built-in API server and writes its kubeconfig where others can find it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import { OperationalError } from "./usage-error.ts";

export interface OpenSandbox extends AsyncDisposable {
  readonly url: string;
  readonly kubeconfigPath: string;
}

export interface OpenSandboxOptions {
  readonly port: number;
  /** Absent: a new folder for temporary files, removed at the end. */
  readonly kubeconfigPath: string | undefined;
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
  const place = await findPlace(options);
  await writeFile(place.path, sandbox.kubeconfig, { mode: 0o600 });
  return {
    url: sandbox.url,
    kubeconfigPath: place.path,
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      // A kubeconfig of a server that is gone would only mislead.
      await rm(place.folder ?? place.path, { recursive: true, force: true });
    },
  };
}

async function findPlace({ kubeconfigPath, cwd }: OpenSandboxOptions) {
  if (kubeconfigPath !== undefined) return { path: resolve(cwd, kubeconfigPath) };
  const folder = await mkdtemp(join(tmpdir(), "ork-sandbox-"));
  return { path: join(folder, "kubeconfig"), folder };
}
