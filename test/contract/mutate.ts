/**
 * Shows that the contract tests can fail: applies each mutation of `mutations.ts` to a copy of the sources,
 * builds it, and runs the tests of its promise, which must then fail. Ends with 1 when one still passes.
 *
 *     bun test/contract/mutate.ts [R3 …]
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/built-ork.ts";
import { startSharedCluster } from "../support/cluster-shared.ts";
import { outputOf } from "../support/process-output.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const COPIED = [
  ...["src", "test", "scripts", "examples", "docs"],
  ...["package.json", "tsconfig.json", "bun.lock"],
];

const rows = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "orkestra-mutations-"));
let survivors = 0;
try {
  for (const name of COPIED) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await using cluster = await startSharedCluster();
  for (const mutation of MUTATIONS) {
    if (rows.length > 0 && !rows.includes(mutation.row)) continue;
    const isKilled = await play(mutation, cluster.env);
    if (!isKilled) survivors++;
    console.log(`${isKilled ? "red " : "GREEN"} ${mutation.row} ${mutation.breaks}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(survivors === 0 ? 0 : 1);

/** True when the tests noticed. */
async function play(mutation: Mutation, env: Readonly<Record<string, string>>): Promise<boolean> {
  const path = join(folder, mutation.file);
  const text = await readFile(path, "utf8");
  if (!text.includes(mutation.find))
    throw new Error(`Cannot mutate ${mutation.file}: no such text`);
  await writeFile(path, text.replace(mutation.find, mutation.replace));
  try {
    const build = await run(["bun", "scripts/build.ts"], env);
    if (build.code !== 0) throw new Error(`Cannot build with ${mutation.row}:\n${build.output}`);
    const file = join("test/contract", mutation.test);
    const test = ["bun", "test", "--timeout", "120000", file, "-t", mutation.title];
    const { code, output } = await run(test, env);
    if (!/^ *\d+ (pass|fail)$/m.test(output)) throw new Error(`No test ran:\n${output}`);
    return code !== 0;
  } finally {
    await writeFile(path, text);
  }
}

async function run(command: readonly string[], env: Readonly<Record<string, string>>) {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: {
      ...process.env,
      ...env,
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`,
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const { stdout: out, stderr: err, code } = await outputOf(child);
  return { code, output: out + err };
}
