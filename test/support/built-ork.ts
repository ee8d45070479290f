/**
 * The artefacts of `npm run build` for tests that run them. What is missing, or older than what it is
 * made of, is built first, so that no test ever judges yesterday's program.
 */
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { holdBuildLock } from "./build-lock.ts";
import { outputOf } from "./process-output.ts";

export const ROOT = resolve(import.meta.dir, "../..");

/** Absolute paths. */
export interface BuiltOrk {
  /** The standalone executable. */
  readonly executable: string;
  /** One file for Deno, Bun and Node. */
  readonly bundle: string;
  /** The executable under the name of a kubectl plugin. */
  readonly plugin: string;
  /** Folder of the npm package for tests of hooks. */
  readonly hooksPackage: string;
}

const built: BuiltOrk = {
  executable: join(ROOT, "dist/ork"),
  bundle: join(ROOT, "dist/ork.js"),
  plugin: join(ROOT, "dist/kubectl-orkestra"),
  hooksPackage: join(ROOT, "dist/orkestra-hooks"),
};

/** The bundle on Deno, as `OrkOptions.program`: found by itself, whatever is on the PATH. */
export const ON_DENO: readonly string[] = [
  join(ROOT, "node_modules/deno/deno"),
  "run",
  "-A",
  built.bundle,
];

/** The one piece of state that test files share: a run builds at most once. */
let ofThisProcess: Promise<BuiltOrk> | undefined;

export function builtOrk(): Promise<BuiltOrk> {
  ofThisProcess ??= buildWhenStale();
  return ofThisProcess;
}

async function buildWhenStale(): Promise<BuiltOrk> {
  if (await isFresh()) return built;
  await using _lock = await holdBuildLock(join(tmpdir(), "orkestra-build.lock"), {
    print: (text) => process.stderr.write(text),
  });
  if (await isFresh()) return built;
  const child = Bun.spawn([process.execPath, "scripts/build.ts"], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}` },
    stdout: "pipe",
    stderr: "pipe",
  });
  const { stdout: output, stderr: problems, code } = await outputOf(child);
  if (code !== 0) throw new Error(`Cannot build ork for the tests:\n${output}${problems}`);
  return built;
}

async function isFresh(): Promise<boolean> {
  const artefacts = await Promise.all(
    [built.executable, built.bundle, join(built.hooksPackage, "package.json")].map(changedMs),
  );
  const sources = await Promise.all([...(await sourcePaths())].map(changedMs));
  return Math.min(...artefacts) >= Math.max(...sources);
}

async function sourcePaths(): Promise<readonly string[]> {
  const paths = ["package.json", "bun.lock", "scripts/build.ts", "scripts/hooks-package.ts"];
  for await (const path of new Bun.Glob("src/**/*").scan({ cwd: ROOT })) paths.push(path);
  return paths.map((path) => join(ROOT, path));
}

/** Milliseconds since 1970; 0 for a file that is not there. */
async function changedMs(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
