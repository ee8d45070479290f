/**
 * C5, deterministic: the same inputs give the same bytes and one config digest, whatever comes first over
 * the wire, and whatever the clock, the time zone, the locale and the folder are.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { mapParallel } from "../../src/std/parallel.ts";
import type { Shuffle, ShuffleJob } from "./shuffle-worker.ts";
import { chartOf, indexOf, katalogOf, komposerOf, Sources } from "./sources.ts";
import { SEED } from "./stage.ts";

/** Documents from one server; besides them there are a chart and two files. */
const IMPORTS = 6;
const ZONES = ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Europe/Berlin"];
const LOCALES = ["C", "tr_TR.UTF-8", "de_DE.UTF-8", "ar_EG.UTF-8", "ja_JP.UTF-8"];
const SHUFFLES = 200;
/** Processes at once. */
const LANES = 3;
const HOSTS = ["api.example.io", "charts.example.io"];

const GOOD = "https://api.example.io/good.yaml";

let sources: Sources;
/** By path: how long it takes to answer. */
const delays = new Map<string, number>();

beforeAll(async () => {
  sources = await Sources.open();
  await sources.serve(["api.example.io"], (request, response) => {
    const name = /^\/(\w+)\.yaml/.exec(request.url ?? "")?.[1] ?? "";
    const katalog = katalogOf(name).replace("spec:", `security: { tls: { by: ${name} } }\nspec:`);
    setTimeout(() => response.end(katalog), delays.get(request.url ?? "") ?? 0);
  });
  const chart = await chartOf("platform", "1.0.0");
  await sources.serve(["charts.example.io"], (request, response) => {
    response.end(request.url?.endsWith(".tgz") ? chart : indexOf("platform", "1.0.0", chart));
  });
});
afterAll(() => sources[Symbol.asyncDispose]());

test("arrival order, time zone, locale and folder give one digest", async () => {
  const urls = Array.from({ length: IMPORTS }, (_, index) => `/k${index}.yaml`);
  const text = komposerOf({
    files: [...urls.map((url) => `https://api.example.io${url}`), "local/*.yaml"],
    helm: [{ repo: "https://charts.example.io", chart: "platform", values: { workers: 3 } }],
  });
  await sources.write("komposer.yaml", text);
  await Bun.write(join(sources.folder, "local/b.yaml"), katalogOf("b"));
  await Bun.write(join(sources.folder, "local/a.yaml"), katalogOf("a"));
  const home = await mkdtemp(join(tmpdir(), "ork-deterministic-"));
  const random = fc.sample(
    fc.record({
      delays: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: IMPORTS, maxLength: IMPORTS }),
      zone: fc.constantFrom(...ZONES),
      isElsewhere: fc.boolean(),
    }),
    { numRuns: SHUFFLES, seed: SEED },
  );
  const shuffles = await mapParallel(random, 8, async ({ isElsewhere, ...rest }, index) => {
    const folder = isElsewhere ? join(home, `copy-${index}`) : sources.folder;
    if (isElsewhere) await cp(sources.folder, folder, { recursive: true });
    return { ...rest, path: join(folder, "komposer.yaml") };
  });
  const beginMs = performance.now();
  const found = await mapParallel(LOCALES, LANES, (locale, lane) => {
    return workIn(
      locale,
      shuffles.filter((_, index) => index % LOCALES.length === lane),
    );
  });
  const seconds = ((performance.now() - beginMs) / 1_000).toFixed(1);
  console.info(`${found.flat().length} shuffles in ${seconds} s`);
  expect(found.flat()).toHaveLength(SHUFFLES);
  const [only, ...others] = new Set(found.flat());
  expect(others).toEqual([]);
  await rm(home, { recursive: true });

  // What is built gives the same, in each locale and zone.
  const places = LOCALES.flatMap((locale, index) => ({ locale, zone: ZONES[index] ?? "UTC" }));
  const printed = await mapParallel(places, LANES, ({ locale, zone }) => {
    const env = { TZ: zone, LANG: locale, LC_ALL: locale };
    return sources.ork(["template"], { text, env });
  });
  const [digest] = JSON.parse(only ?? "[]") as readonly string[];
  for (const { stdout } of printed) expect(stdout.split("\n", 1)).toEqual([`# ${digest}`]);
  expect(new Set(printed.map(({ stdout }) => stdout)).size).toBe(1);
}, 120_000);

/** What each shuffle gave in a process of this locale. */
async function workIn(locale: string, shuffles: readonly Shuffle[]): Promise<readonly string[]> {
  const ports = Object.fromEntries(HOSTS.map((host) => [host, sources.placeOf(host).port]));
  const job: ShuffleJob = { authority: sources.authority.cert, ports, shuffles };
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "shuffle-worker.ts")], {
    env: { ...process.env, LANG: locale, LC_ALL: locale },
    stdin: new Blob([JSON.stringify(job)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  expect(await child.exited).toBe(0);
  return lines;
}

test("a chart that makes another Katalog each time is refused", async () => {
  const katalog = katalogOf("chance").replace("name: chance,", "name: 'c{{ randAlphaNum 8 }}',");
  const chart = await chartOf("chance", "1.0.0", katalog);
  await sources.serve(["chance.example.io"], (request, response) => {
    response.end(request.url?.endsWith(".tgz") ? chart : indexOf("chance", "1.0.0", chart));
  });
  const helm = [{ repo: "https://chance.example.io", chart: "chance", version: "1.0.0" }];
  const { code, stderr } = await sources.ork(["validate"], { text: komposerOf({ helm }) });
  expect(code).not.toBe(0);
  expect(stderr).toContain("its Katalog is another one each time");
  expect(stderr).toContain("randAlphaNum");
});

test("fifty imports of 200 ms each take no more than 1.5 s", async () => {
  const files = Array.from({ length: 50 }, (_, index) => `https://api.example.io/s${index}.yaml`);
  for (const url of files) delays.set(new URL(url).pathname, 200);
  const text = komposerOf({ files });
  // The first builds what is stale.
  await msOf(komposerOf({ files: [GOOD] }));
  const alone = await msOf(komposerOf({ files: [GOOD] }));
  const ms = (await msOf(text)) - alone;
  console.info(
    `50 imports of 200 ms each: ${Math.round(ms)} ms beyond the ${Math.round(alone)} ms of one`,
  );
  expect(ms).toBeLessThan(1_500);
});

async function msOf(text: string): Promise<number> {
  const begin = performance.now();
  const { code } = await sources.ork(["validate"], { text });
  expect(code).toBe(0);
  return performance.now() - begin;
}
