/**
 * The way in for a machine that has Node and npm and nothing else: gets the pinned Bun from npm,
 * lets it install the pinned dependencies from the frozen lockfile, then hands over to
 * `scripts/<task>.ts`.
 *
 * Runs on plain Node without any package, so that it works before the first install. The install
 * is skipped when the lockfile is the one that was installed last.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const toolchain = join(root, ".toolchain");
const isWindows = process.platform === "win32";
const bun = join(toolchain, "node_modules", "bun", "bin", "bun.exe");

const [task, ...rest] = process.argv.slice(2);
install();
if (task) run(task, rest);

function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lock = createHash("sha256")
    .update(packageManager)
    .update(readFileSync(join(root, "bun.lock")));
  const wanted = lock.digest("hex");
  const stamp = join(modules, ".installed-lock");
  if (existsSync(bun) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const started = Date.now();
  console.error(`Downloading ${packageManager} and the pinned dependencies …`);
  mkdirSync(toolchain, { recursive: true });
  must(
    isWindows ? "npm.cmd" : "npm",
    [
      "install",
      "--prefix",
      toolchain,
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      packageManager,
    ],
    "Check that npm reaches its registry",
  );
  must(
    bun,
    ["install", "--frozen-lockfile", "--silent"],
    "Check that bun.lock matches package.json",
  );
  linkBun();
  writeFileSync(stamp, wanted);
  console.error(
    `Downloads took ${((Date.now() - started) / 1000).toFixed(1)} s (once; not counted below).\n`,
  );
}

/** Tools that look for `bun` on the PATH of the project's binaries find the pinned one. */
function linkBun() {
  for (const name of ["bun", "bunx"]) {
    const link = join(modules, ".bin", isWindows ? `${name}.exe` : name);
    rmSync(link, { force: true });
    symlinkSync(bun, link);
  }
}

function must(command, args, advice) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: isWindows,
  });
  if (done.status === 0) return;
  const why = done.error ? `: ${done.error.message}` : ` with exit code ${done.status}`;
  console.error(`${command} ${args[0]} failed${why}. ${advice}, then run the command again.`);
  process.exit(1);
}

function run(task, args) {
  const script = join(root, "scripts", `${task}.ts`);
  if (!existsSync(script)) {
    console.error(`No script named "${task}": expected ${script}`);
    process.exit(2);
  }
  const path = `${join(modules, ".bin")}${delimiter}${process.env.PATH}`;
  const child = spawn(bun, [script, ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
