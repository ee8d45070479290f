/**
 * The levels of `src/` as data, and the proof that imports (type imports included) only point down
 * and that each npm package stays behind its fence. A new edge is a change to this table in the
 * same commit that needs it. `docs/architecture.md` explains the levels.
 */
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  std: [],
  telemetry: ["std"],
  queue: ["std"],
  schema: ["std"],
  katalog: ["std"],
  template: ["schema", "std"],
  chart: ["template", "std"],
  condition: ["katalog", "template", "schema", "std"],
  kube: ["schema", "telemetry", "std"],
  source: ["katalog", "telemetry", "std"],
  hook: ["katalog", "telemetry", "std"],
  resolve: ["source", "chart", "condition", "template", "katalog", "schema", "telemetry", "std"],
  apply: ["kube", "schema", "telemetry", "std"],
  sandbox: ["kube", "schema", "telemetry", "std"],
  status: ["apply", "kube", "katalog", "schema", "std"],
  reconcile: [
    "status",
    "apply",
    "hook",
    "kube",
    "condition",
    "template",
    "schema",
    "katalog",
    "telemetry",
    "std",
  ],
  runtime: [
    "reconcile",
    "hook",
    "status",
    "apply",
    "queue",
    "kube",
    "katalog",
    "schema",
    "telemetry",
    "std",
  ],
  server: ["runtime", "status", "apply", "schema", "katalog", "kube", "telemetry", "std"],
  preview: [
    "runtime",
    "reconcile",
    "status",
    "sandbox",
    "apply",
    "kube",
    "katalog",
    "schema",
    "telemetry",
    "std",
  ],
  cli: [
    "hook",
    "preview",
    "server",
    "runtime",
    "reconcile",
    "status",
    "sandbox",
    "apply",
    "resolve",
    "source",
    "kube",
    "condition",
    "template",
    "katalog",
    "schema",
    "queue",
    "telemetry",
    "std",
  ],
  "main.ts": ["cli", "hook"],
  "hooks.ts": ["hook", "sandbox", "reconcile", "kube", "katalog", "schema", "telemetry", "std"],
};

/** npm package → the files or folders of `src/` that may name it. */
const FENCED: Readonly<Record<string, readonly string[]>> = {
  "@cfworker/json-schema": ["chart/"],
  "@kubernetes/client-node": ["kube/"],
  "@noble/ciphers": ["source/oci/cosign-key.ts"],
  "@sigstore/bundle": ["source/oci/keyless.ts"],
  "@sigstore/protobuf-specs": ["source/oci/keyless.ts"],
  "@sigstore/verify": ["source/oci/keyless.ts"],
  bcryptjs: ["chart/"],
  cac: ["cli/"],
  croner: ["std/cron.ts"],
  "prom-client": ["telemetry/"],
  re2js: ["std/regex.ts"],
  semver: ["std/semver.ts"],
  "modern-tar": ["source/archive.ts"],
  openpgp: ["source/openpgp.ts"],
  "smol-toml": ["chart/"],
  valibot: ["katalog/"],
  yaml: ["std/yaml.ts", "std/yaml-mistakes.ts", "std/yaml-package.ts", "std/yaml-scalar.ts"],
};

const SPECIFIER = /^\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s)?\s*["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

test("src imports point down the levels and packages stay behind their fence", async () => {
  const folders = new Set<string>();
  const broken: string[] = [];
  for await (const file of new Bun.Glob("**/*.ts").scan("src")) {
    folders.add(top(file));
    const text = await Bun.file(join("src", file)).text();
    for (const [, specifier = ""] of [...text.matchAll(SPECIFIER), ...text.matchAll(DYNAMIC)]) {
      if (!isAllowed(file, specifier)) broken.push(`${file} → ${specifier}`);
    }
  }
  expect([...folders].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  expect(broken).toEqual([]);
});

function isAllowed(file: string, specifier: string): boolean {
  if (specifier.startsWith("node:")) return true;
  if (specifier.endsWith("/package.json")) return file === "cli/version.ts";
  if (specifier.startsWith(".")) {
    const target = top(join(dirname(file), specifier));
    return target === top(file) || (MAY_IMPORT[top(file)]?.includes(target) ?? false);
  }
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  return FENCED[name]?.some((place) => file.startsWith(place)) ?? false;
}

function top(file: string): string {
  return file.split("/")[0] ?? "";
}
