/** `imports` of a Komposer, as valibot schemas; what this build reads of it. */
import * as v from "valibot";
import { YamlScalar } from "../std/yaml-node.ts";
import { isTreeMap, listOrOne, oneOf, type Reads, reading, strict, text } from "./fields.ts";

const variable = text("the name of an environment variable");

const auth = strict({
  type: oneOf(["github", "bearer", "basic"]),
  fromEnv: v.exactOptional(variable),
  usernameFromEnv: v.exactOptional(variable),
  passwordFromEnv: v.exactOptional(variable),
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

export const importsDocument = strict({
  imports: v.exactOptional(strict({ files: v.exactOptional(listOrOne(file)) })),
});

export type AuthDocument = v.InferOutput<typeof auth>;

export interface FileImport {
  /** As written: `$NAME` is not replaced yet. */
  readonly url: string;
  readonly auth?: AuthDocument;
  /** In lower case, without a prefix. */
  readonly sha256?: string;
}
