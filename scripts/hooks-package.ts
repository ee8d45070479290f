/**
 * `dist/orkestra-hooks`: what authors of hooks install to test them, `npm install <folder>`. One file of plain
 * JavaScript for Node, Bun and Deno, its types, and a `package.json`; it depends on nothing.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { declarePackage } from "./hook-types.ts";

/** Builds the entry file into `hooks.js` of the folder. */
type Bundle = (outfile: string, config: Bun.BuildConfig) => Promise<unknown>;

export async function buildHooksPackage(
  folder: string,
  { bundle, ...common }: { readonly bundle: Bundle } & Omit<Bun.BuildConfig, "entrypoints">,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const output = { target: "node", format: "esm", outdir: folder, naming: "hooks.js" } as const;
  await bundle(join(folder, "hooks.js"), { ...common, entrypoints: ["src/hooks.ts"], ...output });
  const types = declarePackage(await readFile("src/hook/author.ts", "utf8"));
  await writeFile(join(folder, "hooks.d.ts"), types);
  const { name, version, license } = JSON.parse(await readFile("package.json", "utf8"));
  const manifest = {
    name,
    version,
    description: "Types and a test helper for hooks of Orkestra",
    license,
    type: "module",
    exports: { "./hooks": { types: "./hooks.d.ts", default: "./hooks.js" } },
    engines: { node: ">=20" },
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
