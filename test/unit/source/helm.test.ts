import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { writeTarGz } from "../../../src/source/archive.ts";
import { basicCredentials } from "../../../src/source/credentials.ts";
import type { FileReader } from "../../../src/source/file.ts";
import { fetchChart } from "../../../src/source/helm.ts";
import { CHART_TYPE } from "../../../src/source/oci/media-types.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import type { Web } from "../../../src/source/web.ts";

const REPO = "https://charts.example.io/stable";
const encoder = new TextEncoder();

function bytesOf(files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(files).map(([path, text]) => [path, encoder.encode(text)] as const),
  );
}

/** An archive as `helm package` makes it: everything in a folder of the chart's name. */
function packed(name: string, files: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
  const whole = { "Chart.yaml": `name: ${name}\nversion: 1.2.3\n`, ...files };
  const placed = Object.entries(whole).map(([path, text]) => [`${name}/${path}`, text] as const);
  return writeTarGz(bytesOf(Object.fromEntries(placed)));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function indexOf(rows: readonly string[]): string {
  return `apiVersion: v1\nentries:\n  web:\n${rows.map((row) => `  - {name: web, ${row}}\n`).join("")}`;
}

type Answers = Readonly<Record<string, string | Uint8Array>>;

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Answers from a table; notes what was asked for and with which credentials. */
function fakeWeb(answers: Answers): { readonly web: Web; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const web: Web = async ({ url, authorization }) => {
    asked.push({ url: url.href, authorization });
    const body = answers[url.href];
    const bytes = typeof body === "string" ? encoder.encode(body) : (body ?? new Uint8Array());
    return { status: body === undefined ? 404 : 200, headers: {}, body: bytes, url };
  };
  return { web, asked };
}

/** A disk in memory. */
function fakeFiles(files: Answers = {}): FileReader {
  const all = new Map(
    Object.entries(files).map(([path, body]) => {
      return [path, typeof body === "string" ? encoder.encode(body) : body] as const;
    }),
  );
  const below = (path: string) => `${path.replace(/\/$/, "")}/`;
  return {
    async kindOf(path) {
      if (all.has(path)) return "file";
      return [...all.keys()].some((name) => name.startsWith(below(path))) ? "folder" : undefined;
    },
    async list(path) {
      const names = new Map<string, boolean>();
      for (const name of all.keys()) {
        if (!name.startsWith(below(path))) continue;
        const [own = "", ...rest] = name.slice(below(path).length).split("/");
        names.set(own, rest.length > 0);
      }
      return [...names].sort().map(([name, isFolder]) => ({ name, isFolder }));
    },
    async read(path) {
      const found = all.get(path);
      if (!found) throw new SourceError("unreadable", `Cannot read "${path}"`);
      return found;
    },
    async readInput() {
      throw new Error("No input here");
    },
  };
}

const files = fakeFiles();
const reference = { location: REPO, chart: "web", name: "web of the tests" };

function textIn(bundle: { readonly files: ReadonlyMap<string, Uint8Array> }, path: string): string {
  return new TextDecoder().decode(bundle.files.get(path));
}

describe("fetchChart() from an index repository", () => {
  test("brings the files without the folder they lie in, with version and digest", async () => {
    const archive = await packed("web", { "templates/a.yaml": "kind: A\n" });
    const digest = sha256(archive);
    const { web } = fakeWeb({
      [`${REPO}/index.yaml`]: indexOf([`version: 1.2.3, digest: ${digest}, urls: [web-1.2.3.tgz]`]),
      [`${REPO}/web-1.2.3.tgz`]: archive,
    });
    const bundle = await fetchChart({ ...reference, version: "^1.0" }, { web, files });
    expect(bundle).toMatchObject({
      origin: `${REPO}/web@1.2.3`,
      version: "1.2.3",
      digest: `sha256:${digest}`,
    });
    expect([...bundle.files.keys()]).toEqual(["Chart.yaml", "templates/a.yaml"]);
  });

  const versions = [
    "1.2.3",
    "1.10.0",
    "1.3.0",
    "2.0.0-rc.1",
    "v1.9.0",
    "0.9.0",
    "1.11.0-beta",
    "junk",
  ];

  test.each([
    ["", "1.10.0"],
    ["^1.2", "1.10.0"],
    ["~1.2", "1.2.3"],
    ["1.3.0", "1.3.0"],
    ["v1.9.0", "v1.9.0"],
    ["1.9.0", "v1.9.0"],
    ["<1.0", "0.9.0"],
    [">=1.2-0", "2.0.0-rc.1"],
    ["2.0.0-rc.1", "2.0.0-rc.1"],
    [">=1.2 <1.10", "v1.9.0"],
  ])("resolves %j to %s", async (version, expected) => {
    const rows = versions.map((one) => `version: ${one}, urls: ["${one}.tgz"]`);
    const { web } = fakeWeb({
      [`${REPO}/index.yaml`]: indexOf(rows),
      [`${REPO}/${expected}.tgz`]: await packed("web"),
    });
    const asked = { ...reference, ...(version !== "" && { version }) };
    const bundle = await fetchChart(asked, { web, files });
    expect(bundle.version).toBe(expected);
  });

  test("reads one chart out of a large index", async () => {
    const filler = Array.from({ length: 4000 }, (_, index) => {
      return `  other-${index}:\n  - name: other-${index}\n    version: 1.0.0\n    urls: [x.tgz]\n`;
    });
    const entry = "  web:\n  - name: web\n    version: 1.2.3\n    urls:\n    - web.tgz\n";
    const text = `apiVersion: v1\nentries:\n${filler.join("")}${entry}${filler.join("").replaceAll("other", "more")}generated: "2026-01-01"\n`;
    const { web } = fakeWeb({
      [`${REPO}/index.yaml`]: text,
      [`${REPO}/web.tgz`]: await packed("web"),
    });
    const bundle = await fetchChart(reference, { web, files });
    expect(bundle.version).toBe("1.2.3");
  });

  test("sends credentials to the repository and to no other origin", async () => {
    const credentials = basicCredentials("user", "canary", ["U", "P"]);
    const elsewhere = "https://cdn.example.net/web.tgz";
    const { web, asked } = fakeWeb({
      [`${REPO}/index.yaml`]: indexOf([`version: 1.2.3, urls: ["${elsewhere}"]`]),
      [elsewhere]: await packed("web"),
    });
    await fetchChart({ ...reference, credentials }, { web, files });
    expect(asked).toEqual([
      { url: `${REPO}/index.yaml`, authorization: credentials.authorization },
      { url: elsewhere, authorization: undefined },
    ]);
  });

  const faults: readonly (readonly [string, Answers, string, SourceError["code"]])[] = [
    ["no index", {}, "404", "status"],
    ["an index that is none", { [`${REPO}/index.yaml`]: "a: 1\n" }, "no index", "wrong-type"],
    [
      "an index that is no YAML",
      { [`${REPO}/index.yaml`]: "a: [" },
      "cannot be read",
      "wrong-type",
    ],
    [
      "an unknown chart",
      { [`${REPO}/index.yaml`]: "entries: {}\n" },
      'no chart "web"',
      "wrong-type",
    ],
    [
      "an unknown version",
      { [`${REPO}/index.yaml`]: indexOf(["version: 3.0.0, urls: [x.tgz]"]) },
      'no version "^1.0"',
      "wrong-type",
    ],
    [
      "an entry without a URL",
      { [`${REPO}/index.yaml`]: indexOf(["version: 1.0.0"]) },
      "names no URL",
      "wrong-type",
    ],
    [
      "an archive that is missing",
      { [`${REPO}/index.yaml`]: indexOf(["version: 1.0.0, urls: [x.tgz]"]) },
      "404",
      "status",
    ],
    [
      "an archive that is none",
      {
        [`${REPO}/index.yaml`]: indexOf(["version: 1.0.0, urls: [x.tgz]"]),
        [`${REPO}/x.tgz`]: "junk",
      },
      "no gzip archive",
      "archive",
    ],
    [
      "another digest",
      {
        [`${REPO}/index.yaml`]: indexOf([
          `version: 1.0.0, digest: ${"0".repeat(64)}, urls: [x.tgz]`,
        ]),
        [`${REPO}/x.tgz`]: "junk",
      },
      "SHA-256",
      "digest",
    ],
  ];

  test.each(faults)("refuses %s", async (...[, answers, words, code]) => {
    const { web } = fakeWeb(answers);
    const failure = fetchChart({ ...reference, version: "^1.0" }, { web, files });
    const error = await failure.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SourceError);
    expect((error as SourceError).message).toContain(words);
    expect((error as SourceError).message).toContain("web of the tests");
    expect((error as SourceError).code).toBe(code);
  });

  test.each([
    ["https://charts.io/web", "https://charts.io/index.yaml"],
    ["https://charts.io/a/?…/web", "https://charts.io/a/index.yaml?…"],
    ["dependency web", "dependency web (index.yaml)"],
  ])("names what was asked for when the index is missing: %s", async (name, expected) => {
    const failure = fetchChart({ ...reference, name }, { web: fakeWeb({}).web, files });
    await expect(failure).rejects.toThrow(`"${expected}"`);
  });

  test("refuses a range that is none", async () => {
    const { web } = fakeWeb({
      [`${REPO}/index.yaml`]: indexOf(["version: 1.0.0, urls: [x.tgz]"]),
    });
    const failure = fetchChart({ ...reference, version: "latest" }, { web, files });
    expect(failure).rejects.toThrow("neither a version nor a range");
  });
});

