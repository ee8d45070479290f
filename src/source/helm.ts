/**
 * Helm charts as a source: from an index repository (https), a registry (`oci://`), a local folder
 * or archive. Fetched, held against the digest of the index, with its dependencies in place; rendered
 * elsewhere.
 *
 * Guarantees: with a keyring nothing is unpacked for use that its provenance does not hold for; those of `web.ts`, `archive.ts` and `oci/registry.ts`; credentials go to the origin of
 * the repository alone, an archive on another one is fetched without them.
 * Sources: https://helm.sh/docs/topics/chart_repository/, https://helm.sh/docs/topics/registries/.
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { shownAnswer, statusFault } from "./answer-check.ts";
import { ARCHIVE_LIMITS } from "./archive.ts";
import type { Bundle } from "./bundle.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import type { FileReader } from "./file.ts";
import {
  type ChartFiles,
  completeChart,
  type Dependency,
  unpackChart,
  versionOf,
  withoutRoot,
} from "./helm-dependencies.ts";
import { readChartFolder } from "./helm-folder.ts";
import { findInIndex, type IndexQuery, MAX_INDEX_LENGTH, pickVersion } from "./helm-index.ts";
import type { Ledger } from "./ledger.ts";
import type { PulledArtifact, PullOptions } from "./oci/pull.ts";
import type { ChartReference } from "./reference.ts";
import { SourceError } from "./source-error.ts";
import type { Web } from "./web.ts";

export interface ChartOptions {
  readonly web: Web;
  /** For charts and dependencies on disk. */
  readonly files: FileReader;
  /** For `oci://`; its credentials are those of the reference. What it wants signed, dependencies must be, too. */
  readonly login?: PullOptions;
  /** Milliseconds since the Unix epoch; for references with a keyring. */
  readonly now?: () => number;
  readonly ledger?: Ledger | undefined;
}

/** The chart's files without the folder that they lie in. Throws `SourceError`. */
export async function fetchChart(
  reference: Omit<ChartReference, "kind">,
  options: ChartOptions,
): Promise<Bundle> {
  const found = await fetchAlone(reference, options);
  const { files, hasFetched } = await completeChart(found.files, {
    name: reference.name,
    fetch: (dependency) => fetchDependency(dependency, reference, options),
    ledger: options.ledger,
  });
  const digest = hasFetched ? treeDigest(files) : found.digest;
  return { origin: found.origin, version: found.version, digest, files };
}

interface FoundChart {
  readonly origin: string;
  readonly version: string;
  readonly digest: string;
  readonly files: ChartFiles;
}

type Asked = Omit<ChartReference, "kind">;

async function fetchAlone(reference: Asked, options: ChartOptions): Promise<FoundChart> {
  const scheme = /^([a-z]+):\/\//i.exec(reference.location)?.[1]?.toLowerCase();
  switch (scheme) {
    case "https":
    case "http":
      return fetchIndexed(reference, options);
    case "oci":
      return pullChart(reference, options);
    case undefined:
      return readLocal(reference, options);
    default: {
      const hint = "Charts come from https://, oci:// or a local path";
      throw new SourceError("unreadable", `Cannot read "${reference.name}": unknown scheme`, {
        hint,
      });
    }
  }
}

