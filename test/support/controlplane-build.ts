/**
 * Builds the programs that the tests' Kubernetes consists of, once per machine: the control plane of
 * `test/controlplane` (etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl in one
 * executable) and kwok, which plays the kubelets.
 *
 * Flow: hash of the Go sources and go.sum → folder in the user's cache → build when it is not there.
 * Guarantees: a folder that exists is complete (it is renamed into place in one step); two builds at
 * once do no harm (one waits for the other).
 * Run by itself it is a command: `bun test/support/controlplane-build.ts`.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { holdBuildLock } from "./build-lock.ts";
import { type BuildProgress, startProgress } from "./build-progress.ts";

export const KUBERNETES_VERSION = "1.36.3";
const KWOK_VERSION = "v0.8.0";

/** Where the finished programs are; every path is absolute. */
export interface ControlPlanePrograms {
  /** One executable; the role is its first argument. */
  readonly controlPlane: string;
  /** A link to the same executable that acts as kubectl of the same version. */
  readonly kubectl: string;
  readonly kwok: string;
  /** kwok's stage files: nodes become ready, pods run at once, pods of Jobs complete. */
  readonly kwokStages: readonly string[];
}

export interface PrepareOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Takes what a person should see while it takes minutes. Default: standard error. */
  readonly print?: (text: string) => void;
}

const SOURCE_FOLDER = join(import.meta.dir, "..", "controlplane");
const STAGE_FOLDERS = ["node/fast", "node/heartbeat-with-lease", "pod/fast"];

/**
 * Makes sure that the programs exist and says where. About 5 minutes on two cores the first time,
 * nothing afterwards.
 * @throws Error when Go is not installed or the build fails; the message ends with the compiler's words.
 */
export async function prepareControlPlane(
  options: PrepareOptions = {},
): Promise<ControlPlanePrograms> {
  const { env = process.env, print = (text) => void process.stderr.write(text) } = options;
  const ready = findControlPlane(env);
  if (ready !== undefined) return ready;
  const cache = cacheFolder(env);
  await mkdir(cache, { recursive: true });
  await using _lock = await holdBuildLock(join(cache, "build.lock"), { print });
  if (!existsSync(controlPlaneFolder(env))) await buildControlPlane(env, print);
  if (!existsSync(kwokFolder(env))) await buildKwok(env, print);
  const built = findControlPlane(env);
  if (built === undefined) throw new Error(`Cannot find the programs just built in "${cache}"`);
  return built;
}

/** The programs when they were built before, else undefined. Starts nothing. */
export function findControlPlane(env: NodeJS.ProcessEnv): ControlPlanePrograms | undefined {
  const folder = controlPlaneFolder(env);
  const stages = join(kwokFolder(env), "stages");
  if (!existsSync(folder) || !existsSync(stages)) return undefined;
  return {
    controlPlane: join(folder, "controlplane"),
    kubectl: join(folder, "kubectl"),
    kwok: join(kwokFolder(env), "kwok"),
    kwokStages: readdirSync(stages)
      .sort()
      .map((name) => join(stages, name)),
  };
}

/** The user's cache, outside the work tree, so that a fresh checkout does not build again. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "orkestra-test");
}

function controlPlaneFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `controlplane-${KUBERNETES_VERSION}-${sourceHash()}`);
}

function kwokFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `kwok-${KWOK_VERSION}`);
}

/** Everything that decides what comes out of the build: go.mod, go.sum, the Go files, the platform. */
export function sourceHash(folder = SOURCE_FOLDER): string {
  const hash = createHash("sha256").update(`${process.platform}/${process.arch}\n`);
  for (const name of readdirSync(folder).sort()) {
    if (/^go\.|\.go$/.test(name)) hash.update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 16);
}

