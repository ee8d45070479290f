/** `ork sandbox`: serve an in-memory Kubernetes API until stopped. */
import { durationFlag } from "../duration-flag.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { openLog } from "../open-log.ts";
import { openSandbox } from "../open-sandbox.ts";
import type { CommandInput } from "../spec.ts";
import { untilAborted } from "../until-aborted.ts";
import { UsageError } from "../usage-error.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const log = openLog(flags, io);
  await using sandbox = await openSandbox({
    port: portOf(flags.text("port") ?? "0"),
    kubeconfigPath: flags.text("write-kubeconfig"),
    kubeconfigFlag: "write-kubeconfig",
    controllers: flags.text("controllers") === "off" ? "off" : "on",
    readyDelayMs: durationFlag(flags, "sandbox-ready-delay"),
    cwd: io.cwd,
    log,
  });
  io.print(`export KUBECONFIG=${sandbox.kubeconfigPath}`);
  io.note(
    `A Kubernetes API in memory at ${sandbox.url}. Ctrl-C stops it, and everything in it is gone.`,
  );
  await untilAborted(io.signal);
  return EXIT.ok;
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`Option "--port" is "${text}", expected a number from 0 to 65535`);
}
