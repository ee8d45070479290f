/** Charts whose import has a keyring: what was signed is taken, everything else refused. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { writeTarGz } from "../../../src/source/archive.ts";
import { basicCredentials } from "../../../src/source/credentials.ts";
import type { FileReader } from "../../../src/source/file.ts";
import { type ChartOptions, fetchChart } from "../../../src/source/helm.ts";
import { requireProvenance } from "../../../src/source/helm-provenance.ts";
import { CHART_TYPE, MANIFEST_TYPE, PROVENANCE_TYPE } from "../../../src/source/oci/media-types.ts";
import type { ChartReference } from "../../../src/source/reference.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import type { Web } from "../../../src/source/web.ts";
import { stride } from "../../support/effort.ts";
import type { OracleKey } from "../../support/oracle.ts";
import { ARCHIVE, FILE_NAME, SIGNED_MS, signedBy } from "../../support/signed-chart.ts";

const REPO = "https://charts.example.io";
const NAME = "the chart of the tests";
const now = () => SIGNED_MS;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Another chart of the same name and version. */
const UNSIGNED = await writeTarGz(
  new Map([["web/Chart.yaml", bytesOf("name: web\nversion: 1.2.3\n")]]),
);

function keyringOf(key: OracleKey) {
  return { name: "keys.asc", base64: Buffer.from(signedBy(key).keyring).toString("base64") };
}

type Answers = Readonly<Record<string, string | Uint8Array | number>>;

function webOf(answers: Answers) {
  const asked: { readonly url: string; readonly authorization: string | undefined }[] = [];
  const web: Web = async ({ url, authorization }) => {
    asked.push({ url: url.href, authorization });
    const found = answers[url.href] ?? 404;
    const status = typeof found === "number" ? found : 200;
    const body = typeof found === "string" ? bytesOf(found) : found;
    return { status, headers: {}, body: typeof body === "number" ? bytesOf("") : body, url };
  };
  return { web, asked };
}

const noFiles: FileReader = {
  kindOf: async () => undefined,
  list: async () => [],
  read: async () => bytesOf(""),
  readInput: async () => bytesOf(""),
};

function indexOf(rows: readonly { version: string; url: string }[]): string {
  const entries = rows.map(({ version, url }) => ({ name: "web", version, urls: [url] }));
  return JSON.stringify({ entries: { web: entries } });
}

const INDEX = indexOf([{ version: "1.2.3", url: FILE_NAME }]);
const GOOD: Answers = {
  [`${REPO}/index.yaml`]: INDEX,
  [`${REPO}/${FILE_NAME}`]: ARCHIVE,
  [`${REPO}/${FILE_NAME}.prov`]: signedBy("ed25519").provenance,
};

const asked: Omit<ChartReference, "kind"> = {
  location: REPO,
  chart: "web",
  name: NAME,
  keyring: keyringOf("ed25519"),
};

async function failureOf(work: Promise<unknown>): Promise<SourceError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceError)) throw new Error(`Expected a SourceError, got ${error}`);
  expect(error.message).toContain(NAME);
  expect(error.hint).toBeDefined();
  return error;
}

function fetchFrom(answers: Answers, more: Partial<ChartReference> = {}) {
  const options: ChartOptions = { web: webOf(answers).web, files: noFiles, now };
  return fetchChart({ ...asked, ...more }, options);
}

