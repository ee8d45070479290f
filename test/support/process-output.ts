/** All that a process says, once it has ended. */
import type { Subprocess } from "bun";

export interface ProcessOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Reads both streams side by side: a process whose pipe is full does not end. */
export async function outputOf(
  child: Subprocess<"ignore" | "pipe" | "inherit" | Blob | undefined, "pipe", "pipe">,
): Promise<ProcessOutput> {
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code };
}