async function fetchIndexed(reference: Asked, options: ChartOptions): Promise<FoundChart> {
  const { web } = options;
  const { chart, version, name, location } = reference;
  // The archive itself, by its URL.
  if (chart === undefined) {
    const bytes = await download(new URL(location), reference, web);
    await checkProvenance({ url: new URL(location), bytes }, reference, options);
    return unpacked(reference, bytes, { origin: location, version: "", ledger: options.ledger });
  }
  const base = new URL(location.endsWith("/") ? location : `${location}/`);
  const indexName = nameOfIndex(name, chart);
  const query: IndexQuery = { chart, version, name: indexName };
  const index = await download(
    new URL(`index.yaml${base.search}`, base),
    { ...reference, name: indexName },
    web,
    MAX_INDEX_LENGTH,
  );
  const entry = findInIndex(new TextDecoder().decode(index), query);
  const [path] = entry.urls;
  if (path === undefined || !URL.canParse(path, base)) {
    throw new SourceError(
      "wrong-type",
      `Cannot read "${name}": the index names no URL of the chart`,
    );
  }
  const url = new URL(path, base);
  const bytes = await download(url, reference, web);
  checkDigest(bytes, entry.digest, name);
  const asked = { url, bytes, chart, version: entry.version };
  await checkProvenance(asked, reference, options);
  const origin = `${base.href.replace(/\/$/, "")}/${chart}@${entry.version}`;
  return unpacked(reference, bytes, { origin, version: entry.version, ledger: options.ledger });
}

/** As the user wrote the repository, which is what stands before the chart's own name. */
function nameOfIndex(name: string, chart: string): string {
  if (!name.endsWith(`/${chart}`)) return `${name} (index.yaml)`;
  const repository = name.slice(0, -chart.length - 1);
  return repository.replace(/\/?(\?.*)?$/, "/index.yaml$1");
}

interface Archive {
  readonly url: URL;
  readonly bytes: Uint8Array;
  /** What the index calls it. */
  readonly chart?: string;
  readonly version?: string;
}

/** The signed text lies beside the archive, under its name with `.prov` behind it. Throws `SourceError`. */
async function checkProvenance(
  { url, bytes, chart, version }: Archive,
  reference: Asked,
  { web, now = Date.now }: ChartOptions,
): Promise<void> {
  const { keyring, name } = reference;
  if (!keyring) return;
  const { fileNameOf, MAX_PROVENANCE_BYTES, noProvenance, requireProvenance } = await import(
    "./helm-provenance.ts"
  );
  const place = new URL(url);
  place.pathname += ".prov";
  const fileName = fileNameOf(url);
  const { own, answer } = await ask(place, reference, { web, maxBytes: MAX_PROVENANCE_BYTES });
  if (answer.status === 404 || answer.status === 410) {
    throw noProvenance(name, `the server has no "${fileName}.prov" beside the archive`);
  }
  if (answer.status !== 200) throw statusFault(`${name} (.prov)`, answer, own);
  const signed = { name, fileName, sha256: sha256(bytes), chart, version };
  await requireProvenance(answer.body, signed, { keyring, nowMs: now() });
}

interface Asking {
  readonly web: Web;
  readonly maxBytes: number;
}

async function ask(url: URL, { name, location, credentials }: Asked, { web, maxBytes }: Asking) {
  const isAtHome = url.origin === new URL(location).origin;
  const own: Credentials | undefined = isAtHome ? credentials : undefined;
  const ledFrom = {
    url: new URL(location),
    ...(credentials && { authorization: credentials.authorization }),
  };
  return { own, answer: await web({ url, name, ...credentialsOf(own), ledFrom, maxBytes }) };
}

// biome-ignore lint/complexity/useMaxParams: the limit is the exception of one of the three callers
async function download(
  url: URL,
  reference: Asked,
  web: Web,
  maxBytes = ARCHIVE_LIMITS.packedBytes,
): Promise<Uint8Array> {
  const { name } = reference;
  const { own, answer } = await ask(url, reference, { web, maxBytes });
  if (answer.status !== 200) throw statusFault(name, answer, own);
  if (/^text\/html\b/i.test(answer.headers["content-type"] ?? "")) {
    const hint = "Is the URL that of the folder which holds index.yaml?";
    const what = shownAnswer(name, answer.place);
    throw new SourceError("wrong-type", `Cannot read ${what}: the answer is a web page`, {
      hint,
    });
  }
  return answer.body;
}