describe("requireProvenance()", () => {
  const chart = { name: NAME, fileName: FILE_NAME, sha256: sha256(ARCHIVE) };
  const options = { keyring: keyringOf("rsa"), nowMs: SIGNED_MS };
  const signed = bytesOf(signedBy("rsa").provenance);

  test("says who signed", async () => {
    const asked = { ...chart, chart: "web", version: "1.2.3" };
    expect(await requireProvenance(signed, asked, options)).toContain("rsa@example.io");
  });

  test.each([
    [
      "another file name",
      { fileName: "web-1.2.4.tgz" },
      /is of "web-1.2.3.tgz", expected "web-1.2.4/,
    ],
    ["a name of every object", { fileName: "constructor" }, /expected "constructor"/],
    ["another chart", { chart: "other" }, /of the chart "web", expected "other"/],
    ["another version", { version: "2.0.0" }, /of the version "1.2.3", expected "2.0.0"/],
  ])("refuses %s", async (_, more, message) => {
    const error = await failureOf(requireProvenance(signed, { ...chart, ...more }, options));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("signature");
  });

  test("refuses an archive of which any byte is another, with both digests", async () => {
    for (let at = 0; at < ARCHIVE.length; at += stride(97)) {
      const bytes = Buffer.from(ARCHIVE);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const other = { ...chart, sha256: sha256(bytes) };
      const error = await failureOf(requireProvenance(signed, other, options));
      expect(error.code).toBe("digest");
      expect(error.message).toContain(sha256(bytes));
      expect(error.message).toContain(chart.sha256);
    }
  });

  test("refuses a signed text that is about something else", async () => {
    const { createCleartextMessage, generateKey, sign } = await import("openpgp");
    const { privateKey, publicKey } = await generateKey({
      userIDs: [{ name: "x" }],
      format: "object",
      date: new Date(SIGNED_MS),
    });
    const base64 = Buffer.from(publicKey.armor()).toString("base64");
    const files = `files: { ${FILE_NAME}: "sha256:${chart.sha256}" }\n`;
    const verdictOn = async (text: string) => {
      const message = await createCleartextMessage({ text });
      const armored = await sign({ message, signingKeys: privateKey, date: new Date(SIGNED_MS) });
      const keyring = { name: "k", base64 };
      return requireProvenance(bytesOf(armored), chart, { keyring, nowMs: SIGNED_MS });
    };
    expect(await verdictOn(`name: web\n...\n${files}`)).toBeString();
    const odd = ["name: web", "a: [", `name: web\n...\nfiles: []\n`, `${files}...\nname: web\n`];
    for (const text of [...odd, `name: web\n...\n${files}...\n${files}`]) {
      expect((await failureOf(verdictOn(text))).message).toMatch(/metadata and the digest/);
    }
  });
});

