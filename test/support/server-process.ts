/**
 * Starts the servers of the tests' Kubernetes and ends them for certain.
 *
 * Guarantee: a server dies with the process that started it, even when that one is killed hard. The
 * means is a leash: a pipe to the server's standard input that only this process holds. Our own binary
 * ends itself when the pipe closes; a foreign program is started by a small shell that sees to it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { basename } from "node:path";

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Takes both output streams. */
  readonly logPath: string;
  /** The program ends by itself when its standard input closes (`CONTROLPLANE_STDIN=leash`). */
  readonly leashed: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  /** Set once the server has ended: how, and the end of its log. */
  readonly ended: () => string | undefined;
  /** Ends it at once, without asking, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end (SIGTERM) and waits; after `patienceMs` it is not asked any more. */
  stop(patienceMs: number): Promise<void>;
}

/** Becomes `"$@"`, so that the process id is the program's own; a watcher kills it when the pipe closes. */
const LEASH = `exec 3<&0
{ cat <&3; kill -9 $$; } >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null`;

export function startServer(server: ServerCommand): ServerProcess {
  const log = openSync(server.logPath, "a");
  const [command, args] = server.leashed
    ? [server.command, server.args]
    : ["sh", ["-c", LEASH, "leash", server.command, ...server.args]];
  const child = spawn(command, args, {
    env: { ...process.env, ...server.env, ...(server.leashed && { CONTROLPLANE_STDIN: "leash" }) },
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  // A test run may end while servers are up: they must not keep the process from ending.
  child.unref();
  (child.stdin as Socket | null)?.unref?.();
  const name = server.leashed ? (server.args[0] ?? command) : basename(server.command);
  return watchOver(child, { name, server });
}

function watchOver(
  child: ChildProcess,
  { name, server }: { name: string; server: ServerCommand },
): ServerProcess {
  let failure: string | undefined;
  // A broken pipe only says that the server is gone already.
  child.stdin?.on("error", () => {});
  child.on("error", (error) => {
    failure = `${name} did not start: ${error.message}`;
  });
  child.on("exit", (code, signal) => {
    // Lets the watcher of a foreign program go too.
    child.stdin?.destroy();
    failure = `${name} ended with ${signal ?? `code ${code}`}\n${tail(server.logPath)}`;
  });
  return {
    name,
    pid: child.pid ?? -1,
    ended: () => failure,
    kill: () => end(child, "SIGKILL"),
    async stop(patienceMs) {
      const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      await end(child, "SIGTERM");
      clearTimeout(timer);
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.ref();
  child.kill(signal);
  await gone;
}

function tail(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-8).join("\n");
}
