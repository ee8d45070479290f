/**
 * `npm run build`: `dist/ork`, a standalone executable, and `dist/ork.js`, one file that Deno, Bun
 * and Node run.
 *
 * The executable holds its code in parts that are loaded when a command needs them, as bytecode: it
 * starts in a fraction of the time. Names are not shortened and there is no source map, which would
 * be larger than they are: stacks of bug reports stay readable.
 */
import { mkdir, rm, stat, symlink } from "node:fs/promises";
import { slimClientNode } from "./slim-client-node.ts";

/**
 * The executable must not run code of the folder that it is started in, nor read settings from
 * there: without these switches Bun loads `bunfig.toml`, `.env` and more of the working directory.
 */
const SEALED = {
  autoloadDotenv: false,
  autoloadBunfig: false,
  autoloadTsconfig: false,
  autoloadPackageJson: false,
};

const COMMON: Bun.BuildConfig = {
  entrypoints: ["src/main.ts"],
  minify: { whitespace: true, syntax: true, identifiers: false },
  plugins: [slimClientNode],
  throw: false,
};

await mkdir("dist", { recursive: true });
const target = option("--target") as Bun.Build.CompileTarget | undefined;
await build("dist/ork", {
  ...COMMON,
  target: "bun",
  format: "esm",
  splitting: true,
  bytecode: true,
  compile: { outfile: "dist/ork", ...(target && { target }), ...SEALED },
});
await build("dist/ork.js", { ...COMMON, target: "node", outdir: "dist", naming: "ork.js" });
await rm("dist/kubectl-orkestra", { force: true });
await symlink("ork", "dist/kubectl-orkestra");

/** Builds one artefact and says how large it is. */
async function build(outfile: string, config: Bun.BuildConfig): Promise<void> {
  const started = performance.now();
  const { success, logs } = await Bun.build(config);
  if (!success) {
    console.error(`Cannot build ${outfile}:\n${logs.join("\n")}`);
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
