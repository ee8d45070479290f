/**
 * `npm run build`: `dist/ork`, a standalone executable, and `dist/ork.js`, one file that Deno, Bun
 * and Node run.
 */
import { mkdir, rm, stat, symlink } from "node:fs/promises";

/**
 * The executable must not run code of the folder that it is started in, nor read settings from
 * there: without these switches Bun loads `bunfig.toml`, `.env` and more of the working directory.
 */
const SEALED = [
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-tsconfig",
  "--no-compile-autoload-package-json",
];

await mkdir("dist", { recursive: true });
const target = option("--target");
await build("dist/ork", [
  "--compile",
  "--splitting",
  ...(target ? [`--target=${target}`] : []),
  ...SEALED,
  "--minify",
  "--sourcemap",
  "src/main.ts",
]);
await build("dist/ork.js", [
  "--target=node",
  "--minify-whitespace",
  "--minify-syntax",
  "src/main.ts",
]);
await rm("dist/kubectl-orkestra", { force: true });
await symlink("ork", "dist/kubectl-orkestra");

/** Builds one artefact and says how large it is. */
async function build(outfile: string, args: readonly string[]): Promise<void> {
  const started = performance.now();
  const child = Bun.spawn(["bun", "build", ...args, "--outfile", outfile], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, problems, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) {
    console.error(`Cannot build ${outfile}:\n${output}${problems}`);
    process.exit(1);
  }
  const { size } = await stat(outfile);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${outfile.padEnd(12)} ${(size / 1e6).toFixed(1).padStart(6)} MB  in ${seconds} s`);
}

function option(name: string): string | undefined {
  const index = process.argv.indexOf(name);
  return index < 0 ? undefined : process.argv[index + 1];
}
