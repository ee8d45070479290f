/**
 * A Katalog with many CRD entries, each as large as that of `examples/website`: what the rows of
 * `resolve` read. The schemas stand in no file, in one file for all, or in a file for each.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the definitions stand. */
export const SHAPES = ["inline", "shared", "own"] as const;
export type Shape = (typeof SHAPES)[number];

const EXAMPLE = join(import.meta.dir, "../../examples/website");

/** Writes it to `folder`; returns the path of the document. */
export async function writeManyCrds(folder: string, shape: Shape, count: number): Promise<string> {
  const [katalog, crd] = await Promise.all(
    ["katalog.yaml", "crd.yaml"].map((name) => readFile(join(EXAMPLE, name), "utf8")),
  );
  const [head = "", entry = ""] = splitAt(katalog ?? "", "    website:\n");
  const indexes = Array.from({ length: count }, (_, index) => index);
  const definitions = indexes.map((index) => numbered(crd ?? "", index));
  const entries = indexes.map((index) =>
    numbered(entry, index).replace(/^ {6}crdFile: .*\n/m, typeLines(shape, index)),
  );
  await mkdir(folder, { recursive: true });
  if (shape === "shared") await writeFile(join(folder, "crds.yaml"), definitions.join("---\n"));
  if (shape === "own") {
    for (const [index, text] of definitions.entries()) {
      await writeFile(join(folder, `crd-${index}.yaml`), text);
    }
  }
  const path = join(folder, "katalog.yaml");
  await writeFile(path, head + entries.join(""));
  return path;
}

function typeLines(shape: Shape, index: number): string {
  switch (shape) {
    case "inline": {
      const names = `kind: Website${index}, plural: websites${index}`;
      return `      apiTypes: { group: demo.orkestra.dev, version: v1, ${names} }\n`;
    }
    case "shared":
      return "      crdFile: ./crds.yaml\n";
    case "own":
      return `      crdFile: ./crd-${index}.yaml\n`;
    default:
      return shape satisfies never;
  }
}

/** `website` → `website7`, in every name of the definition and of the entry. */
function numbered(text: string, index: number): string {
  return text
    .replaceAll("websites", `websites${index}`)
    .replaceAll(/\b([Ww]ebsite)\b/g, `$1${index}`)
    .replace("shortNames: [web]", `shortNames: [web${index}]`);
}

function splitAt(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return [text.slice(0, at), text.slice(at)];
}
