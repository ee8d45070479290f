/** What a stage gives `ork run` to read: a Katalog for the kinds of the tests, or an example of the repository. */
import { cp, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../support/built-ork.ts";
import { crdOf, KINDS, type Kind } from "./stage-kinds.ts";

export interface KatalogOptions {
  readonly resync?: string;
  readonly workers?: number;
  /** Instead of the operator box of a Widget. */
  readonly crds?: Readonly<Record<string, object>>;
  /** Instead of `crds`: the Katalog of a folder of `examples/`, for the test's namespace only. */
  readonly example?: string;
}

/** Holds what `ork run -f` is given. */
export const ENTRY_FOLDER = "entry";

const WIDGET_BOX = {
  onReconcile: {
    configMaps: [
      { name: "{{ .metadata.name }}", data: { text: "{{ .spec.text }}" } },
      {
        name: "{{ .metadata.name }}-{{ .item }}",
        forEach: { field: "spec.items" },
        data: { item: "{{ .item }}", text: "{{ .spec.text }}" },
      },
    ],
  },
};

const SEEN = { status: { fields: [{ path: "seen", value: "{{ .spec.text }}" }] } };

/** Fills the stage's folder. */
export async function writeEntry(
  namespace: string,
  folder: string,
  options: KatalogOptions,
): Promise<void> {
  const entry = join(folder, ENTRY_FOLDER);
  if (options.example) await copyExample(namespace, options.example, folder);
  else {
    await mkdir(entry);
    await writeFile(join(entry, "katalog.yaml"), JSON.stringify(katalog(namespace, options)));
  }
  for (const kind of Object.keys(KINDS) as Kind[]) {
    await writeFile(join(entry, `${kind.toLowerCase()}.yaml`), JSON.stringify(crdOf(kind)));
  }
}

/** One operator box for a kind of the tests. */
export function box(
  kind: Kind,
  {
    reconcile = WIDGET_BOX,
    emit = SEEN,
    ...more
  }: { reconcile?: object; emit?: object } & object = {},
): object {
  return { crdFile: `./${kind.toLowerCase()}.yaml`, operatorBox: { reconcile, emit, ...more } };
}

function katalog(namespace: string, options: KatalogOptions): object {
  const { resync = "1s", workers = 3 } = options;
  const standard = {
    widget: box("Widget", { reconcile: { ...WIDGET_BOX, resync, workers } }),
  };
  const crds = Object.entries(options.crds ?? standard).map(([name, entry]) => [
    name,
    { namespace, ...entry },
  ]);
  return {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name: namespace },
    spec: { crds: Object.fromEntries(crds) },
  };
}

interface EntryDocument {
  readonly spec: { readonly crds: Readonly<Record<string, object>> };
}

/** The example as the folder's Katalog, for one namespace; all examples beside it, for what it imports. */
async function copyExample(namespace: string, example: string, folder: string): Promise<void> {
  await cp(join(ROOT, "examples"), folder, { recursive: true });
  await rename(join(folder, example), join(folder, ENTRY_FOLDER));
  for (const file of ["katalog.yaml", "komposer.yaml"]) {
    const path = join(folder, ENTRY_FOLDER, file);
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const document = Bun.YAML.parse(text) as EntryDocument;
    const crds = Object.entries(document.spec.crds).map(([name, entry]) => [
      name,
      { ...entry, namespace },
    ]);
    const spec = { ...document.spec, crds: Object.fromEntries(crds) };
    await writeFile(path, JSON.stringify({ ...document, metadata: { name: namespace }, spec }));
  }
}
