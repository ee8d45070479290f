/**
 * One entry of `imports.helm` → documents: the chart is fetched, rendered in this process, and what
 * it makes is looked through for Katalogs. Everything else that it makes is none of our business.
 */
import type { RenderedDocument } from "../chart/manifests.ts";
import type { ValuesFile } from "../chart/render.ts";
import type { PlacedImport } from "../katalog/komposer.ts";
import type { Bundle } from "../source/bundle.ts";
import { urlScheme } from "../source/source.ts";
import type { TemplateEnvironment } from "../template/template.ts";
import { keyringOf } from "./import-keyring.ts";
import {
  credentialsOf,
  type FoundDocument,
  type ImportScope,
  refuseSecret,
  replaceVariables,
} from "./import-scope.ts";
import { shownUrl, type Target } from "./reader.ts";

type ChartPlace = Extract<PlacedImport, { kind: "chart" }>;

/** What `helm template` takes for a release that has no name. */
const RELEASE_NAME = "release-name";

/** Throws `SourceError`. */
export async function findChart(
  one: ChartPlace,
  scope: ImportScope,
): Promise<readonly FoundDocument[]> {
  const place = chartPlace(one, scope);
  const credentials = await credentialsOf(one, scope);
  const valueFiles = await readValueFiles(one, scope);
  const keyring = await keyringOf(one, scope);
  if (!place || credentials === "failed" || !valueFiles || keyring === "failed") return [];
  const { name, location } = place;
  const chart = await scope.reader.fetch({
    kind: "chart",
    location,
    name,
    ...(place.chart !== undefined && { chart: place.chart }),
    ...(one.version !== undefined && { version: one.version }),
    ...(credentials && { credentials }),
    ...(keyring && { keyring: { name: keyring.name, base64: keyring.base64 } }),
  });
  const documents = await renderStable(chart, { one, valueFiles, name }, scope);
  if (!documents) return [];
  const files = keyring ? [...valueFiles, { ...keyring, name: keyring.file }] : valueFiles;
  const found = katalogsOf(documents, { one, name, chart, files, scope });
  return keyring ? found.map((document) => ({ ...document, keyring: keyring.digest })) : found;
}

interface Place {
  readonly location: string;
  readonly chart?: string;
  /** As people know it, without anything secret. */
  readonly name: string;
}

function chartPlace(one: ChartPlace, scope: ImportScope): Place | undefined {
  const { repo, chart, path } = one;
  if (repo === undefined) return localPlace(one, scope);
  const location = replaceVariables(repo, "repo", scope);
  if (location === undefined || refuseSecret(location, "repo", scope)) return undefined;
  const scheme = urlScheme(location);
  const isRemote = scheme === "https" || scheme === "http" || scheme === "oci";
  if (isRemote && (scheme === "oci" || URL.canParse(location))) {
    const name = `${shownUrl(repo).replace(/\/+$/, "")}${chart === undefined ? "" : `/${chart}`}`;
    return { location, name, ...(chart !== undefined && { chart }) };
  }
  if (scheme === undefined && path === undefined) {
    return localPlace(
      { ...one, path: chart === undefined ? location : `${location}/${chart}` },
      scope,
    );
  }
  const message = `Cannot import the chart of "${shownUrl(repo)}": expected the https or oci URL of a repository`;
  scope.report({ code: "bad-url", severity: "error", message }, ["repo"]);
  return undefined;
}

/** Without a repository `path` is the chart: a folder or an archive beside the document. */
function localPlace({ path }: ChartPlace, scope: ImportScope): Place | undefined {
  if (path === undefined) {
    const message = 'The key "repo" is missing in the import of a chart';
    const hint = "Name a repository and a chart in it, or the path of a chart";
    scope.report({ code: "missing-key", severity: "error", message, hint });
    return undefined;
  }
  const referral = scope.reader.refer(path, scope.file);
  if (referral.kind === "file") return { location: referral.target.location, name: path };
  const message = `Cannot import the chart "${path}": a chart on disk is beside a document on disk`;
  scope.report({ code: "unsupported", severity: "error", message }, ["path"]);
  return undefined;
}

interface ReadValues extends ValuesFile {
  readonly digest: string;
}

/** Throws `SourceError`. */
async function readValueFiles(
  { valueFiles = [] }: ChartPlace,
  { reader, file, report }: ImportScope,
): Promise<readonly ReadValues[] | undefined> {
  const targets = valueFiles.map((path, index): Target | undefined => {
    const referral = reader.refer(path, file);
    if (referral.kind !== "refused") return referral.target;
    const { why: message, hint } = referral;
    const issue = {
      code: "unsupported",
      severity: "error",
      message: `Cannot read "${path}": ${message}`,
    } as const;
    report({ ...issue, ...(hint !== undefined && { hint }) }, ["valueFiles", index]);
    return undefined;
  });
  if (targets.some((target) => target === undefined)) return undefined;
  return Promise.all(
    targets
      .flatMap((target) => (target ? [target] : []))
      .map(async (target) => {
        const { text, digest } = await reader.read(target);
        return { name: target.name, text, digest };
      }),
  );
}

