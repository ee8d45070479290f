/** `.Files` of a template: what the chart holds beside its templates. */

import { TemplateError } from "../../template/error.ts";
import { asValue, GoObject, typed } from "../../template/go-object.ts";
import { compareTexts } from "../../template/go-value.ts";
import type { TemplateValue } from "../../template/template.ts";
import { asMapValue, mapOf } from "../go-map.ts";
import { TO_YAML, yamlText } from "../yaml-text.ts";
import { GoBytes } from "./bytes.ts";
import { compileGlob } from "./glob.ts";

export class FilesObject extends GoObject {
  readonly typeName = "engine.files";
  readonly kind = "map";
  readonly #files: ReadonlyMap<string, Uint8Array>;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    super();
    this.#files = files;
  }

  override isTrue(): boolean {
    return this.#files.size > 0;
  }

  override get size(): number {
    let size = 0;
    for (const [path, bytes] of this.#files) size += path.length + bytes.length;
    return size;
  }

  text(): string {
    const members = this.entries().map(([path, bytes]) => `${path}:${textOf(bytes)}`);
    return `map[${members.join(" ")}]`;
  }

  override plain(): TemplateValue {
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
    return asMapValue(mapOf([...this.#files].map(([path, bytes]) => [path, base64(bytes)])));
  }

  override entries(): readonly (readonly [TemplateValue, TemplateValue])[] {
    return [...this.#files]
      .sort(([left], [right]) => compareTexts(left, right))
      .map(([path, bytes]) => [path, asValue(new GoBytes(bytes))]);
  }

  override field(name: string): TemplateValue {
    switch (name) {
      case "AsConfig":
        return this.#yaml((bytes) => new GoBytes(bytes).decoded());
      case "AsSecrets":
        return this.#yaml((bytes) => Buffer.from(bytes).toString("base64"));
      case "Get":
      case "GetBytes":
      case "Lines":
      case "Glob":
        return this.invoke(name, []);
      default: {
        const bytes = this.#files.get(name);
        return bytes ? asValue(new GoBytes(bytes)) : undefined;
      }
    }
  }

  override invoke(name: string, args: readonly TemplateValue[]): TemplateValue {
    const [path] = args;
    if (typeof path !== "string" || args.length !== 1) {
      const message = `Cannot call .Files.${name}: expected one text`;
      throw new TemplateError("bad-argument", message);
    }
    switch (name) {
      case "Get":
        return new GoBytes(this.#bytes(path)).decoded();
      case "GetBytes":
        return asValue(new GoBytes(this.#bytes(path)));
      case "Lines":
        return typed(linesOf(new GoBytes(this.#bytes(path)).decoded()), "[]string");
      case "Glob":
        return asValue(this.#matching(path));
      default:
        return super.invoke(name, args);
    }
  }

  #bytes(path: string): Uint8Array {
    return this.#files.get(path) ?? new Uint8Array();
  }

  #matching(pattern: string): FilesObject {
    const matches = compileGlob(pattern) ?? compileGlob("**");
    return new FilesObject(new Map([...this.#files].filter(([path]) => matches?.(path))));
  }

  /** File names without their folders, as the keys of a ConfigMap are. */
  #yaml(textOfFile: (bytes: Uint8Array) => string): string {
    const entries = [...this.#files].map(
      ([path, bytes]) => [path.slice(path.lastIndexOf("/") + 1), textOfFile(bytes)] as const,
    );
    return yamlText(asMapValue(mapOf(entries)), TO_YAML).replace(/\n$/, "");
  }
}

function textOf(value: unknown): string {
  return value instanceof GoBytes ? value.text() : "";
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
