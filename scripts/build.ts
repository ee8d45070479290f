/**
 * `npm run build`: `dist/ork`, a standalone executable, and `dist/ork.js`, one file that Deno, Bun
 * and Node run; and `dist/orkestra-hooks`, the npm package for those who test hooks.
 *
 * The executable holds its code in parts (`executable-parts.ts`) that are loaded when a command
 * needs them; those that every start needs as bytecode, too: it starts in a fraction of the time.
 * Names are not shortened and there is no source map, which would be larger than they are: stacks of
 * bug reports stay readable.
 */
import { mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { partsOf } from "./executable-parts.ts";
import { buildHooksPackage } from "./hooks-package.ts";
import { sigstoreDigest } from "./sigstore-digest.ts";
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
  plugins: [slimClientNode, sigstoreDigest],
  throw: false,
};

await mkdir("dist", { recursive: true });
const target = option("--target") as Bun.Build.CompileTarget | undefined;
await report("dist/ork", buildExecutable);
await report("dist/ork.js", async () => {
  await bundle("dist/ork.js", { ...COMMON, target: "node", outdir: "dist", naming: "ork.js" });
  return undefined;
});
const { entrypoints: _, ...common } = COMMON;
await report("dist/orkestra-hooks/hooks.js", async () => {
  await buildHooksPackage("dist/orkestra-hooks", { ...common, bundle });
  return undefined;
});
await rm("dist/kubectl-orkestra", { force: true });
await symlink("ork", "dist/kubectl-orkestra");

/** First the parts, then the executable of them, where nothing is bundled any more. */
async function buildExecutable(outfile: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "orkestra-build-"));
  try {
    const split = await bundle(outfile, {
      ...COMMON,
      target: "bun",
      format: "esm",
      splitting: true,
      metafile: true,
      outdir: folder,
      naming: { entry: "main.js", chunk: "part-[hash].js" },
    });
    const parts = partsOf(split);
    await bundle(outfile, {
      entrypoints: parts.compiled.map((name) => join(folder, name)),
      root: folder,
      external: ["./*"],
      target: "bun",
      format: "esm",
      bytecode: true,
      // Without it the path of the folder would stay behind, as a comment.
      minify: { whitespace: true, syntax: false, identifiers: false },
      compile: {
        outfile,
        assets: parts.plain.map((name) => join(folder, name)),
        ...(target && { target }),
        ...SEALED,
      },
      throw: false,
    });
    return `${parts.compiledKb} KB of source also as bytecode, ${parts.plainKb} KB not`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Builds one artefact, and says how large it is and how long it took. */
async function report(
  outfile: string,
  make: (outfile: string) => Promise<string | undefined>,
): Promise<void> {
  const started = performance.now();
  const note = await make(outfile);
  const { size } = await stat(outfile);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const line = `${outfile.padEnd(12)} ${(size / 1e6).toFixed(1).padStart(6)} MB  in ${seconds} s`;
  console.log(note ? `${line}  (${note})` : line);
}

async function bundle(outfile: string, config: Bun.BuildConfig): Promise<Bun.BuildOutput> {
  const output = await Bun.build(config);
  if (!output.success) {
    console.error(`Cannot build ${outfile}:\n${output.logs.join("\n")}`);
    process.exit(1);
  }
  return output;
}

function option(name: string): string | undefined {
  const index = process.argv.indexOf(name);
  return index < 0 ? undefined : process.argv[index + 1];
}