interface Rendering {
  readonly one: ChartPlace;
  readonly valueFiles: readonly ReadValues[];
  readonly name: string;
}

/** Two clocks and two sources of chance: what differs between them would differ between replicas. */
const ENVIRONMENTS = [environmentOf(1), environmentOf(2)] as const;

function environmentOf(seed: number): TemplateEnvironment {
  return {
    nowMs: seed * 86_400_000 * 365,
    timeZone: "UTC",
    random: (size) => new Uint8Array(size).fill(seed),
  };
}

/** The Katalogs of a chart, which must be the same each time. `undefined` when an issue was told. */
async function renderStable(
  chart: Bundle,
  rendering: Rendering,
  scope: ImportScope,
): Promise<readonly RenderedDocument[] | undefined> {
  const [first, second] = ENVIRONMENTS;
  const found = await renderOnce(chart, rendering, { scope, environment: first });
  if (!found || found.changing.length === 0) return found?.documents;
  const again = await renderOnce(chart, rendering, { scope, environment: second });
  if (!again) return undefined;
  if (JSON.stringify(found.documents) === JSON.stringify(again.documents)) return found.documents;
  const message = `Cannot import the chart "${rendering.name}": its Katalog is another one each time`;
  const hint = `It is made with ${found.changing.join(", ")}`;
  scope.report({ code: "changing-import", severity: "error", message, hint });
  return undefined;
}

const CHECK_VALUES = "Are values, valueFiles and version of the import what this chart wants?";

interface Rendered {
  readonly documents: readonly RenderedDocument[];
  readonly changing: readonly string[];
}

async function renderOnce(
  chart: Bundle,
  { one, valueFiles, name }: Rendering,
  {
    scope,
    environment,
  }: { readonly scope: ImportScope; readonly environment: TemplateEnvironment },
): Promise<Rendered | undefined> {
  const { renderChart } = await import("../chart/render.ts");
  const result = renderChart(chart.files, {
    releaseName: RELEASE_NAME,
    namespace: "default",
    valueFiles,
    ...(one.values && { values: one.values }),
    environment,
    origin: name,
  });
  if (result.kind === "rendered") {
    return { documents: result.documents.filter(mayBeKatalog), changing: result.changing };
  }
  for (const { message, hint = CHECK_VALUES, position } of result.issues) {
    const place = position ? `${position.file}:${position.line}: ` : "";
    scope.report({
      code: "chart",
      severity: "error",
      message: `Cannot render the chart "${name}": ${place}${message}`,
      hint,
    });
  }
  return undefined;
}

/** Whether it is worth a closer look; much of what a chart makes is large. */
function mayBeKatalog({ text }: RenderedDocument): boolean {
  return /\bkind["']?\s*:\s*["']?(Katalog|Komposer)\b/.test(text);
}

interface Found {
  readonly one: ChartPlace;
  readonly name: string;
  readonly chart: Bundle;
  /** What the import names beside the chart. */
  readonly files: readonly { readonly name: string; readonly digest: string }[];
  readonly scope: ImportScope;
}

/** What was rendered stands where its template stood, among the other files of the chart. */
function katalogsOf(
  documents: readonly RenderedDocument[],
  { one, name, chart, files: beside, scope }: Found,
): readonly FoundDocument[] {
  const rendered = Map.groupBy(documents, ({ template }) => template.replace(/^[^/]+\//, ""));
  const paths = [...rendered.keys()].filter((path) => isBelow(path, one));
  const files = new Map(chart.files);
  for (const [path, parts] of rendered) {
    const text = parts.map((part) => part.text).join("\n---\n");
    files.set(path, new TextEncoder().encode(text));
  }
  const version = chart.version ?? "";
  const origin = version === "" ? name : `${name}@${version}`;
  const bundle = { ...chart, origin, files };
  return paths.sort().map((path) => {
    const target = scope.reader.addBundled(bundle, path);
    for (const { name: file, digest } of beside) scope.reader.note(target.name, { file, digest });
    return { target, origin: `helm:${origin}`, bundle, wants: "Katalog", isScanned: true };
  });
}

/** Beside a repository `path` is the part of the chart that counts. */
function isBelow(path: string, { repo, path: wanted }: ChartPlace): boolean {
  if (repo === undefined || wanted === undefined) return true;
  const folder = wanted.replace(/^\.\//, "").replace(/\/+$/, "");
  return path === folder || path.startsWith(`${folder}/`);
}
