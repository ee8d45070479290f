/**
 * What `npm run build` makes, as it is shipped: sealed against the folder that it is started in, at home
 * in a distroless container, the same on Bun and Deno, and a plugin of kubectl.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { builtOrk, ON_DENO, ROOT } from "../support/built-ork.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { sharedLibraries } from "../support/elf-needed.ts";
import { NamespacedObjects } from "../support/namespaced-objects.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";
import { outputOf } from "../support/process-output.ts";

/** What `gcr.io/distroless/cc` has, beside the C library's own. */
const DISTROLESS_CC = [
  "ld-linux-x86-64.so.2",
  "ld-linux-aarch64.so.1",
  "libc.so.6",
  "libm.so.6",
  "libpthread.so.0",
  "libdl.so.2",
  "libgcc_s.so.1",
  "libstdc++.so.6",
];
const NOBODY = 65_532;
const BUN = process.execPath;
/** Not the link in `.bin`: that is a small program which starts this one, and takes the signals. */

/** The three ways to start ork. */
async function programs(): Promise<Readonly<Record<string, readonly string[]>>> {
  const { executable, bundle } = await builtOrk();
  return {
    "dist/ork": [executable],
    "deno run -A dist/ork.js": ON_DENO,
    "bun dist/ork.js": [BUN, bundle],
  };
}

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ork-artefacts-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe("the executable, started in a folder full of traps", () => {
  let folder: string;
  beforeAll(async () => {
    folder = join(scratch, "traps");
    await mkdir(folder);
    const evil = 'console.log("EVIL");\nprocess.exit(99);\n';
    await writeFile(join(folder, "evil.ts"), evil);
    await writeFile(join(folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    await writeFile(
      join(folder, ".env"),
      "ORK_OUTPUT=evil\nORK_LOG_FORMAT=evil\nBUN_OPTIONS=--preload=./evil.ts\n",
    );
    await writeFile(
      join(folder, "package.json"),
      '{ "type": "commonjs", "imports": { "#x": "./evil.ts" }, ',
    );
    await writeFile(
      join(folder, "tsconfig.json"),
      '{ "compilerOptions": { "paths": { "*": ["./evil.ts"] } }, ',
    );
  });

  test("reads none of them", async () => {
    const { executable } = await builtOrk();
    const { code, stdout, stderr } = await orkOnce(["version"], {
      cwd: folder,
      program: [executable],
    });
    expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: "" });
    expect(stdout).toMatch(/^ork \d+\.\d+\.\d+ \(bun /);
    const website = join(ROOT, "examples/website");
    const valid = await orkOnce(["validate", "-f", website], { cwd: folder });
    expect({ code: valid.code, stderr: valid.stderr }).toEqual({ code: EXIT.ok, stderr: "" });
  });

  test("while plain Bun would have run into them", async () => {
    const { bundle } = await builtOrk();
    const { code, stdout } = await orkOnce(["version"], { cwd: folder, program: [BUN, bundle] });
    expect({ code, stdout }).toEqual({ code: 99, stdout: "EVIL\n" });
  });
});

test("the executable needs only libraries that distroless/cc has", async () => {
  const { executable } = await builtOrk();
  const names = sharedLibraries(executable).map((path) => basename(path));
  expect(names.length).toBeGreaterThan(1);
  expect(names.filter((name) => !DISTROLESS_CC.includes(name))).toEqual([]);
});

describeWithCluster("the executable, alone with its libraries on a read-only disk", {
  needs: ["pods"],
  tests(cluster) {
    const obstacle = containerObstacle();
    if (obstacle !== undefined)
      console.error(`\n*** SKIPPED, no container to run in: ${obstacle}\n`);

    test.skipIf(obstacle !== undefined)("serves as a user without rights", async () => {
      const root = join(scratch, "root");
      await fillRoot(root, cluster());
      const inContainer = ["unshare", "-m", "sh", "-c", CONTAINER, root, "/ork"];
      const objects = new NamespacedObjects(cluster(), await cluster().newNamespace("distroless"));
      await using ork = await OrkProcess.serve(["-f", "/katalog", "--kubeconfig", "/kubeconfig"], {
        program: inContainer,
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/" },
      });
      const status = await Bun.file(`/proc/${ork.pid}/status`).text();
      expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe(String(NOBODY));
      await liveOfAWebsite(objects);
      expect(await ork.stop()).toBe(EXIT.ok);
    });
  },
});

describe("the package for tests of hooks, installed by its path in an empty folder", () => {
  const DENO = ON_DENO[0] ?? "";
  let folder: string;
  beforeAll(async () => {
    const { hooksPackage } = await builtOrk();
    folder = join(scratch, "author");
    await mkdir(folder);
    // The first one reads npm's own files.
    const npm = ["npm", "install", "--offline", "--no-audit", "--no-fund", hooksPackage];
    const { code, stderr } = await outputOf(Bun.spawn(npm, { ...PIPED, cwd: folder }));
    if (code !== 0) throw new Error(`Cannot install the package: ${stderr}`);
    await writeFile(join(folder, "hook.mjs"), HOOK);
    await writeFile(join(folder, "hook.test.mjs"), HOOK_TEST);
    await writeFile(join(folder, "typed.ts"), TYPED);
  }, 30_000);

  test.each([
    ["node --test", ["node", "--test"]],
    ["bun test", [BUN, "test"]],
    ["deno test", [DENO, "test", "--allow-all", "--no-check", "hook.test.mjs"]],
  ])("%s runs a hook", async (_, command) => {
    const { code, stdout, stderr } = await outputOf(Bun.spawn(command, { ...PIPED, cwd: folder }));
    expect({ code, output: stdout + stderr }).toMatchObject({ code: 0 });
    expect(stdout + stderr).toMatch(/\b1 pass(ed)?\b|# pass 1\b/);
  });

  test("its types are those of the hooks: what is wrong is found", async () => {
    const tsc = [join(ROOT, "node_modules/.bin/tsc"), "--noEmit", "--strict"];
    const options = ["--module", "nodenext", "--lib", "esnext,dom", "typed.ts"];
    const { stdout } = await outputOf(Bun.spawn([...tsc, ...options], { ...PIPED, cwd: folder }));
    expect(stdout.split("\n").filter((line) => line.includes("error"))).toEqual([
      expect.stringMatching(/^typed\.ts\(9,7\): error TS2322/),
    ]);
  });
});

const PIPED = { stdout: "pipe", stderr: "pipe" } as const;

const HOOK = `export default {
  async onReconcile({ object, kube }) {
    const metadata = { name: object.metadata.name };
    await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: object.spec });
    return { status: { isMade: true } };
  },
};
`;

const HOOK_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { runHook } from "orkestra/hooks";
import hooks from "./hook.mjs";

test("a thing gets its map", async () => {
  const { status, objects } = await runHook(hooks, {
    object: { apiVersion: "x.test/v1", kind: "Thing", metadata: { name: "a" }, spec: { b: "c" } },
    managedResources: [{ apiVersion: "v1", kind: "ConfigMap" }],
  });
  assert.deepEqual(status, { isMade: true });
  assert.deepEqual(objects[0].data, { b: "c" });
});
`;

const TYPED = `import { type Hooks, runHook } from "orkestra/hooks";

const hooks: Hooks<{ readonly to: string }> = {
  onReconcile: ({ object }) => ({ status: { said: object.spec.to.length } }),
};
const object = { apiVersion: "x.test/v1", kind: "Thing", metadata: { name: "a" }, spec: { to: "b" } };
const run = runHook(hooks, { object, managedResources: [] });
export const kinds: Promise<string[]> = run.then(({ objects }) => objects.map(({ kind }) => kind));
const wrong: Promise<string> = run;
export const used = wrong;
`;

describe("the bundle, on Deno and on Bun", () => {
  const commandLines = [
    ...["website", "fleet", "platform", "monitoring", "tenant"].flatMap((name) => [
      ["validate", "-f", `examples/${name}`],
      ["template", "-f", `examples/${name}`],
      ["template", "-f", `examples/${name}`, "-o", "json"],
    ]),
    ["validate", "-f", "test/e2e/fixtures/bad-input/everything.yaml"],
    ["validate", "-f", "test/e2e/fixtures/bad-input/everything.yaml", "-o", "json"],
    ["validate", "-f", "test/e2e/fixtures/bad-input/broken-yaml.yaml"],
    ["validate", "-f", "test/e2e/fixtures/bad-input/unknown-path.yaml", "--strict"],
    ["completion", "bash"],
    ["--help"],
    ["vresion"],
  ];

  test.each(["deno run -A dist/ork.js", "bun dist/ork.js"])(
    "%s says what the executable says, with the same exit codes",
    async (name) => {
      const program = (await programs())[name] ?? [];
      for (const args of commandLines) {
        const [expected, actual] = await Promise.all([orkOnce(args), orkOnce(args, { program })]);
        expect({ args, ...actual }).toEqual({ args, ...expected });
      }
    },
    60_000,
  );

  test("deno run without -A says what to do, and shows no stack", async () => {
    for (const rights of [[], ["--allow-env", "--allow-sys"]]) {
      const program = [
        ON_DENO[0] ?? "",
        "run",
        "--no-prompt",
        ...rights,
        join(ROOT, "dist/ork.js"),
      ];
      const args = ["validate", "-f", "examples/website"];
      const { code, stderr } = await orkOnce(args, { program });
      expect({ rights, code }).toEqual({ rights, code: EXIT.operational });
      expect(stderr).toContain('start it with -A, as in "deno run -A dist/ork.js"');
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });

  test.each(["dist/ork", "deno run -A dist/ork.js", "bun dist/ork.js"])(
    "%s knows its version",
    async (name) => {
      const { version } = await Bun.file(join(ROOT, "package.json")).json();
      const program = (await programs())[name] ?? [];
      const { code, stdout } = await orkOnce(["version", "-o", "json"], { program });
      expect(code).toBe(EXIT.ok);
      const runtime = expect.stringMatching(name.startsWith("deno") ? /^deno \d/ : /^bun \d/);
      expect(JSON.parse(stdout)).toMatchObject({ version, runtime });
    },
  );
});

describeWithCluster("on a real cluster", {
  needs: ["pods"],
  tests(cluster) {
    test.each(["deno run -A dist/ork.js", "bun dist/ork.js", "dist/ork"])(
      "%s serves the example of a Website",
      async (name) => {
        const program = (await programs())[name] ?? [];
        const objects = new NamespacedObjects(cluster(), await cluster().newNamespace("artefact"));
        const args = ["-f", "examples/website", "--kubeconfig", cluster().kubeconfig("operator")];
        await using ork = await OrkProcess.serve(args, { program });
        await liveOfAWebsite(objects);
        expect(ork.log.filter(({ level }) => level === "error")).toEqual([]);
        expect(await ork.stop()).toBe(EXIT.ok);
      },
    );

    test.each(["deno run -A dist/ork.js", "dist/ork"])(
      "%s serves on when nobody reads its log any more, and still ends when told to",
      async (name) => {
        const program = (await programs())[name] ?? [];
        const objects = new NamespacedObjects(cluster(), await cluster().newNamespace("deaf"));
        const kubeconfig = cluster().kubeconfig("operator");
        const args = ["-f", "examples/website", "--kubeconfig", kubeconfig, "--log-level", "debug"];
        await using ork = await OrkProcess.serve(args, { program });
        ork.stopReading();
        // A conflict makes it speak, and again: the first line closes the pipe, the second breaks on it.
        await objects.create("ConfigMap", "hello-content", { data: {} });
        await objects.create("Website", "hello", { spec: { title: "Hello" } });
        await objects.untilThere("Deployment/hello");
        await objects.create("ConfigMap", "again-content", { data: {} });
        await objects.create("Website", "again", { spec: { title: "Again" } });
        await objects.untilThere("Deployment/again");
        await objects.delete("Website/hello");
        await objects.delete("Website/again");
        await objects.untilGone("Website/hello");
        await objects.untilGone("Website/again");
        expect((await ork.view("/ready")).status).toBe(200);
        expect(await ork.stop()).toBe(EXIT.ok);
        expect(ork.stderr).not.toContain("Stopping");
      },
    );

    test("kubectl finds it as its plugin, and it calls itself so", async () => {
      const { plugin } = await builtOrk();
      const env = { ...process.env, PATH: `${dirname(plugin)}:${process.env["PATH"]}` };
      const run = async (args: readonly string[]) => {
        const child = Bun.spawn([cluster().kubectlPath, "orkestra", ...args], {
          env,
          cwd: ROOT,
          stdout: "pipe",
          stderr: "pipe",
        });
        return await outputOf(child);
      };
      const help = await run(["--help"]);
      expect(help).toMatchObject({ code: EXIT.ok, stderr: "" });
      expect(help.stdout).toContain("$ kubectl orkestra <command> [options]");
      const valid = await run(["validate", "-f", "examples/website"]);
      expect(valid.stdout).toStartWith("Katalog valid: website-operator");
      const wrong = await run(["validate", "-f", "test/e2e/fixtures/bad-input/everything.yaml"]);
      expect(wrong.code).toBe(EXIT.issues);
      const kubeconfig = cluster().kubeconfig("operator");
      const got = await run([
        "get",
        "-f",
        "examples/website",
        "--kubeconfig",
        kubeconfig,
        "-n",
        "default",
      ]);
      expect(got.code).toBe(EXIT.ok);
    });
  },
});

/** Created, ready, deleted. */
async function liveOfAWebsite(objects: NamespacedObjects): Promise<void> {
  await objects.create("Website", "hello", { spec: { title: "Hello", host: "hello.example.com" } });
  const { status } = await objects.untilReady("Website/hello");
  expect(status).toMatchObject({ phase: "Running", replicas: 2, url: "http://hello.example.com" });
  for (const ref of [
    "Deployment/hello",
    "Service/hello",
    "Ingress/hello",
    "ConfigMap/hello-content",
  ] as const) {
    await objects.get(ref);
  }
  await objects.delete("Website/hello");
  await objects.untilGone("Website/hello");
}

/** A mount namespace of its own: the folder read-only as root, `/proc` as in any container, no rights. */
const CONTAINER = `set -e
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount -o remount,ro,bind "$0"
exec chroot --userspec=${NOBODY}:${NOBODY} "$0" "$@"`;

function containerObstacle(): string | undefined {
  if (process.platform !== "linux") return "not Linux";
  if (process.getuid?.() !== 0) return "not root";
  const { exitCode } = Bun.spawnSync(["unshare", "-m", "mount", "-t", "proc", "proc", "/proc"]);
  return exitCode === 0 ? undefined : "this root may not mount";
}

/** The executable, the libraries that it names, a Katalog, a kubeconfig; nothing else. */
async function fillRoot(root: string, cluster: Cluster): Promise<void> {
  const { executable } = await builtOrk();
  await mkdir(join(root, "proc"), { recursive: true });
  await cp(executable, join(root, "ork"));
  const { stdout } = Bun.spawnSync(["ldd", executable]);
  for (const name of sharedLibraries(executable)) {
    const path = [...stdout.toString().matchAll(/(\/\S+)/g)]
      .map(([, found = ""]) => found)
      .find((found) => basename(found) === basename(name));
    if (path === undefined) throw new Error(`Cannot find ${name} on this machine`);
    await mkdir(join(root, dirname(path)), { recursive: true });
    await cp(path, join(root, path), { dereference: true });
  }
  await cp(join(ROOT, "examples/website"), join(root, "katalog"), { recursive: true });
  await cp(cluster.kubeconfig("operator"), join(root, "kubeconfig"));
  Bun.spawnSync(["chmod", "-R", "a+rX", root]);
  Bun.spawnSync(["chmod", "a+r", join(root, "kubeconfig")]);
}
