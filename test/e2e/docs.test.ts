/**
 * Every block of code of README.md, docs/ and the examples' pages is run, in the order of its page,
 * as a reader would (`doc-page.ts` says what the fences mean). Links between pages must lead somewhere.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { KATALOG_TABLES_PATH, katalogTables } from "../../scripts/generate-katalog-tables.ts";
import type { Cluster, CrdManifest, PolicyRule } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { completeKatalog } from "./doc-fragment.ts";
import {
  type CodeBlock,
  type DocPage,
  matchesOutput,
  occursInOrder,
  readPage,
} from "./doc-page.ts";
import { DocSession } from "./doc-session.ts";

const ORK = resolve("dist/ork");
const QUICK_START = "docs/quick-start.md";
const CRD = "CustomResourceDefinition";
const PAGE_TIMEOUT_MS = 240_000;

const PATHS = [
  "README.md",
  "CONTRIBUTING.md",
  ...globSync("docs/*.md"),
  ...globSync("examples/*/README.md"),
].sort();

describe("documentation", () => {
  test("there are pages to check", () => {
    expect(PATHS.length).toBeGreaterThan(5);
  });

  test.each(PATHS)("%s: fences are known and links lead somewhere", (path) => {
    const { links } = readPage(path, readFileSync(path, "utf8"));
    const missing = links.filter((link) => !existsSync(join(dirname(path), link)));
    expect(missing).toEqual([]);
  });

  test("tables of the Katalog are those of the code", () => {
    expect(readFileSync(KATALOG_TABLES_PATH, "utf8")).toBe(katalogTables());
  });

  test("every dependency has a row", () => {
    const page = readFileSync("docs/dependencies.md", "utf8");
    const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    const modules = [
      ...readFileSync("test/controlplane/go.mod", "utf8").matchAll(/^\t(\S+) v\S+$/gm),
    ];
    const names = [
      ...Object.keys({ ...dependencies, ...devDependencies }),
      ...modules.map(([, name = ""]) => name),
    ];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test("every example has a page", () => {
    const missing = globSync("examples/*/katalog.yaml").filter(
      (katalog) => !existsSync(join(dirname(katalog), "README.md")),
    );
    expect(missing).toEqual([]);
  });
});

describeWithCluster("the code of the documentation", {
  tests(cluster) {
    const pages = PATHS.map((path) => readPage(path, readFileSync(path, "utf8")));
    const withCode = pages.filter(({ blocks }) =>
      blocks.some(({ language }) => language !== "text"),
    );
    for (const page of withCode) {
      test(`${page.path} works as it is written`, () => work(page, cluster()), PAGE_TIMEOUT_MS);
    }
  },
});

describeWithCluster("the rights that the quick start gives", {
  needs: ["pods"],
  tests(cluster) {
    test(
      "are enough to serve its Katalog from start to end",
      async () => {
        const { blocks } = readPage(QUICK_START, readFileSync(QUICK_START, "utf8"));
        const objects = blocks.flatMap(({ language, text }) =>
          language === "yaml" ? parse(text) : [],
        );
        const rulesOf = (kind: string) =>
          (objects.find((each) => isKind(each, kind)) as { rules: readonly PolicyRule[] }).rules;
        const namespace = await cluster().newNamespace();
        const kubeconfig = await cluster().serviceAccount({
          name: "ork",
          namespace,
          rules: rulesOf("Role"),
          clusterRules: rulesOf("ClusterRole"),
        });
        await cluster().installCrd(objects.find((each) => isKind(each, CRD)) as CrdManifest);
        await using session = await DocSession.open({
          kubectlPath: cluster().kubectlPath,
          ork: ORK,
        });
        for (const { file, text } of blocks) {
          if (!file) continue;
          const path = join(session.folder, file.name);
          writeFileSync(path, file.isAddition ? addTo(path, parse(text)[0]) : text);
        }
        // In a cluster the Katalog's CRD is not looked at.
        await session.run(
          `export KUBERNETES_SERVICE_HOST=127.0.0.1 NAMESPACE=${namespace}\nork run -f katalog.yaml --kubeconfig ${kubeconfig}`,
        );
        const shop = parse(readFileSync(join(session.folder, "shop.yaml"), "utf8"))[0];
        const webApp = merge(shop, { metadata: { namespace }, spec: { host: "a.example.com" } });
        await cluster().kubectl(["apply", "-f", "-"], { stdin: stringify(webApp) });
        const ready = [
          "wait",
          "webapp/shop",
          "--for=condition=Ready",
          "-n",
          namespace,
          "--timeout=30s",
        ];
        await cluster().kubectl(ready);
        await cluster().kubectl(["delete", "webapp/shop", "-n", namespace, "--timeout=30s"]);
        expect(session.logs()).not.toContain("forbid");
      },
      PAGE_TIMEOUT_MS,
    );
  },
});

async function work(page: DocPage, cluster: Cluster): Promise<void> {
  await using session = await DocSession.open({ kubectlPath: cluster.kubectlPath, ork: ORK });
  if (page.blocks.some(({ language }) => language === "sh")) await session.startSandbox();
  let output = "";
  for (const block of page.blocks) {
    try {
      if (block.language === "sh") output = await runCommands(block, session);
      else if (block.isOutput) await compareOutput(block, { session, output });
      else if (block.language === "yaml") await useYaml(block, { page, session, cluster });
      else if (block.language === "json") JSON.parse(block.text);
    } catch (error) {
      throw new Error(`${block.place}\n${String(error)}\n\n${session.logs()}`, { cause: error });
    }
  }
}

async function runCommands(block: CodeBlock, session: DocSession): Promise<string> {
  const { output, code } = await session.run(block.text, block);
  if (code === block.exitCode) return output;
  throw new Error(`Ended with ${code}, expected ${block.exitCode}. It printed:\n${output}`);
}

async function compareOutput(
  block: CodeBlock,
  { session, output }: { readonly session: DocSession; readonly output: string },
): Promise<void> {
  if (session.terminalOutput() !== undefined) {
    await eventually(`The terminal shows\n${block.text}\n`, () =>
      occursInOrder(session.terminalOutput() ?? "", block.text),
    );
    return;
  }
  if (matchesOutput(output, block.text)) return;
  throw new Error(`The page shows\n${block.text}\n\nbut the commands print\n${output}`);
}

interface Surroundings {
  readonly page: DocPage;
  readonly session: DocSession;
  readonly cluster: Cluster;
}

async function useYaml(block: CodeBlock, surroundings: Surroundings): Promise<void> {
  const { session, cluster } = surroundings;
  const documents = parse(block.text);
  const { file } = block;
  if (file) {
    const path = join(session.folder, file.name);
    writeFileSync(path, file.isAddition ? addTo(path, documents[0]) : block.text);
    if (isKatalog(parse(readFileSync(path, "utf8"))[0]))
      await validate(path, surroundings, ["--strict"]);
    return;
  }
  const [only] = documents;
  const fragment = documents.length === 1 ? completeKatalog(only) : undefined;
  const katalog = isKatalog(only) ? only : fragment;
  if (katalog) {
    const path = join(session.folder, "fragment.yaml");
    writeFileSync(path, stringify(katalog));
    await validate(path, surroundings, fragment ? [] : ["--strict"]);
  } else if (documents.every(isObject)) await dryRun(documents, cluster);
}

function parse(text: string): readonly unknown[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS() as unknown;
  });
}