async function buildControlPlane(
  env: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<void> {
  using progress = startProgress(print, {
    title: `Building Kubernetes ${KUBERNETES_VERSION} for the tests: about 5 minutes the first time`,
    detail: `kept in ${controlPlaneFolder(env)}`,
  });
  await publish(controlPlaneFolder(env), async (draft) => {
    const packages = await go(["list", "-deps", "."], { env, cwd: SOURCE_FOLDER, progress });
    progress.expect(packages.split("\n").length);
    const out = join(draft, "controlplane");
    await go(["build", "-v", "-ldflags", linkerFlags(), "-o", out, "."], {
      env,
      cwd: SOURCE_FOLDER,
      progress,
    });
    await symlink("controlplane", join(draft, "kubectl"));
  });
  progress.done();
}

/** Without these the server calls itself v0.0.0 and kubectl warns about the skew. */
function linkerFlags(): string {
  const [major, minor] = KUBERNETES_VERSION.split(".");
  const settings = {
    "k8s.io/component-base/version.gitVersion": `v${KUBERNETES_VERSION}`,
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    "k8s.io/client-go/pkg/version.gitVersion": `v${KUBERNETES_VERSION}`,
  };
  const assignments = Object.entries(settings).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s -w", ...assignments].join(" ");
}

async function buildKwok(env: NodeJS.ProcessEnv, print: (text: string) => void): Promise<void> {
  using progress = startProgress(print, {
    title: `Building kwok ${KWOK_VERSION}, which plays the kubelets: about 1 minute`,
    detail: `kept in ${kwokFolder(env)}`,
  });
  await publish(kwokFolder(env), async (draft) => {
    const target = `sigs.k8s.io/kwok/cmd/kwok@${KWOK_VERSION}`;
    await go(["install", "-v", target], { env: { ...env, GOBIN: draft }, cwd: draft, progress });
    const modules = (await go(["env", "GOMODCACHE"], { env, cwd: draft, progress })).trim();
    const source = join(modules, "sigs.k8s.io", `kwok@${KWOK_VERSION}`, "kustomize", "stage");
    for (const folder of STAGE_FOLDERS) await copyStages(join(source, folder), draft);
  });
  progress.done();
}

async function copyStages(from: string, draft: string): Promise<void> {
  await mkdir(join(draft, "stages"), { recursive: true });
  for (const name of await readdir(from)) {
    if (!name.endsWith(".yaml") || name === "kustomization.yaml") continue;
    // The Go module cache is read-only; the copy must not be.
    await cp(join(from, name), join(draft, "stages", name), { mode: 0 });
  }
}

/** Fills a draft folder and moves it to its final name in one step: a folder is whole or absent. */
export async function publish(
  folder: string,
  fill: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = await mkdtemp(`${folder}.draft-`);
  try {
    await fill(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another build, on another machine with the same home, may have been first.
    if (!existsSync(folder)) throw error;
  }
}

export interface GoOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly progress: BuildProgress;
}

/** Runs the go command and returns its standard output. */
export async function go(args: readonly string[], options: GoOptions): Promise<string> {
  const path = Bun.which("go", { PATH: options.env["PATH"] ?? "" });
  if (path === null) {
    throw new Error(
      `Cannot build ${basename(options.cwd)}: "go" is not in PATH, expected Go 1.26 or newer (https://go.dev/dl)`,
    );
  }
  const child = Bun.spawn([path, ...args], {
    cwd: options.cwd,
    // No cgo: the same executable on every machine, without a C compiler.
    env: { ...options.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -trimpath", GOWORK: "off" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    readLines(child.stderr, (line) => options.progress.line(line)),
  ]);
  if ((await child.exited) !== 0) {
    throw new Error(`Cannot run "go ${args[0]}": it failed with\n${errors.slice(-15).join("\n")}`);
  }
  return output;
}

/** Hands every line to `see` and returns them all. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  see: (line: string) => void,
): Promise<string[]> {
  const lines: string[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) see(line);
    lines.push(...parts);
  }
  if (rest !== "") lines.push(rest);
  return lines;
}

if (import.meta.main) {
  const programs = await prepareControlPlane();
  console.log(JSON.stringify(programs, null, 2));
}
