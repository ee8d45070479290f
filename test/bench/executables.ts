/** Builds what the benchmark compares with: the floor program and an empty one, compiled as `ork` is. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Baselines extends AsyncDisposable {
  readonly floor: string;
  /** A program that does nothing: what the runtime itself weighs. */
  readonly empty: string;
}

/** As in the build of `dist/ork`: what is not loaded from the working directory cannot cost time. */
const FLAGS = [
  "--compile",
  "--minify",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-package-json",
  "--no-compile-autoload-tsconfig",
];

export async function buildBaselines(): Promise<Baselines> {
  const folder = await mkdtemp(join(tmpdir(), "orkestra-bench-"));
  const emptySource = join(folder, "empty.ts");
  await writeFile(emptySource, "export {};\n");
  const floor = join(folder, "floor");
  const empty = join(folder, "empty");
  await compile(join(import.meta.dir, "floor.ts"), floor);
  await compile(emptySource, empty);
  return { floor, empty, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/**
 * The next process reads the file from the disk. Of one that was just written the kernel maps larger pieces at
 * once, which counts as 4 to 5 MB more of resident memory. Nothing where these tools are missing.
 */
export async function dropFromPageCache(path: string): Promise<void> {
  for (const command of [
    ["sync", path],
    ["dd", `if=${path}`, "iflag=nocache", "count=0"],
  ]) {
    if (Bun.which(command[0] ?? "") === null) return;
    await Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).exited;
  }
}

async function compile(source: string, outfile: string): Promise<void> {
  const child = Bun.spawn([process.execPath, "build", ...FLAGS, source, "--outfile", outfile], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`Cannot compile "${source}": ${errors.trim()}`);
}
