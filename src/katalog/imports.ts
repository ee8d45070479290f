/** `imports` of a Komposer, as valibot schemas; what this build reads of it. */
import * as v from "valibot";
import type { JsonObject } from "../std/json.ts";
import { YamlScalar } from "../std/yaml-node.ts";
import {
  bool,
  isTreeMap,
  jsonNative,
  listOrOne,
  mapOf,
  oneOf,
  type Reads,
  reading,
  strict,
  text,
} from "./fields.ts";

const variable = text("the name of an environment variable");

/** Credentials of one import; the values themselves are never in a document. */
export const auth = strict({
  type: oneOf(["github", "bearer", "basic", "header"]),
  fromEnv: v.exactOptional(variable),
  usernameFromEnv: v.exactOptional(variable),
  passwordFromEnv: v.exactOptional(variable),
  header: v.exactOptional(text("the name of a header")),
  realm: v.exactOptional(text("the URL of the server that gives tokens out")),
});

const sha256 = reading("64 hexadecimal digits", (tree) => {
  if (!(tree instanceof YamlScalar)) return undefined;
  return /^(?:sha256:)?([0-9a-f]{64})$/i.exec(tree.text.trim())?.[1]?.toLowerCase();
});

const detailedFile = strict({
  url: text("a path or a URL"),
  auth: v.exactOptional(auth),
  sha256: v.exactOptional(sha256),
});

const bareFile = v.pipe(
  text("a path, a URL, or a mapping with url"),
  v.transform((url): FileImport => ({ url })),
);

/** A path or a URL as text, or with what it takes to read it. */
const file: Reads<FileImport> = v.pipe(
  v.unknown(),
  v.lazy((input) => (isTreeMap(input) ? detailedFile : bareFile)),
);

const helm = strict({
  repo: v.exactOptional(text("the URL of a repository of charts")),
  chart: v.exactOptional(text("the name of a chart")),
  version: v.exactOptional(text("a version or a range of versions")),
  path: v.exactOptional(text("a path")),
  valueFiles: v.exactOptional(listOrOne(text("a path or a URL"))),
  values: v.exactOptional(jsonNative),
  verify: v.exactOptional(strict({ keyring: text("the path of a file of OpenPGP public keys") })),
  auth: v.exactOptional(auth),
});

const bareRegistry = v.pipe(
  text("a name, a reference, or a mapping with url"),
  v.transform((url): RegistryImport => ({ url })),
);

const detailedRegistry = strict({
  url: text("a reference to an artifact or the URL of a git repository"),
  version: v.exactOptional(text("a tag or a digest")),
  oci: v.exactOptional(bool),
  useKomposer: v.exactOptional(bool),
  katalog: v.exactOptional(mapOf(strict({ version: v.exactOptional(text("a version")) }))),
  auth: v.exactOptional(auth),
});

const registry: Reads<RegistryImport> = v.pipe(
  v.unknown(),
  v.lazy((input) => (isTreeMap(input) ? detailedRegistry : bareRegistry)),
);

export const importsDocument = strict({
  imports: v.exactOptional(
    strict({
      files: v.exactOptional(listOrOne(file)),
      helm: v.exactOptional(listOrOne(helm)),
      registry: v.exactOptional(listOrOne(registry)),
    }),
  ),
});

export type AuthDocument = v.InferOutput<typeof auth>;

export interface FileImport {
  /** As written: `$NAME` is not replaced yet. */
  readonly url: string;
  readonly auth?: AuthDocument;
  /** In lower case, without a prefix. */
  readonly sha256?: string;
}

/** A chart that is rendered and searched for Katalogs. */
export interface ChartImport {
  readonly repo?: string;
  readonly chart?: string;
  readonly version?: string;
  /** Without `repo` the chart itself; beside it the part of the chart that is searched. */
  readonly path?: string;
  readonly valueFiles?: readonly string[];
  readonly values?: JsonObject;
  /** The archive needs provenance by one of these keys. */
  readonly verify?: { readonly keyring: string };
  readonly auth?: AuthDocument;
}

export interface RegistryImport {
  /** `name`, `name@version`, `name:tag`, `oci://…`, `host/path`, or the URL of a git repository. */
  readonly url: string;
  readonly version?: string;
  readonly oci?: boolean;
  readonly useKomposer?: boolean;
  /** Of a git repository that holds several: name → version. */
  readonly katalog?: ReadonlyMap<string, { readonly version?: string }>;
  readonly auth?: AuthDocument;
}
