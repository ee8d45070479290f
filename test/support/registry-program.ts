/**
 * The registry program of the CNCF distribution project, as Debian packages it: the real thing that the
 * tests of artifacts speak to. Installed here where that is allowed (root, apt); else the tests are
 * skipped loudly, and with `CI=true` they fail.
 */
import { spawnSync } from "node:child_process";

export type RegistryProgram =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "none"; readonly why: string };

let found: RegistryProgram | undefined;

export function registryProgram(): RegistryProgram {
  found ??= find() ?? install();
  return found;
}

/** Without one these tests cannot be; in CI they must. `what` is not tested then. */
export function hasRegistry(what: string): boolean {
  const program = registryProgram();
  if (program.kind === "found") return true;
  if (process.env["CI"] === "true") throw new Error(program.why);
  console.warn(`SKIPPED: ${program.why}, so ${what}`);
  return false;
}

function find(): RegistryProgram | undefined {
  const own = process.env["ORK_TEST_REGISTRY"];
  for (const path of own ? [own] : ["docker-registry", "registry"]) {
    const { stdout, status } = spawnSync(path, ["--version"], { encoding: "utf8" });
    if (status === 0 && stdout.includes("distribution")) return { kind: "found", path };
  }
  return undefined;
}

function install(): RegistryProgram {
  const hint =
    "install Debian's docker-registry, or name a registry program with ORK_TEST_REGISTRY";
  if (process.getuid?.() !== 0)
    return { kind: "none", why: `no docker-registry, and not root: ${hint}` };
  console.error("Installing docker-registry (Debian) for the tests of artifacts …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (args: readonly string[]) =>
    spawnSync("apt-get", [...args], { env, timeout: 240_000 });
  const args = ["install", "-y", "--no-install-recommends", "docker-registry"];
  if (run(args).status !== 0) {
    run(["update"]);
    run(args);
  }
  return find() ?? { kind: "none", why: `apt-get could not install docker-registry: ${hint}` };
}
