/** Encodings, digests, JSON, YAML and TOML, as Helm's own functions and sprig's have them. */
import { createHash } from "node:crypto";
import type { TemplateValue } from "../../template/template.ts";
import { asMapValue, isMap } from "../go-map.ts";
import { jsonText, readJson } from "../json-text.ts";
import { readToml, tomlText } from "../toml-text.ts";
import { readYaml } from "../yaml-read.ts";
import { TO_YAML, TO_YAML_PRETTY, yamlText } from "../yaml-text.ts";
import { decodeBase32, decodeBase64, encodeBase32 } from "./base.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

export const encodingFunctions = helmFunctions(
  [
    ["b64enc text", (args) => Buffer.from(args.text(0), "utf8").toString("base64")],
    ["b64dec text", (args) => decodeBase64(args.text(0))],
    ["b32enc text", (args) => encodeBase32(args.text(0))],
    ["b32dec text", (args) => decodeBase32(args.text(0))],
    ["sha1sum text", (args) => digest("sha1", args.text(0))],
    ["sha256sum text", (args) => digest("sha256", args.text(0))],
    ["sha512sum text", (args) => digest("sha512", args.text(0))],
    ["adler32sum text", (args) => String(adler32(Buffer.from(args.text(0), "utf8")))],
    ["toJson value", (args) => orEmpty(() => jsonText(args.any(0)))],
    ["mustToJson value", (args) => orFail(args, () => jsonText(args.any(0)))],
    ["toPrettyJson value", (args) => orEmpty(() => jsonText(args.any(0), { isPretty: true }))],
    [
      "mustToPrettyJson value",
      (args) => orFail(args, () => jsonText(args.any(0), { isPretty: true })),
    ],
    [
      "toRawJson value",
      (args) => orFail(args, () => jsonText(args.any(0), { escapesHtml: false })),
    ],
    [
      "mustToRawJson value",
      (args) => orFail(args, () => jsonText(args.any(0), { escapesHtml: false })),
    ],
    ["fromJson text", (args) => mapOrError(() => readJson(args.text(0)))],
    ["mustFromJson text", (args) => orFail(args, () => readJson(args.text(0)))],
    ["fromJsonArray text", (args) => listOrError(() => readJson(args.text(0)))],
    ["toYaml value", (args) => yaml(args)],
    ["mustToYaml value", (args) => yaml(args)],
    ["toYamlPretty value", (args) => withoutEnd(yamlText(args.any(0), TO_YAML_PRETTY))],
    ["fromYaml text", (args) => mapOrError(() => firstDocument(args.text(0)), YAML_WORDS)],
    ["fromYamlArray text", (args) => listOrError(() => firstDocument(args.text(0)), YAML_WORDS)],
    ["toToml value", (args) => tomlOrMessage(args)],
    ["mustToToml value", (args) => orFail(args, () => tomlText(args.any(0)))],
    ["fromToml text", (args) => mapOrError(() => readToml(args.text(0)))],
  ],
  {
    characters:
      "b64dec b32enc b32dec fromJson mustFromJson fromJsonArray fromYaml fromYamlArray fromToml toYaml mustToYaml toYamlPretty toToml mustToToml",
  },
);

function digest(algorithm: "sha1" | "sha256" | "sha512", text: string): string {
  return createHash(algorithm).update(text).digest("hex");
}

/** RFC 1950. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}

/** Go's functions without `must` swallow what goes wrong. */
function orEmpty(make: () => string): string {
  try {
    return make();
  } catch {
    return "";
  }
}

function orFail<T>(args: HelmArguments, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    return args.fail(messageOf(cause), cause);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function withoutEnd(text: string): string {
  return text.replace(/\n$/, "");
}

function yaml(args: HelmArguments): string {
  return withoutEnd(yamlText(args.any(0), TO_YAML));
}

function tomlOrMessage(args: HelmArguments): string {
  if (args.any(0) === null) args.fail("there is nothing to encode");
  try {
    return tomlText(args.any(0));
  } catch (cause) {
    return messageOf(cause);
  }
}

const YAML_WORDS = "error unmarshaling JSON: while decoding JSON: ";

/** The parsers of maps put what went wrong under the key `Error`. */
function mapOrError(read: () => TemplateValue, words = ""): TemplateValue {
  try {
    const value = read();
    if (value === null || value === undefined) return asMapValue({});
    if (isMap(value)) return asMapValue(value);
    const error = `${words}json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`;
    return asMapValue({ Error: error });
  } catch (cause) {
    return asMapValue({ Error: messageOf(cause) });
  }
}

function listOrError(read: () => TemplateValue, words = ""): TemplateValue {
  try {
    const value = read();
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return value as TemplateValue;
    return [
      `${words}json: cannot unmarshal ${jsonKind(value)} into Go value of type []interface {}`,
    ];
  } catch (cause) {
    return [messageOf(cause)];
  }
}

function jsonKind(value: TemplateValue): string {
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    default:
      return isMap(value) ? "object" : "number";
  }
}

function firstDocument(text: string): TemplateValue {
  const result = readYaml(text, "text");
  if (result.kind === "read") return result.documents[0] ?? null;
  const [issue] = result.issues;
  throw new Error(`error converting YAML to JSON: yaml: ${issue?.message ?? "invalid"}`);
}
