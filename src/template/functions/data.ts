/** Encodings and digests. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../std/json.ts";
import type { Arguments } from "./arguments.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { textOf } from "./value.ts";

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

export const dataFunctions = functionGroup({
  title: "Data",
  about: "Text is encoded as UTF-8. JSON is compact, its keys are sorted.",
  given: { spec: { settings: { retries: 3, debug: false } } },
  rows: [
    {
      signature: "toBase64 text",
      summary: "Standard base64.",
      example: ['{{ toBase64 "s3cret" }}', "czNjcmV0"],
      call: (args) => Buffer.from(args.text(0), "utf8").toString("base64"),
    },
    {
      signature: "fromBase64 text",
      summary: "The text behind standard or URL-safe base64; an error when there is none.",
      example: ['{{ fromBase64 "czNjcmV0" }}', "s3cret"],
      call: decodeBase64,
    },
    jsonRow("toJSON"),
    jsonRow("toJson"),
    {
      signature: "sha256sum value",
      summary:
        "The SHA-256 as 64 hexadecimal digits; `truncate` makes it short enough for a label.",
      example: [
        '{{ sha256sum "hello" }}',
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
      ],
      call: (args) =>
        createHash("sha256")
          .update(textOf(args.value(0)))
          .digest("hex"),
    },
  ],
});

function jsonRow(name: string): FunctionRow {
  return {
    signature: `${name} value`,
    summary: "The value as JSON text.",
    example: [`{{ ${name} .spec.settings }}`, '{"debug":false,"retries":3}'],
    call: (args) => canonicalJson(args.value(0) ?? null),
  };
}

function decodeBase64(args: Arguments): string {
  const text = args.text(0).replace(/\s+/g, "");
  if (!BASE64.test(text)) args.fail("text is not base64");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
  } catch (cause) {
    return args.fail("text does not decode to UTF-8", cause);
  }
}