describe("fetchChart() with a keyring, from an index repository", () => {
  test.each(["ed25519", "rsa", "p256", "ed25519v6"] as const)(
    "takes what %s signed",
    async (key) => {
      const answers = { ...GOOD, [`${REPO}/${FILE_NAME}.prov`]: signedBy(key).provenance };
      const bundle = await fetchFrom(answers, { keyring: keyringOf(key) });
      expect(bundle).toMatchObject({ version: "1.2.3", digest: `sha256:${sha256(ARCHIVE)}` });
      expect([...bundle.files.keys()]).toEqual(["Chart.yaml", "templates/katalog.yaml"]);
    },
  );

  test("asks for no provenance without a keyring", async () => {
    const { web, asked: seen } = webOf(GOOD);
    const { keyring: _, ...plain } = asked;
    await fetchChart(plain, { web, files: noFiles });
    expect(seen.filter(({ url }) => url.includes(".prov"))).toEqual([]);
  });

  test("finds it beside an archive elsewhere, keeps its query, sends no credentials there", async () => {
    const credentials = basicCredentials("user", "canary", ["U", "P"]);
    const cdn = "https://cdn.example.net";
    const { web, asked: seen } = webOf({
      [`${REPO}/index.yaml`]: indexOf([{ version: "1.2.3", url: `${cdn}/web%2D1.2.3.tgz?a=b` }]),
      [`${cdn}/web%2D1.2.3.tgz?a=b`]: ARCHIVE,
      [`${cdn}/web%2D1.2.3.tgz.prov?a=b`]: signedBy("ed25519").provenance,
    });
    await fetchChart({ ...asked, credentials }, { web, files: noFiles, now });
    expect(seen.map(({ authorization }) => authorization !== undefined)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("is looked at for an archive that is named by its URL, too", async () => {
    const direct = { location: `${REPO}/${FILE_NAME}`, chart: undefined };
    expect((await fetchFrom(GOOD, direct)).version).toBe("1.2.3");
    const error = await failureOf(
      fetchFrom({ ...GOOD, [`${REPO}/${FILE_NAME}.prov`]: "" }, direct),
    );
    expect(error.code).toBe("signature");
  });

  const prov = `${REPO}/${FILE_NAME}.prov`;
  const renamed = indexOf([{ version: "1.2.3", url: "other.tgz" }]);
  const sold = indexOf([{ version: "9.0.0", url: FILE_NAME }]);

  test.each([
    [
      "a missing one",
      { [prov]: 404 },
      {},
      /it has no provenance.*no "web-1.2.3.tgz.prov"/,
      "signature",
    ],
    ["a server in trouble", { [prov]: 503 }, {}, /503/, "status"],
    ["another key", {}, { keyring: keyringOf("rsa") }, /expected one of "keys.asc"/, "signature"],
    ["a web page", { [prov]: "<html>" }, {}, /no text that was signed/, "signature"],
    [
      "another archive",
      { [`${REPO}/${FILE_NAME}`]: UNSIGNED },
      {},
      /its provenance says/,
      "digest",
    ],
    [
      "another name of the file",
      {
        [`${REPO}/index.yaml`]: renamed,
        [`${REPO}/other.tgz`]: ARCHIVE,
        [`${REPO}/other.tgz.prov`]: GOOD[prov] ?? "",
      },
      {},
      /expected "other.tgz"/,
      "signature",
    ],
    [
      "an old chart as a new one",
      { [`${REPO}/index.yaml`]: sold },
      {},
      /version "1.2.3", expected "9.0.0"/,
      "signature",
    ],
  ] as const)("refuses %s", async (...[, answers, more, message, code]) => {
    const error = await failureOf(fetchFrom({ ...GOOD, ...(answers as Answers) }, more));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test("asks the same of a dependency that is fetched", async () => {
    const chart = `name: top\nversion: 1.0.0\ndependencies: [{ name: web, version: "*", repository: "${REPO}" }]\n`;
    const archive = await writeTarGz(new Map([["top/Chart.yaml", bytesOf(chart)]]));
    const { createCleartextMessage, generateKey, sign } = await import("openpgp");
    const { privateKey, publicKey } = await generateKey({
      userIDs: [{ name: "x" }],
      format: "object",
      date: new Date(SIGNED_MS),
    });
    const text = `name: top\nversion: 1.0.0\n...\nfiles: { top.tgz: "sha256:${sha256(archive)}" }\n`;
    const message = await createCleartextMessage({ text });
    const signed = await sign({ message, signingKeys: privateKey, date: new Date(SIGNED_MS) });
    const both = `${publicKey.armor()}\n${signedBy("ed25519").keyring}`;
    const answers = {
      ...GOOD,
      "https://x.io/top.tgz": archive,
      "https://x.io/top.tgz.prov": signed,
    };
    const fetchTop = (keys: string, given: Answers) => {
      const keyring = { name: "k", base64: Buffer.from(keys).toString("base64") };
      const top = { name: NAME, location: "https://x.io/top.tgz", keyring };
      return fetchChart(top, { web: webOf(given).web, files: noFiles, now });
    };
    const bundle = await fetchTop(both, answers);
    expect([...bundle.files.keys()]).toContain("charts/web/Chart.yaml");
    const error = await failureOf(fetchTop(publicKey.armor(), answers));
    expect(error.message).toContain("dependency web");
    expect((await failureOf(fetchTop(both, { ...answers, [prov]: 404 }))).message).toMatch(
      /no provenance/,
    );
  });
});

describe("fetchChart() with a keyring, from a registry", () => {
  const ORIGIN = "https://registry.example.io/v2/charts/web";
  const location = "oci://registry.example.io/charts";
  const chart = { mediaType: CHART_TYPE, bytes: ARCHIVE };
  const signed = { mediaType: PROVENANCE_TYPE, bytes: bytesOf(signedBy("ed25519").provenance) };

  type Layers = readonly { readonly mediaType: string; readonly bytes: Uint8Array }[];

  function registryOf(layers: Layers, tag = "1.2.3"): Answers {
    const config = { mediaType: "application/vnd.cncf.helm.config.v1+json", bytes: bytesOf("{}") };
    const describe = ({ mediaType, bytes }: Layers[number]) => {
      return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: describe(config),
      layers: layers.map(describe),
    };
    return {
      ...Object.fromEntries(
        layers.map(({ bytes }) => [`${ORIGIN}/blobs/sha256:${sha256(bytes)}`, bytes]),
      ),
      [`${ORIGIN}/manifests/${tag}`]: JSON.stringify(manifest),
      [`${ORIGIN}/tags/list?n=1000`]: JSON.stringify({ name: "charts/web", tags: [tag] }),
    };
  }

  function pull(answers: Answers, more: Partial<ChartReference> = {}) {
    const { web } = webOf(answers);
    const reference = { ...asked, location, ...more };
    return fetchChart(reference, { web, files: noFiles, login: { web }, now });
  }

  test.each([
    ["by its version", {}],
    ["by its tag", { location: `${location}/web:1.2.3`, chart: undefined }],
  ])("takes what was signed, %s", async (_, more) => {
    const bundle = await pull(registryOf([chart, signed]), more);
    expect([...bundle.files.keys()]).toEqual(["Chart.yaml", "templates/katalog.yaml"]);
    expect(bundle.version).toBe("1.2.3");
  });

  test("takes nothing but what was signed", async () => {
    const more = await writeTarGz(new Map([["web/templates/evil.yaml", bytesOf("kind: Evil\n")]]));
    const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", bytes: more };
    const bundle = await pull(registryOf([chart, layer, signed]));
    expect([...bundle.files.keys()]).toEqual(["Chart.yaml", "templates/katalog.yaml"]);
  });

  const junk = { ...chart, bytes: UNSIGNED };

  test.each([
    ["none", [chart], "1.2.3", /no layer of type .*provenance/],
    ["two", [chart, signed, { ...signed, bytes: bytesOf("x") }], "1.2.3", /no layer of type/],
    ["two charts", [chart, junk, signed], "1.2.3", /expected one layer of type/],
    ["one of another chart", [junk, signed], "1.2.3", /its provenance says/],
    [
      "one that is none",
      [chart, { ...signed, bytes: bytesOf("x") }],
      "1.2.3",
      /signed in the clear/,
    ],
    ["an old chart as a new one", [chart, signed], "9.0.0", /version "1.2.3", expected "9.0.0"/],
  ] as const)("refuses %s", async (...[, layers, tag, message]) => {
    expect((await failureOf(pull(registryOf(layers, tag)))).message).toMatch(message);
  });
});

describe("fetchChart() with a keyring, from disk", () => {
  function filesOf(files: Readonly<Record<string, Uint8Array>>): FileReader {
    return {
      ...noFiles,
      kindOf: async (path) => (path in files ? "file" : path === "folder" ? "folder" : undefined),
      read: async (path) => files[path] ?? bytesOf(""),
    };
  }
  const path = `charts/${FILE_NAME}`;
  const signed = bytesOf(signedBy("ed25519").provenance);
  const local = (files: Readonly<Record<string, Uint8Array>>, location = path) => {
    const reference = { name: NAME, location, keyring: keyringOf("ed25519") };
    return fetchChart(reference, { web: webOf({}).web, files: filesOf(files), now });
  };

  test("takes an archive with its .prov beside it", async () => {
    expect((await local({ [path]: ARCHIVE, [`${path}.prov`]: signed })).version).toBe("1.2.3");
  });

  test.each([
    ["none", { [path]: ARCHIVE }, path, /there is no file "charts\/web-1.2.3.tgz.prov"/],
    ["a folder", {}, "folder", /it is a folder, and only an archive is signed/],
    ["another name", { "a.tgz": ARCHIVE, "a.tgz.prov": signed }, "a.tgz", /expected "a.tgz"/],
  ])("refuses %s", async (...[, files, location, message]) => {
    expect((await failureOf(local(files, location))).message).toMatch(message);
  });
});
