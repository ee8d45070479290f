/** The streams of a command, kept as lines; no terminal, and nothing to read. */
import type { Io } from "../../../src/cli/io.ts";

export interface RecordedIo {
  readonly io: Io;
  /** Data. */
  readonly out: string[];
  /** What was said to people. */
  readonly err: string[];
}

export function recordedIo(parts: Partial<Io> = {}): RecordedIo {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    print: (text) => out.push(text),
    note: (text) => err.push(text),
    env: {},
    cwd: "/",
    program: "ork",
    hasColor: { stdout: false, stderr: false },
    signal: new AbortController().signal,
    readStdin: async () => "",
    ...parts,
  };
  return { io, out, err };
}
