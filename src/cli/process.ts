/** The process of a command: its streams, its signals, its exit code. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";
import type { StartThread } from "../hook/thread-role.ts";
import { runCli } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { wantsColor } from "./io.ts";
import { openOutput } from "./output.ts";

/** Runs the command that the arguments name, and ends the process. */
export async function runProcess(startThread: StartThread): Promise<never> {
  const signal = stopSignal();
  const broken = guardStreams();
  process.exitCode = await runCli(process.argv.slice(2), {
    print: openOutput(process.stdout),
    note: (text) => void process.stderr.write(`${text}\n`),
    env: process.env,
    cwd: process.cwd(),
    program: programName(process.argv0, process.execPath),
    hasColor: {
      stdout: wantsColor(process.stdout, process.env),
      stderr: wantsColor(process.stderr, process.env),
    },
    ...(process.stdout.isTTY && { columns: process.stdout.columns }),
    signal,
    readStdin,
    startThread,
  });
  await Promise.all([process.stdout, process.stderr].map((stream) => flush(stream, broken)));
  process.exit();
}

/**
 * Aborted by the first wish to stop; the second one is not discussed. That the terminal is gone is such a wish,
 * told by the kernel and often by the shell once more: a repetition of it means nothing. `nohup` means that
 * the process is to outlive its terminal.
 */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  if (!isHangupIgnored()) {
    process.on("SIGHUP", () => stopping.abort(new Error("Received SIGHUP")));
  }
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(EXIT.interrupted);
      stopping.abort(new Error(`Received ${name}`));
    });
  }
  return stopping.signal;
}

/** As the process was started; Linux tells. A handler of ours would end what `nohup` asks for. */
function isHangupIgnored(): boolean {
  try {
    const [, mask = "0"] =
      /^SigIgn:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return (BigInt(`0x${mask}`) & 1n) === 1n;
  } catch {
    return false;
  }
}

/** Streams that nobody reads any more; filled as that is found out. */
function guardStreams(): ReadonlySet<NodeJS.WriteStream> {
  // A log that nobody reads any more is no reason to stop, nor worth an error, which would be logged.
  const broken = new Set<NodeJS.WriteStream>();
  process.stderr.on("error", () => broken.add(process.stderr));
  return broken;
}

/** A pipe takes what is written later than `write` returns; leaving before that cuts the output off. */
function flush(stream: NodeJS.WriteStream, broken: ReadonlySet<NodeJS.WriteStream>): Promise<void> {
  // Node and Deno never call back for the end of a stream that broke.
  if (broken.has(stream)) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.end(() => resolve());
  });
}

/** As a kubectl plugin the executable is called `kubectl-orkestra`. */
function programName(argv0: string, execPath: string): string {
  const names = [basename(argv0), basename(execPath)];
  return names.some((name) => name.startsWith("kubectl-orkestra")) ? "kubectl orkestra" : "ork";
}

async function readStdin(): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}
