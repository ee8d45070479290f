/**
 * C9, safe to load, for archives: the executable is given every hostile archive by the server that it would come
 * from: as an artifact, as a chart, as a commit of git. Each import is refused by its name, soon, in bounded
 * memory, and no file is written but below the cache.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { packManifest } from "../../src/source/oci/push.ts";
import { builtOrk } from "../support/built-ork.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { HOSTILE_ARCHIVES } from "../support/hostile-archives.ts";
import { HOSTILE_CHARTS } from "../support/hostile-charts.ts";
import { HOSTILE_PACKS } from "../support/hostile-packs.ts";
import { PackServer } from "../support/pack-server.ts";
import { outputOf } from "../support/process-output.ts";
import { rawTar } from "../support/raw-tar.ts";
import { komposerOf, Sources } from "./sources.ts";

const REGISTRY = "registry.example.io";
const CHARTS = "charts.example.io";
const GIT = "git.example.io";
const LAYER = "application/vnd.orkestra.document.content.v1.tar+gzip";
/** One start takes no more than a hundred imports. */
const AT_ONCE = 20;
/** Of the processor, for one archive, with its share of a start; a pack of the worst kind once took 48 s. */
const MAX_MS = 2_000;
/** Of a process that has so many of them at hand at the same time. */
const MAX_MB = 800;

/** One import, and what its message has to name. */
interface HostileImport {
  readonly kind: "files" | "helm" | "registry";
  readonly entry: object;
  readonly said: string;
}

