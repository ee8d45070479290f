/** Go's `[]byte`, which a chart gets of `.Files.GetBytes`. */
import { asValue, GoNumber, GoObject } from "../../template/go-object.ts";
import type { TemplateValue } from "../../template/template.ts";

export class GoBytes extends GoObject {
  readonly typeName = "[]uint8";
  readonly kind = "slice";
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }

  override isTrue(): boolean {
    return this.bytes.length > 0;
  }

  /** Each byte is a number and a space. */
  override get size(): number {
    return this.bytes.length * 4;
  }

  text(): string {
    return `[${this.bytes.join(" ")}]`;
  }

  override plain(): TemplateValue {
    return Buffer.from(this.bytes).toString("base64");
  }

  decoded(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes);
  }

  equals(other: GoBytes): boolean {
    return Buffer.from(this.bytes).equals(other.bytes);
  }

  override entries(): readonly (readonly [TemplateValue, TemplateValue])[] {
    return [...this.bytes].map((byte, index) => [index, asValue(new GoNumber(byte, "uint8"))]);
  }
}
