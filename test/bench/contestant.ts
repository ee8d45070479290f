/**
 * A program under measurement: `ork` or the floor, as a process of its own, started against the arena's
 * API server. Both are standalone executables of the same runtime.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/free-port.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

export type ContestantName = "ork" | "floor";

export interface Executables {
  readonly ork: readonly string[];
  readonly floor: readonly string[];
}

/** The user that each acts as: the audit log is read by it. */
export const USERS: Readonly<Record<ContestantName, string>> = { ork: "operator", floor: "floor" };

/** The job that both do. */
export const KATALOG = join(import.meta.dir, "katalog");

/** How `ork` is started, where it is not as always. */
export interface LaunchOptions {
  /** The folder of its Katalog. */
  readonly katalog?: string;
  readonly kubeconfig?: string;
}

/** As long as a drain at SIGTERM may take. */
const STOP_PATIENCE_MS = 20_000;

export class Contestant implements AsyncDisposable {
  readonly name: ContestantName;
  /** `performance.now()` just before the process was started. */
  readonly startedMs: number;
  /** Where its probes are; the floor has none. */
  readonly url: string;
  readonly #server: ServerProcess;
  readonly #logPath: string;

  private constructor(
    name: ContestantName,
    at: { startedMs: number; url: string; server: ServerProcess; logPath: string },
  ) {
    this.name = name;
    this.startedMs = at.startedMs;
    this.url = at.url;
    this.#server = at.server;
    this.#logPath = at.logPath;
  }

  /** Starts the process and does not wait. */
  static async launch(
    name: ContestantName,
    executables: Executables,
    { cluster, katalog = KATALOG, ...options }: LaunchOptions & { readonly cluster: Cluster },
  ): Promise<Contestant> {
    const [port] = (await freePorts(1)) as [number];
    const listen = `127.0.0.1:${port}`;
    const { kubeconfig = cluster.kubeconfig(USERS[name]) } = options;
    const [command = "", ...args] =
      name === "floor"
        ? [...executables.floor, kubeconfig]
        : [
            ...executables.ork,
            ...["run", "-f", katalog, "--kubeconfig", kubeconfig, "--listen", listen],
          ];
    const logPath = join(cluster.description.folder, `${name}.log`);
    writeFileSync(logPath, "");
    const startedMs = performance.now();
    const server = startServer({ command, args, logPath, leashed: false });
    return new Contestant(name, { startedMs, url: `http://${listen}`, server, logPath });
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** Its watches are open and it would act on a new CR. */
  async ready(timeoutMs = 60_000): Promise<void> {
    await eventually(
      `${this.name} is ready`,
      async () => {
        if (this.#server.ended() !== undefined) return true;
        if (this.name === "floor") return readFileSync(this.#logPath, "utf8").includes("ready");
        return (await fetch(`${this.url}/ready`)).ok;
      },
      { timeoutMs, everyMs: 10 },
    );
    this.check();
  }

  /** @throws Error when it is not running any more */
  check(): void {
    const failure = this.#server.ended();
    if (failure !== undefined) throw new Error(failure);
  }

  /** As an operator's rollout ends it: SIGTERM, and it goes when it is done. */
  stop(): Promise<void> {
    return this.#server.stop(STOP_PATIENCE_MS);
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