describe("fetchChart() brings what a chart depends on", () => {
  test("unpacks the archives of its charts/ folder, also in each other", async () => {
    const deep = await packed("deep", { "templates/d.yaml": "kind: D\n" });
    const sub = new Map([
      ["sub/Chart.yaml", encoder.encode("name: sub\nversion: 1.0.0\n")],
      ["sub/charts/deep-1.2.3.tgz", deep],
    ]);
    const top = new Map([
      ["web/Chart.yaml", encoder.encode("name: web\nversion: 1.0.0\n")],
      ["web/charts/sub-1.0.0.tgz", await writeTarGz(sub)],
    ]);
    const archive = await writeTarGz(top);
    const bundle = await fetchChart(
      { location: "charts/web.tgz", name: "web.tgz" },
      { web: fakeWeb({}).web, files: fakeFiles({ "charts/web.tgz": archive }) },
    );
    expect([...bundle.files.keys()]).toEqual([
      "Chart.yaml",
      "charts/sub-1.0.0/Chart.yaml",
      "charts/sub-1.0.0/charts/deep-1.2.3/Chart.yaml",
      "charts/sub-1.0.0/charts/deep-1.2.3/templates/d.yaml",
    ]);
    expect(bundle).toMatchObject({ version: "1.0.0", digest: `sha256:${sha256(archive)}` });
  });

  test("fetches from the repository that Chart.yaml names, without the import's credentials", async () => {
    const other = "https://other.example.io";
    const dependency = `dependencies:\n- {name: sub, version: ^1, repository: "${other}"}\n`;
    const { web, asked } = fakeWeb({
      [`${REPO}/index.yaml`]: indexOf(["version: 1.2.3, urls: [web.tgz]"]),
      [`${REPO}/web.tgz`]: await packed("web", {
        "Chart.yaml": `name: web\nversion: 1.2.3\n${dependency}`,
      }),
      [`${other}/index.yaml`]: "entries:\n  sub:\n  - {version: 1.4.0, urls: [sub.tgz]}\n",
      [`${other}/sub.tgz`]: await packed("sub", { "values.yaml": "a: 1\n" }),
    });
    const credentials = basicCredentials("user", "canary", ["U", "P"]);
    const bundle = await fetchChart({ ...reference, credentials }, { web, files });
    expect(textIn(bundle, "charts/sub/values.yaml")).toBe("a: 1\n");
    const elsewhere = asked.filter(({ url }) => url.startsWith(other));
    expect(elsewhere.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    // What came from elsewhere is part of what was fetched.
    expect(bundle.digest).not.toBe(`sha256:${sha256(await packed("web"))}`);
  });

  test("takes file:// from beside a chart on disk, and refuses it in one from elsewhere", async () => {
    const own =
      'name: web\nversion: 1.0.0\ndependencies:\n- {name: sub, version: "*", repository: "file://../sub"}\n';
    const disk = fakeFiles({
      "charts/web/Chart.yaml": own,
      "charts/sub/Chart.yaml": "name: sub\nversion: 1.0.0\n",
      "charts/sub/templates/s.yaml": "kind: S\n",
    });
    const { web } = fakeWeb({
      [`${REPO}/index.yaml`]: indexOf(["version: 1.2.3, urls: [web.tgz]"]),
      [`${REPO}/web.tgz`]: await packed("web", { "Chart.yaml": own }),
    });
    const bundle = await fetchChart({ location: "charts/web", name: "web" }, { web, files: disk });
    expect(textIn(bundle, "charts/sub/templates/s.yaml")).toBe("kind: S\n");
    expect(fetchChart(reference, { web, files: disk })).rejects.toThrow("lies on the disk");
  });

  test("refuses a repository that is only a name, and charts without an end", async () => {
    const endless =
      'name: web\nversion: 1.2.3\ndependencies:\n- {name: web, version: "*", repository: "https://charts.example.io/stable"}\n';
    const named =
      'name: web\nversion: 1.2.3\ndependencies:\n- {name: x, version: "1", repository: "@stable"}\n';
    const index = indexOf(["version: 1.2.3, urls: [web.tgz]"]);
    const bring = async (chart: string) => {
      const { web } = fakeWeb({
        [`${REPO}/index.yaml`]: index,
        [`${REPO}/web.tgz`]: await packed("web", { "Chart.yaml": chart }),
      });
      return fetchChart(reference, { web, files });
    };
    expect(bring(named)).rejects.toThrow("expected a URL");
    expect(bring(endless)).rejects.toThrow("nest deeper");
  });
});

describe("fetchChart() from a folder", () => {
  test("leaves out what .helmignore names", async () => {
    const disk = fakeFiles({
      "web/Chart.yaml": "name: web\nversion: 2.0.0\n",
      "web/.helmignore": "# comment\n*.bak\n/top.txt\ntests/\n",
      "web/a.bak": "x",
      "web/top.txt": "x",
      "web/deep/top.txt": "kept",
      "web/deep/b.bak": "x",
      "web/tests/t.yaml": "x",
      "web/templates/.hidden": "x",
      "web/templates/a.yaml": "kind: A\n",
    });
    const bundle = await fetchChart(
      { location: ".", chart: "web", name: "web" },
      { web: fakeWeb({}).web, files: disk },
    );
    expect([...bundle.files.keys()]).toEqual([
      ".helmignore",
      "Chart.yaml",
      "deep/top.txt",
      "templates/a.yaml",
    ]);
    expect(bundle.version).toBe("2.0.0");
  });

  test("refuses what is no chart, and nothing at all", async () => {
    const disk = fakeFiles({ "web/values.yaml": "a: 1\n" });
    const { web } = fakeWeb({});
    expect(fetchChart({ location: "web", name: "web" }, { web, files: disk })).rejects.toThrow(
      "Chart.yaml is missing",
    );
    expect(fetchChart({ location: "nowhere", name: "x" }, { web, files: disk })).rejects.toThrow(
      "there is no",
    );
    expect(
      fetchChart({ location: "ftp://x/y", chart: "z", name: "x" }, { web, files: disk }),
    ).rejects.toThrow("unknown scheme");
  });
});

describe("fetchChart() from a registry", () => {
  const ORIGIN = "https://registry.example.io/v2/charts/web";
  const location = "oci://registry.example.io/charts";

  /** A registry that holds one chart under several tags. */
  async function registryOf(tags: readonly string[]) {
    const layer = await packed("web", { "templates/a.yaml": "kind: A\n" });
    const config = encoder.encode("{}");
    const describe = (mediaType: string, bytes: Uint8Array) => {
      return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
    };
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: describe("application/vnd.cncf.helm.config.v1+json", config),
      layers: [describe(CHART_TYPE, layer)],
    });
    const { web, asked } = fakeWeb({
      ...Object.fromEntries(tags.map((tag) => [`${ORIGIN}/manifests/${tag}`, manifest])),
      [`${ORIGIN}/blobs/sha256:${sha256(layer)}`]: layer,
      [`${ORIGIN}/tags/list?n=1000`]: JSON.stringify({ name: "charts/web", tags }),
    });
    return { web, asked, digest: `sha256:${sha256(encoder.encode(manifest))}` };
  }

  test.each([
    ["1.2.3", "1.2.3"],
    ["^1.2", "1.10.0"],
    ["1.3.0+build", "1.3.0+build"],
    [">=1-0 <2.0.0-z", "2.0.0-rc.1"],
    [undefined, "1.10.0"],
  ])("version %p is %s", async (version, expected) => {
    const tags = ["1.2.3", "1.10.0", "1.3.0_build", "2.0.0-rc.1", "latest"];
    const { web, digest } = await registryOf(tags);
    const asked = { location, chart: "web", name: "web", ...(version && { version }) };
    const bundle = await fetchChart(asked, { web, files, login: { web } });
    expect(bundle).toMatchObject({ version: expected, digest });
    expect([...bundle.files.keys()]).toEqual(["Chart.yaml", "templates/a.yaml"]);
    expect(bundle.origin).toBe(`${location}/web:${expected.replace("+", "_")}`);
  });

  test("an exact version asks for no list of tags", async () => {
    const { web, asked } = await registryOf(["1.2.3"]);
    const wanted = { location, chart: "web", version: "1.2.3", name: "web" };
    await fetchChart(wanted, { web, files, login: { web } });
    expect(asked.filter(({ url }) => url.includes("/tags/"))).toEqual([]);
  });

  test("refuses a range that no tag is in, and works without a registry not at all", async () => {
    const { web } = await registryOf(["1.2.3", "latest"]);
    const asked = { location, chart: "web", version: "^2", name: "web" };
    expect(fetchChart(asked, { web, files, login: { web } })).rejects.toThrow('no version "^2"');
    expect(fetchChart(asked, { web, files })).rejects.toThrow("no registry is set up");
  });
});
