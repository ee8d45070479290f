/** Hooks in all three artefacts: from the sources, as an executable, and as the file that Deno runs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtOrk, ON_DENO, ROOT } from "../support/built-ork.ts";
import { eventually } from "../support/eventually.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

const BUN = join(ROOT, "node_modules/.bin/bun");
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  "dist/ork": [join(ROOT, "dist/ork")],
  "deno run -A dist/ork.js": ON_DENO,
  "bun src/main.ts": [BUN, join(ROOT, "src/main.ts")],
};
const NAMES = Object.keys(PROGRAMS);
const TIMEOUT_MS = 60_000;

let folder: string;
beforeAll(async () => {
  await builtOrk();
  folder = await mkdtemp(join(tmpdir(), "orkestra-hooks-"));
  await cp(join(ROOT, "examples/database"), folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hookFile = (text: string) => writeFile(join(folder, "hooks/database.ts"), text);
const original = () => readFile(join(ROOT, "examples/database/hooks/database.ts"), "utf8");

interface Fault {
  readonly text: string;
  /** Line and column, where all runtimes agree on the column. */
  readonly place: string;
  readonly message: RegExp;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "does not compile": {
    text: "export default {\n  onReconcile( { return 1; },\n};\n",
    place: "hooks/database.ts:2:25",
    message: /Cannot load "hooks\/database.ts": .*Expected/,
  },
  "throws on import": {
    text: 'interface A { b: number }\nconst f = (): A => {\n  throw new Error("no luck");\n};\nf();\nexport default { onReconcile() {} };\n',
    place: "hooks/database.ts:3:",
    message: /Cannot load "hooks\/database.ts": no luck/,
  },
  "reads a constant that is not there": {
    text: "const x: any = undefined;\nexport const y = x.foo;\nexport default { onReconcile() {} };\n",
    place: "hooks/database.ts:2:",
    message: /Cannot load "hooks\/database.ts": .*undefined/,
  },
  "throws in an import of its own": {
    text: 'import "./broken.ts";\nexport default { onReconcile() {} };\n',
    place: "hooks/broken.ts:2:",
    message: /Cannot load "hooks\/database.ts": broken/,
  },
  "asks for an export that is not there": {
    text: 'import { nothing } from "./settings.ts";\nexport default { onReconcile: () => nothing };\n',
    place: "hooks/database.ts:1:10",
    message: /nothing/,
  },
  "exports nothing": {
    text: "export const onReconcile = 1;\n",
    place: "hooks/database.ts:1:1",
    message: /it has no default export/,
  },
  "exports a misspelt handler": {
    text: "export default {\n  onReconcil() {},\n};\n",
    place: "hooks/database.ts:2:3",
    message: /"onReconcil" is no handler[\s\S]*Did you mean "onReconcile"\?/,
  },
  "exits on import": {
    text: "process.exit(0);\nexport default { onReconcile() {} };\n",
    place: "hooks/database.ts:1:1",
    message: /it exited with code 0/,
  },
  "imports a file that is not there": {
    text: 'import { a } from "./setings.ts";\nexport default { onReconcile: () => a };\n',
    place: "hooks/database.ts:1:19",
    message: /there is no such file[\s\S]*Did you mean "settings.ts"\?/,
  },
  "imports a package": {
    text: 'import zod from "zod";\nexport default { onReconcile: () => zod };\n',
    place: "hooks/database.ts:1:17",
    message: /Cannot import "zod"/,
  },
};