function checkDigest(bytes: Uint8Array, expected: string | undefined, name: string): void {
  if (expected === undefined) return;
  const found = sha256(bytes);
  if (found === expected.toLowerCase()) return;
  const message = `Cannot use "${name}": the archive's SHA-256 is ${found}, the index says ${expected}`;
  const hint = "The archive was changed after it was listed: ask who keeps the repository";
  throw new SourceError("digest", message, { hint });
}

interface KnownChart extends Pick<ChartOptions, "ledger"> {
  readonly origin: string;
  readonly version: string;
}

async function unpacked(
  { name }: Asked,
  bytes: Uint8Array,
  { ledger, ...known }: KnownChart,
): Promise<FoundChart> {
  const files = await unpackChart(bytes, { name, ledger });
  const version = known.version || versionOf(files);
  return { ...known, version, digest: `sha256:${sha256(bytes)}`, files };
}

/** A tag has `_` where a version has `+`. */
async function pullChart(reference: Asked, options: ChartOptions): Promise<FoundChart> {
  const { location, chart, name, credentials } = reference;
  const { login } = options;
  if (!login) throw new SourceError("unreadable", `Cannot read "${name}": no registry is set up`);
  const { bundleOf, pullLayers } = await import("./oci/pull.ts");
  const place = chart === undefined ? location : `${location.replace(/\/$/, "")}/${chart}`;
  const tag = await chooseTag(place, reference, login);
  const artifact = { location: tag === undefined ? place : `${place}:${tag}`, name, credentials };
  const pulled = await pullLayers(artifact, login);
  const found = tag ?? pulled.registry.reference.tag;
  const version = found?.replaceAll("_", "+");
  const archive = await checkLayers(pulled, { ...reference, version }, options);
  const bundle = await bundleOf(archive, artifact, options.ledger);
  return { ...bundle, version: version ?? "", files: withoutRoot(bundle.files, name) };
}

/** Of what is verified nothing but the archive that was signed counts. Throws `SourceError`. */
async function checkLayers(
  pulled: PulledArtifact,
  { name, keyring, version }: Asked,
  { now = Date.now }: ChartOptions,
): Promise<PulledArtifact> {
  if (!keyring) return pulled;
  const { noProvenance, requireProvenance } = await import("./helm-provenance.ts");
  const { CHART_TYPE, PROVENANCE_TYPE } = await import("./oci/media-types.ts");
  const layerOf = (type: string) => {
    const [layer, ...others] = pulled.layers.filter(({ mediaType }) => mediaType === type);
    return others.length === 0 ? layer : undefined;
  };
  const [archive, provenance] = [layerOf(CHART_TYPE), layerOf(PROVENANCE_TYPE)];
  if (!archive) {
    const message = `Cannot use "${name}": it is no chart, expected one layer of type ${CHART_TYPE}`;
    throw new SourceError("wrong-type", message, { hint: "Is it what helm push made?" });
  }
  if (!provenance) throw noProvenance(name, `the artifact has no layer of type ${PROVENANCE_TYPE}`);
  const chart = pulled.registry.reference.repository.split("/").at(-1);
  const signed = { name, sha256: sha256(archive.bytes), chart, version };
  await requireProvenance(provenance.bytes, signed, { keyring, nowMs: now() });
  return { ...pulled, layers: [archive] };
}

/** An exact version is a tag; for a range the registry is asked which there are. */
async function chooseTag(
  place: string,
  { version, name, chart = "", credentials }: Asked,
  login: PullOptions,
): Promise<string | undefined> {
  if (/:[^/@:]+$|@sha256:/.test(place)) return undefined;
  if (version !== undefined && EXACT_VERSION.test(version)) return version.replaceAll("+", "_");
  const [{ Registry }, { parseOciReference }] = await Promise.all([
    import("./oci/registry.ts"),
    import("./oci/reference.ts"),
  ]);
  const registry = new Registry({ ...parseOciReference(place), name }, { ...login, credentials });
  const tags = (await registry.listTags()).map((tag) => ({
    version: tag.replaceAll("_", "+"),
    tag,
  }));
  const found = pickVersion(tags, { chart, version, name });
  if (found) return found.tag;
  const wanted = version === undefined ? "released version" : `version "${version}"`;
  throw new SourceError("wrong-type", `Cannot read "${name}": the registry has no ${wanted} of it`);
}

