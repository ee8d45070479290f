/** What lies on disk instead of a document: a part of the table of `faults.ts`. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FileFault, PIN, type Told, TWICE } from "./fault-kinds.ts";
import { katalogOf } from "./sources.ts";

const written = (what: string, says: RegExp, content: string | Uint8Array): FileFault & Told => ({
  what,
  says,
  file: "katalog.yaml",
  make: (folder) => writeFile(join(folder, "katalog.yaml"), content),
});

const ENTRY = "apiTypes: { group: own.example.io, version: v1, kind: Thing, plural: things }";

export const FILES: readonly (FileFault & Told)[] = [
  { what: "no file", says: /none\.yaml": there is no such file or folder/, file: "none.yaml" },
  {
    what: "a folder without a document",
    says: /: found no katalog\.yaml or komposer\.yaml in it/,
    file: ".",
  },
  { what: "a glob that meets nothing", says: /: it matches no file/, file: "*.yaml" },
  {
    what: "a link to nothing",
    says: /link\.yaml": there is no such file or folder/,
    file: "link.yaml",
    make: (folder) => symlink("nowhere.yaml", join(folder, "link.yaml")),
  },
  {
    what: "a link to itself",
    says: /: links lead in a circle/,
    file: "link.yaml",
    make: (folder) => symlink("link.yaml", join(folder, "link.yaml")),
  },
  {
    what: "a folder called like a file",
    says: /Cannot read the folder ".*katalog\.yaml": found no/,
    file: "katalog.yaml",
    make: (folder) => mkdir(join(folder, "katalog.yaml")),
  },
  {
    what: "a device that ends at once",
    says: /"\/dev\/null": it holds no document/,
    file: "/dev/null",
  },
  {
    what: "a device that never ends",
    says: /"\/dev\/zero": it is larger, the limit is/,
    file: "/dev/zero",
  },
  {
    what: "a file that fails to be read",
    says: /: the device failed to read or write/,
    file: "/proc/self/mem",
  },
  {
    what: "a variable that nobody set",
    says: /: the environment variable NOBODY_SETS_THIS is not set/,
    file: "$NOBODY_SETS_THIS/katalog.yaml",
  },
  {
    ...written("a pin that does not fit", PIN, katalogOf("own")),
    more: { sha256: "0".repeat(64) },
  },
  written("nothing at all", /: it holds no document/, ""),
  written("only a comment", /: it holds no document/, "# later\n"),
  written("what is no YAML", /^error: Flow /, "kind: [unclosed\n\tapi: {"),
  written("a list", /: found a list, expected a mapping/, "- kind: Katalog\n"),
  written(
    "invalid UTF-8",
    /: it is not UTF-8 text/,
    new Uint8Array([0x6b, 0x3a, 0xff, 0xfe, 0x0a]),
  ),
  written("control characters", /^error: /, 'kind: "a\u0000b"\n'),
  written(
    "more than anybody reads",
    /: \d+ bytes, the limit is \d+/,
    `# ${"x".repeat(6 * 1024 * 1024)}`,
  ),
  written(
    "another document",
    /: found apiVersion "v1", expected/,
    "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n",
  ),
  written(
    "another version",
    /: found apiVersion ".*v9", expected/,
    katalogOf("own").replace("/v1\n", "/v9\n"),
  ),
  written(
    "a Komposer",
    /: it is a Komposer, and a Komposer imports Katalogs only/,
    katalogOf("own").replace("kind: Katalog", "kind: Komposer"),
  ),
  written(
    "a Motif",
    /: it is a Motif, and what is imported here is a Katalog/,
    katalogOf("own").replace("kind: Katalog", "kind: Motif"),
  ),
  written(
    "a Katalog of no CRD",
    /: it brings no CRD/,
    katalogOf("own").replace(/crds:[\s\S]*/, "crds: {}\n"),
  ),
  written("an entry that an import brings, too", TWICE, katalogOf("good")),
  written(
    "an unknown key",
    /Unknown key "crd" in spec/,
    katalogOf("own").replace("spec:", "spec:\n  crd: {}"),
  ),
  written(
    "a definition that is not there",
    /: there is no file .*none\.yaml/,
    katalogOf("own").replace(ENTRY, "crdFile: ./none.yaml"),
  ),
  {
    what: "a definition that is none",
    says: /crd\.yaml": it holds no CustomResourceDefinition/,
    file: "katalog.yaml",
    async make(folder) {
      const text = katalogOf("own").replace(ENTRY, "crdFile: ./crd.yaml");
      await writeFile(join(folder, "katalog.yaml"), text);
      await writeFile(join(folder, "crd.yaml"), "kind: Pod\n");
    },
  },
];