/** A Katalog of a page may use a CRD that the page links to. */
async function validate(
  path: string,
  { page, session }: Surroundings,
  flags: readonly string[],
): Promise<void> {
  const katalog = readFileSync(path, "utf8");
  for (const [, name = ""] of katalog.matchAll(/crdFile: \.\/(\S+)/g)) {
    const target = join(session.folder, name);
    const link = page.links.find((each) => basename(each) === name);
    if (!existsSync(target) && link) {
      writeFileSync(target, readFileSync(join(dirname(page.path), link)));
    }
  }
  const { output, code } = await session.run(
    `ork validate ${flags.join(" ")} -f ${basename(path)}`,
  );
  if (code !== 0) throw new Error(`This Katalog is not valid:\n${katalog}\n${output}`);
}

/** The server itself says whether it would take these objects. Namespaces among them are made. */
async function dryRun(objects: readonly unknown[], cluster: Cluster): Promise<void> {
  const namespaces = objects.filter((each) => (each as { kind: string }).kind === "Namespace");
  if (namespaces.length > 0) {
    await cluster.kubectl(["apply", "-f", "-"], {
      stdin: namespaces.map((each) => stringify(each)).join("---\n"),
    });
  }
  const stdin = objects.map((each) => stringify(each)).join("---\n");
  await cluster.kubectl(["apply", "--dry-run=server", "-f", "-"], { stdin });
}

function isKatalog(data: unknown): boolean {
  return isKind(data, "Katalog");
}

function isKind(data: unknown, kind: string): boolean {
  return isObject(data) && (data as { kind: unknown }).kind === kind;
}

function isObject(data: unknown): boolean {
  return typeof data === "object" && data !== null && "apiVersion" in data && "kind" in data;
}

/** Maps merge; everything else of the addition replaces what was there. */
function addTo(path: string, addition: unknown): string {
  return stringify(merge(parse(readFileSync(path, "utf8"))[0], addition), { lineWidth: 0 });
}

function merge(base: unknown, addition: unknown): unknown {
  if (!isMap(base) || !isMap(addition)) return addition;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(addition)) merged[key] = merge(base[key], value);
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
