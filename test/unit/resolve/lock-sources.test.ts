import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createLock, type LockEntry } from "../../../src/resolve/lock.ts";
import { type LockPolicy, lockSources } from "../../../src/resolve/lock-sources.ts";
import type { Bundle } from "../../../src/source/bundle.ts";
import { packBundle } from "../../../src/source/bundle-pack.ts";
import type { ContentCache } from "../../../src/source/cache.ts";
import type { BundleReference, SignatureRule } from "../../../src/source/reference.ts";
import { content, type Sources } from "../../../src/source/source.ts";

const URL_NAME = "https://a.example.io/k.yaml";
const url = { location: "https://a.example.io/k.yaml?token=1", name: URL_NAME };
const artifact: BundleReference = {
  kind: "artifact",
  location: "oci://b.example.io/p:v1",
  name: "oci://b.example.io/p:v1",
};
const chart: BundleReference = {
  kind: "chart",
  location: "https://charts.example.io",
  name: "https://charts.example.io",
  chart: "web",
  version: "^1.2",
};
const git: BundleReference = {
  kind: "git",
  location: "https://git.example.io/p",
  name: "https://git.example.io/p@main",
  ref: "main",
};

/** A world whose contents a test changes. */
class World implements Sources {
  readonly files = {} as Sources["files"];
  text = "kind: Katalog";
  file = "one";
  versions = ["1.4.0"];
  readonly asked: string[] = [];

  async read(reference: Parameters<Sources["read"]>[0]) {
    this.asked.push(reference.location);
    return content(reference, new TextEncoder().encode(this.text));
  }

  async fetch(reference: BundleReference): Promise<Bundle> {
    const version = reference.kind === "chart" ? reference.version : undefined;
    const found = version === "^1.2" ? this.versions.at(-1) : version;
    this.asked.push(`${reference.location} ${found ?? ""}`.trim());
    const bytes = new TextEncoder().encode(`${this.file} ${found}`);
    const digest = sha256(bytes);
    const origin = reference.name;
    const files = new Map([["katalog.yaml", bytes]]);
    return { origin, digest, files, ...(found !== undefined && { version: found }) };
  }
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function memoryCache(): ContentCache & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    get: async (digest) => kept.get(digest),
    async put(bytes) {
      kept.set(sha256(bytes), bytes);
      return sha256(bytes);
    },
  };
}

const free: LockPolicy = { isRequired: false, isOffline: false, isRenewed: () => false };

/** The lock of a world as it is. */
async function lockOf(world: World, cache?: ContentCache) {
  const sources = lockSources(world, { ...free, cache, isRenewed: () => true });
  await sources.read(url);
  await sources.fetch(artifact);
  await sources.fetch(chart);
  return createLock(sources.seen);
}