describe.each(NAMES)("hooks by %s", (name) => {
  const program = PROGRAMS[name] ?? [];

  test.each(Object.keys(FAULTS))(
    "a module that %s stops the start, with its place",
    async (title) => {
      const { text, place, message } = FAULTS[title]!;
      await writeFile(
        join(folder, "hooks/broken.ts"),
        'const a = 1;\nif (a) throw new Error("broken");\n',
      );
      await hookFile(text);
      const args = ["run", "-f", ".", "--sandbox", "--listen", "127.0.0.1:0"];
      const { code, stderr } = await orkOnce(args, { program, cwd: folder });
      expect(stderr).toContain(place);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain("Created CRD");
      expect(code).toBe(3);
    },
    TIMEOUT_MS,
  );

  test(
    "a module gets no gigabyte in one block, no secrets of the environment, and the processor last",
    async () => {
      await hookFile(await readFile(join(ROOT, "test/e2e/fixtures/confined-hook.ts"), "utf8"));
      const env = { SECRET_TOKEN: "secret", ORK_HOOK_SHOWN: "yes" };
      const options = { program, cwd: folder, env };
      const { code, stderr } = await orkOnce(["validate", "-f", "."], options);
      expect(stderr).toBe("");
      expect(code).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "the example makes its objects, follows edits and cleans up",
    async () => {
      await hookFile(await original());
      const kubeconfig = join(folder, "kubeconfig");
      const args = ["run", "-f", ".", "--sandbox", "--sandbox-kubeconfig", kubeconfig];
      const listen = ["--listen", "127.0.0.1:0", "--log-format", "json"];
      await using ork = await OrkProcess.start([...args, ...listen], { program, cwd: folder });
      await ork.untilReady();
      const api = await clusterOf(kubeconfig);
      const path = "/apis/data.orkestra.dev/v1/namespaces/default/databases";
      const spec = { memory: "2Gi" };
      const object = {
        apiVersion: "data.orkestra.dev/v1",
        kind: "Database",
        metadata: { name: "a" },
        spec,
      };
      await api("POST", path, object);
      const buffers = async () => (await api("GET", `${path}/a`)).status?.settings?.shared_buffers;
      await eventually("settings are computed", async () => (await buffers()) === "512MB");
      await api("PATCH", `${path}/a`, { spec: { memory: "4Gi" } });
      await eventually("settings follow", async () => (await buffers()) === "1024MB");
      await api("PATCH", `${path}/a`, { spec: { memory: "little" } });
      const said = async () =>
        (await api("GET", `${path}/a`)).status.conditions.find(
          ({ type }: { type: string }) => type === "Ready",
        ).message;
      await eventually("the error is told", async () =>
        /^Hook onReconcile failed: Cannot size .* \(hooks\/settings\.ts:12:\d+\)$/.test(
          await said(),
        ),
      );
      await api("DELETE", `${path}/a`);
      const gone = async () => (await api("GET", `${path}/a`)).code === 404;
      await eventually("it is gone", gone);
      const claims = await api("GET", "/api/v1/namespaces/default/persistentvolumeclaims");
      expect(claims.items).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

test("what is written beside the Katalog after the start is not run", async () => {
  await hookFile(await original());
  const kubeconfig = join(folder, "kubeconfig");
  const args = ["run", "-f", ".", "--sandbox", "--sandbox-kubeconfig", kubeconfig];
  const listen = ["--listen", "127.0.0.1:0", "--log-format", "json"];
  await using ork = await OrkProcess.start([...args, ...listen], { cwd: folder });
  await ork.untilReady();
  await hookFile("export default { onReconcile: () => ({ status: { settings: 'new' } }) };");
  const api = await clusterOf(kubeconfig);
  const path = "/apis/data.orkestra.dev/v1/namespaces/default/databases";
  const apiVersion = "data.orkestra.dev/v1";
  const metadata = { name: "b" };
  await api("POST", path, { apiVersion, kind: "Database", metadata, spec: { memory: "2Gi" } });
  const settings = async () => (await api("GET", `${path}/b`)).status?.settings;
  await eventually("settings are computed", async () => (await settings()) !== undefined);
  expect(await settings()).toMatchObject({ shared_buffers: "512MB" });
}, 60_000);

test("the types that ork writes fit the example", async () => {
  const place = join(folder, "types");
  await mkdir(place, { recursive: true });
  await cp(join(ROOT, "examples/database/hooks"), join(place, "hooks"), { recursive: true });
  await orkOnce(["types", "--write", "orkestra-hooks.d.ts"], { cwd: place });
  const compilerOptions = {
    target: "ESNext",
    module: "Preserve",
    moduleResolution: "bundler",
    strict: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
  };
  const config = JSON.stringify({ compilerOptions, include: ["."] });
  await writeFile(join(place, "tsconfig.json"), config);
  const check = () => Bun.spawnSync([join(ROOT, "node_modules/.bin/tsc"), "-p", place]);
  const { exitCode, stdout } = check();
  expect(stdout.toString()).toBe("");
  expect(exitCode).toBe(0);
  // And they can say no.
  const text = (await original()).replace("onReconcile(", "onReconcil(");
  await writeFile(join(place, "hooks/database.ts"), text);
  expect(check().stdout.toString()).toContain("onReconcil");
}, 60_000);

test.each(NAMES)(
  "%s finds hooks in a ConfigMap as kubelet mounts it",
  async (name) => {
    const mount = join(folder, "mount");
    const files = join(mount, "..2026_01_01");
    await rm(mount, { recursive: true, force: true });
    await cp(join(ROOT, "examples/database"), files, { recursive: true });
    await symlink("..2026_01_01", join(mount, "..data"));
    for (const entry of ["katalog.yaml", "crd.yaml", "database.yaml", "hooks"]) {
      await symlink(join("..data", entry), join(mount, entry));
    }
    const program = PROGRAMS[name] ?? [];
    const result = await orkOnce(["validate", "-f", mount], { program });
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining("Katalog valid") });
  },
  30_000,
);

// biome-ignore lint/suspicious/noExplicitAny: answers of an API server, as they come.
type Answer = any;

async function clusterOf(kubeconfig: string) {
  const text = await readFile(kubeconfig, "utf8");
  const [, server = ""] = /"server": "([^"]+)"/.exec(text) ?? [];
  return async (method: string, path: string, body?: object): Promise<Answer> => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const response = await fetch(`${server}${path}`, {
      method,
      ...(body && { headers: { "content-type": type }, body: JSON.stringify(body) }),
    });
    return response.json();
  };
}