const EXACT_VERSION = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/;

async function readLocal(
  { location, chart, name, keyring }: Asked,
  { files, ledger, now = Date.now }: ChartOptions,
): Promise<FoundChart> {
  const path = chart === undefined ? location : join(location, chart);
  const kind = await files.kindOf(path);
  if (kind === "file") {
    const bytes = await files.read(path);
    if (keyring) {
      const { noProvenance, requireProvenance } = await import("./helm-provenance.ts");
      const beside = `${path}.prov`;
      if ((await files.kindOf(beside)) !== "file") {
        throw noProvenance(name, `there is no file "${beside}"`);
      }
      const signed = { name, fileName: basename(path), sha256: sha256(bytes) };
      await requireProvenance(await files.read(beside), signed, { keyring, nowMs: now() });
    }
    return unpacked({ name, location }, bytes, { origin: path, version: "", ledger });
  }
  if (kind === undefined) {
    throw new SourceError("unreadable", `Cannot read "${name}": there is no "${path}"`);
  }
  if (keyring) {
    const message = `Cannot verify the chart "${name}": it is a folder, and only an archive is signed`;
    const hint = `Pack it with "helm package --sign", and name the .tgz`;
    throw new SourceError("unreadable", message, { hint });
  }
  const found = await readChartFolder(path, { files, name });
  return { origin: path, version: versionOf(found), digest: treeDigest(found), files: found };
}

/** Where a dependency comes from; `file://` counts from the chart that names it and needs one on disk. */
async function fetchDependency(
  { name, version, repository }: Dependency,
  parent: Asked,
  options: ChartOptions,
): Promise<ChartFiles> {
  const asked = { name: `${parent.name}: dependency ${name}`, chart: name, version };
  const local = /^file:\/\/(.+)$/.exec(repository)?.[1];
  if (local !== undefined) {
    if (/^[a-z]+:\/\//i.test(parent.location)) {
      const message = `Cannot read "${asked.name}": it lies on the disk of whoever made the chart (${repository})`;
      const hint = "A chart from elsewhere has to bring its dependencies in charts/";
      throw new SourceError("unreadable", message, { hint });
    }
    const own = parent.chart === undefined ? parent.location : join(parent.location, parent.chart);
    const path = join(/\.tgz$/.test(own) ? dirname(own) : own, local);
    const { keyring } = parent;
    return (await fetchAlone({ name: asked.name, location: path, keyring }, options)).files;
  }
  if (!/^(?:https?|oci):\/\//i.test(repository)) {
    const message = `Cannot read "${asked.name}": its repository is "${repository}", expected a URL`;
    const hint = "Names of repositories (@name, alias:name) mean something on one machine only";
    throw new SourceError("unreadable", message, { hint });
  }
  // Credentials of the import are for its own repository.
  const isSame = sameOrigin(repository, parent.location);
  const credentials = isSame ? parent.credentials : undefined;
  const { keyring } = parent;
  return (await fetchAlone({ ...asked, location: repository, credentials, keyring }, options))
    .files;
}

function sameOrigin(left: string, right: string): boolean {
  if (!URL.canParse(left) || !URL.canParse(right)) return false;
  const [a, b] = [new URL(left), new URL(right)];
  return a.protocol === b.protocol && a.host === b.host;
}

/** Over the paths and contents of all files, in order. */
function treeDigest(files: ChartFiles): string {
  const hash = createHash("sha256");
  for (const [path, bytes] of files) hash.update(`${JSON.stringify(path)} ${sha256(bytes)}\n`);
  return `sha256:${hash.digest("hex")}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