describe("lockSources()", () => {
  test("notes what was read, with nothing secret", async () => {
    const { entries } = await lockOf(new World());
    expect(
      entries.map(({ kind, reference, version, asked }) => [kind, reference, version, asked]),
    ).toEqual([
      ["artifact", "oci://b.example.io/p:v1", undefined, undefined],
      ["chart", "https://charts.example.io", "1.4.0", "^1.2"],
      ["url", URL_NAME, undefined, undefined],
    ]);
    expect(JSON.stringify(entries)).not.toContain("token");
  });

  test("lets what is as it was through", async () => {
    const world = new World();
    const sources = lockSources(world, { ...free, lock: await lockOf(world), isRequired: true });
    expect((await sources.read(url)).text).toBe("kind: Katalog");
    expect((await sources.fetch(artifact)).isFixed).toBe(true);
    expect(sources.unlocked).toEqual([]);
  });

  test("stops at a URL that has become something else, with both values", async () => {
    const world = new World();
    const lock = await lockOf(world);
    const [was] = lock.entries.filter(({ kind }) => kind === "url");
    world.text = "kind: Other";
    const now = sha256(new TextEncoder().encode("kind: Other"));
    const error = await lockSources(world, { ...free, lock })
      .read(url)
      .catch(String);
    expect(error).toContain(`Cannot use "${URL_NAME}"`);
    expect(error).toContain(was?.digest ?? "none");
    expect(error).toContain(now);
  });

  test("stops at a tag that was moved", async () => {
    const world = new World();
    const lock = await lockOf(world);
    world.file = "two";
    const fetch = lockSources(world, { ...free, lock }).fetch(artifact);
    await expect(fetch).rejects.toThrow(/its digest is sha256:.*orkestra.lock says sha256:/);
  });

  test("stops where the digest is the same and the files are not", async () => {
    const world = new World();
    const lock = await lockOf(world);
    const honest = await world.fetch(artifact);
    world.fetch = async () => ({ ...honest, files: new Map([["evil.yaml", new Uint8Array(1)]]) });
    const fetch = lockSources(world, { ...free, lock }).fetch(artifact);
    await expect(fetch).rejects.toThrow(/the files in it have/);
  });

  test("asks for the locked version of a range", async () => {
    const world = new World();
    const lock = await lockOf(world);
    world.versions.push("1.5.0");
    world.asked.length = 0;
    expect((await lockSources(world, { ...free, lock }).fetch(chart)).version).toBe("1.4.0");
    expect(world.asked).toEqual(["https://charts.example.io 1.4.0"]);
  });

  test("looks anew at what is renewed, and only at that", async () => {
    const world = new World();
    const lock = await lockOf(world);
    world.text = "new";
    world.versions.push("1.5.0");
    const isRenewed: LockPolicy["isRenewed"] = ({ kind }) => kind === "url";
    const sources = lockSources(world, { ...free, lock, isRenewed });
    await sources.read(url);
    await sources.fetch(chart);
    expect(sources.seen.map(({ version }) => version)).toEqual([undefined, "1.4.0"]);
    expect(sources.seen[0]?.digest).toBe(sha256(new TextEncoder().encode("new")));
  });

  test("says what the lock does not name, and refuses it where that is wanted", async () => {
    const lock = createLock([]);
    const sources = lockSources(new World(), { ...free, lock });
    await sources.read(url);
    expect(sources.unlocked).toEqual([{ kind: "url", reference: URL_NAME }]);
    const strict = lockSources(new World(), { ...free, lock, isRequired: true });
    await expect(strict.read(url)).rejects.toThrow(/--locked allows no other/);
    await expect(strict.fetch(chart)).rejects.toThrow(/--locked allows no other/);
  });

  test("leaves local files alone", async () => {
    const sources = lockSources(new World(), { ...free, lock: createLock([]), isRequired: true });
    expect((await sources.read({ location: "./k.yaml", name: "k.yaml" })).text).toBe(
      "kind: Katalog",
    );
    expect(sources.seen).toEqual([]);
  });

  test("refuses two references that only something secret tells apart", async () => {
    const world = new World();
    const sources = lockSources(world, { ...free, isWriting: true, isRenewed: () => true });
    await sources.read(url);
    await sources.read({ ...url, location: `${url.location}&x=1` });
    world.text = "kind: Other";
    const other = sources.read({ ...url, location: `${url.location}&x=2` });
    await expect(other).rejects.toThrow(/two references that look the same/);
  });

  test("leaves charts on disk alone", async () => {
    const world = new World();
    const sources = lockSources(world, { ...free, lock: createLock([]), isRequired: true });
    const local: BundleReference = {
      kind: "chart",
      location: "./charts/web",
      name: "./charts/web",
    };
    expect((await sources.fetch(local)).isFixed).toBeUndefined();
    expect(sources.seen).toEqual([]);
  });

  test("offline asks for the policy that it was locked under: signatures cannot be seen then", async () => {
    const world = new World();
    const cache = memoryCache();
    const rule = (pem: string) => [{ match: "oci://*", keys: [{ name: "k", pem }] }];
    const locking = lockSources(world, { ...free, cache, isRenewed: () => true });
    await locking.fetch({ ...artifact, signatures: rule("one") });
    const offline = { ...free, lock: createLock(locking.seen), cache, isOffline: true };
    const fetch = (signatures?: ReturnType<typeof rule>) =>
      lockSources(world, offline).fetch({ ...artifact, ...(signatures && { signatures }) });
    expect((await fetch(rule("one"))).isFixed).toBe(true);
    expect((await fetch()).isFixed).toBe(true);
    await expect(fetch(rule("another"))).rejects.toThrow(/another policy.verify/);
    const plain = await lockOf(world, cache);
    const unsigned = lockSources(world, { ...offline, lock: plain });
    const signed = unsigned.fetch({ ...artifact, signatures: rule("one") });
    await expect(signed).rejects.toThrow(/another policy.verify, or none/);
  });

  test("a rule that has no say in an import, and the name of a key's file, count for nothing", async () => {
    const seenUnder = async (...signatures: readonly SignatureRule[]) => {
      const sources = lockSources(new World(), { ...free, isRenewed: () => true });
      for (const reference of [artifact, git, chart])
        await sources.fetch({ ...reference, signatures });
      return Object.fromEntries(sources.seen.map(({ kind, verified }) => [kind, verified]));
    };
    const rule = (match: string, name = "k") => ({ match, keys: [{ name, pem: "one" }] });
    const plain = await seenUnder(rule("oci://*"));
    expect(plain["artifact"]).toMatch(/^sha256:/);
    expect(plain["git"]).toBeUndefined();
    expect(await seenUnder(rule("oci://*", "renamed"))).toEqual(plain);
    const more = await seenUnder(rule("oci://*"), rule("oci://elsewhere.io/*"));
    expect(more["artifact"]).toBe(plain["artifact"]);
    // Its dependencies may come from there.
    expect(more["chart"]).not.toBe(plain["chart"]);
    expect((await seenUnder(rule("oci://elsewhere.io/*")))["artifact"]).toBeUndefined();
  });

  test("offline asks for the keyring that a chart was locked under", async () => {
    const world = new World();
    const cache = memoryCache();
    const chart: BundleReference = {
      kind: "chart",
      location: "https://x.io",
      name: "https://x.io",
    };
    const under = (base64: string): BundleReference => ({
      ...chart,
      keyring: { name: "k", base64 },
    });
    const locking = lockSources(world, { ...free, cache, isRenewed: () => true });
    await locking.fetch(under("b25l"));
    // Asked for without it, too: what was verified stays so.
    await locking.fetch(chart);
    const offline = { ...free, lock: createLock(locking.seen), cache, isOffline: true };
    const fetch = (reference: BundleReference) => lockSources(world, offline).fetch(reference);
    expect((await fetch(under("b25l"))).isFixed).toBe(true);
    expect((await fetch(chart)).isFixed).toBe(true);
    await expect(fetch(under("dHdv"))).rejects.toThrow(/another keyring/);
  });

  test("offline takes everything from the cache and asks nobody", async () => {
    const world = new World();
    const cache = memoryCache();
    const lock = await lockOf(world, cache);
    world.asked.length = 0;
    const sources = lockSources(world, { ...free, lock, cache, isOffline: true });
    expect((await sources.read(url)).text).toBe("kind: Katalog");
    const bundle = await sources.fetch(chart);
    expect([bundle.version, bundle.isFixed, [...bundle.files.keys()]]).toEqual([
      "1.4.0",
      true,
      ["katalog.yaml"],
    ]);
    expect(world.asked).toEqual([]);
    expect(createLock(sources.seen).entries).toEqual(
      lock.entries.filter(({ kind }) => kind !== "artifact"),
    );
  });

  test("offline stops at what the cache or the lock does not hold", async () => {
    const world = new World();
    const lock = await lockOf(world);
    const offline = { ...free, isOffline: true };
    const empty = lockSources(world, { ...offline, lock, cache: memoryCache() });
    await expect(empty.read(url)).rejects.toThrow(/the cache does not hold sha256:/);
    await expect(empty.fetch(artifact)).rejects.toThrow(/the cache does not hold sha256:/);
    const unknown = lockSources(world, { ...offline, lock: createLock([]), cache: memoryCache() });
    await expect(unknown.read(url)).rejects.toThrow(/nothing is fetched with --offline/);
    const without = lockSources(world, { ...offline, cache: memoryCache() });
    await expect(without.read(url)).rejects.toThrow(/offline: there is no orkestra.lock/);
  });

  test("what is locked, or is being locked, counts as fixed", async () => {
    const world = new World();
    const lock = await lockOf(world);
    const fixed = (policy: Partial<LockPolicy>) =>
      lockSources(world, { ...free, ...policy }).isFixed?.(url);
    expect([fixed({}), fixed({ lock }), fixed({ isWriting: true })]).toEqual([false, true, true]);
    const written = lockSources(world, { ...free, isWriting: true, isRenewed: () => true });
    expect((await written.fetch(artifact)).isFixed).toBe(true);
    expect((await lockSources(world, free).fetch(artifact)).isFixed).toBeUndefined();
  });

  test("offline refuses a bundle that says another digest than the lock", async () => {
    const cache = memoryCache();
    const bundle = { origin: "o", digest: `sha256:${"1".repeat(64)}`, files: new Map() };
    const kept = await cache.put(packBundle(bundle));
    const digest = `sha256:${"2".repeat(64)}`;
    const entry: LockEntry = { kind: "artifact", reference: artifact.name, digest, content: kept };
    const sources = lockSources(new World(), {
      ...free,
      lock: createLock([entry]),
      cache,
      isOffline: true,
    });
    await expect(sources.fetch(artifact)).rejects.toThrow(/is something else/);
  });

  test("keeps a byte order mark, which the digest is over", async () => {
    const world = new World();
    world.text = "\uFEFFkind: Katalog";
    const cache = memoryCache();
    const lock = await lockOf(world, cache);
    const sources = lockSources(world, { ...free, lock, cache, isOffline: true });
    expect((await sources.read(url)).text).toBe("kind: Katalog");
  });
});