describe("hostile archives", () => {
  let sources: Sources;
  let registry: FakeRegistry;
  let root: string;
  let work: string;
  const imports: HostileImport[] = [];

  beforeAll(async () => {
    sources = await Sources.open();
    root = join(sources.folder, "disk");
    // Deep enough for any name that leads out to stay where it is looked for.
    work = join(root, "a/b/c/d/e/f/work");
    await mkdir(work, { recursive: true });
    imports.push(...(await artifacts()), ...(await charts()), ...(await commits()));
  }, 60_000);
  afterAll(() => sources[Symbol.asyncDispose]());

  function addArtifact(repository: string, bytes: Uint8Array): void {
    const { manifest, blobs } = packManifest({ layers: [{ mediaType: LAYER, bytes }] });
    for (const blob of blobs) registry.addBlob(blob);
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    registry.addManifest(repository, "v1", { bytes: manifest, mediaType });
  }

  async function artifacts(): Promise<HostileImport[]> {
    registry = await FakeRegistry.start(sources.authority.issue([REGISTRY]));
    sources.own(registry);
    sources.place([REGISTRY], registry.server);
    return HOSTILE_ARCHIVES.map(([, make], index) => {
      addArtifact(`org/a${index}`, make());
      const said = `oci://${REGISTRY}/org/a${index}:v1`;
      return { kind: "registry", entry: { url: said }, said };
    });
  }

  async function charts(): Promise<HostileImport[]> {
    const archives = new Map<string, Uint8Array>();
    const all = [...HOSTILE_CHARTS, ...HOSTILE_ARCHIVES];
    for (const [index, [, make]] of all.entries()) archives.set(`/c${index}.tgz`, make());
    const entries = all.map((_, index) => [
      `c${index}`,
      [{ name: `c${index}`, version: "1.0.0", urls: [`c${index}.tgz`] }],
    ]);
    const index = JSON.stringify({ apiVersion: "v1", entries: Object.fromEntries(entries) });
    await sources.serve([CHARTS], ({ url = "" }, response) => {
      response.end(url === "/index.yaml" ? index : archives.get(url));
    });
    return all.map((_, chart) => ({
      kind: "helm",
      entry: { repo: `https://${CHARTS}`, chart: `c${chart}`, version: "1.0.0" },
      said: `${CHARTS}/c${chart}`,
    }));
  }

  async function commits(): Promise<HostileImport[]> {
    const server = await PackServer.start(sources.authority.issue([GIT]));
    sources.own(server);
    sources.place([GIT], server.web);
    return HOSTILE_PACKS.map(([, make], index) => {
      const { pack, commit } = make();
      server.packs.set(`p${index}`, pack);
      const url = `https://${GIT}/p${index}@${commit}`;
      return { kind: "registry", entry: { url }, said: `${GIT}/p${index}` };
    });
  }

  async function ork(args: readonly string[]) {
    const { executable } = await builtOrk();
    const home = join(root, "home");
    const env = { PATH: "/usr/bin:/bin", HOME: home, TMPDIR: join(root, "tmp") };
    const command = [executable, ...args, ...sources.flags];
    const child = Bun.spawn(command, { cwd: work, env, stdout: "pipe", stderr: "pipe" });
    let megabytes = 0;
    const watch = setInterval(() => {
      megabytes = peakMegabytes(child.pid) ?? megabytes;
    }, 20);
    const output = await outputOf(child);
    clearInterval(watch);
    const ms = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1_000;
    return { ...output, ms, megabytes };
  }

  /** Everything on the disk of the process, but for the cache, whose names are digests. */
  async function written(): Promise<readonly string[]> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((path) => !/^home\/\.cache\/orkestra\/sha256\/\w\w\/\w{64}$/.test(path));
  }

  test("each is refused by the name of its import, soon, and writes nothing", async () => {
    expect(HOSTILE_ARCHIVES.length).toBeGreaterThanOrEqual(80);
    expect(imports.length).toBeGreaterThanOrEqual(200);
    for (let first = 0; first < imports.length; first += AT_ONCE) {
      const some = imports.slice(first, first + AT_ONCE);
      const of = (kind: HostileImport["kind"]) =>
        some.filter((one) => one.kind === kind).map(({ entry }) => entry);
      const text = komposerOf({ helm: of("helm"), registry: of("registry") });
      const path = await sources.write("komposer.yaml", text);
      const { code, stderr, ms, megabytes } = await ork(["validate", "-f", path]);
      expect([3, 4]).toContain(code);
      for (const { said } of some) {
        expect(stderr).toMatch(new RegExp(`^error: Cannot .*${said}\\b`, "m"));
      }
      expect(ms).toBeLessThan(MAX_MS * some.length);
      expect(megabytes).toBeLessThan(MAX_MB);
    }
    expect(await written()).toEqual([]);
  }, 300_000);

  test("imports that are too much together are refused in bounded memory", async () => {
    const body = new Uint8Array(5 * 1024 * 1024);
    const zeros = Array.from({ length: 19 }, (_, index) => ({ name: `z${index}`, body }));
    const noise = { name: "noise", body: randomBytes(1024 * 1024) };
    const reference = (index: number) => `oci://${REGISTRY}/org/large${index}:v1`;
    const large = gzipSync(rawTar([noise, ...zeros]));
    for (let index = 0; index < 60; index++) addArtifact(`org/large${index}`, large);
    const registry = Array.from({ length: 60 }, (_, index) => ({ url: reference(index) }));
    const path = await sources.write("large.yaml", komposerOf({ registry }));
    const { code, stderr, megabytes } = await ork(["validate", "-f", path]);
    expect(code).toBe(4);
    expect(stderr).toContain("all imports together are more than 268435456 bytes unpacked");
    expect(megabytes).toBeLessThan(MAX_MB);
  }, 60_000);

  test("none is pulled, and nothing is written where they would lead", async () => {
    const all = HOSTILE_ARCHIVES.map((_, index) => `oci://${REGISTRY}/org/a${index}:v1`);
    for (let first = 0; first < all.length; first += 4) {
      const pulled = await Promise.all(
        all.slice(first, first + 4).map((reference) => ork(["pull", reference, "-d", "pulled"])),
      );
      for (const { code, ms } of pulled) {
        expect(code).toBe(4);
        expect(ms).toBeLessThan(MAX_MS);
      }
    }
    expect(await written()).toEqual([]);
  }, 300_000);
});

/** The most that it has had; what the kernel tells of a process that ended counts who started it, too. Linux only. */
function peakMegabytes(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}
