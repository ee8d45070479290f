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

async function compile(source: string, outfile: string): Promise<void> {
  const child = Bun.spawn([process.execPath, "build", ...FLAGS, source, "--outfile", outfile], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`Cannot compile "${source}": ${errors.trim()}`);
}
