/**
 * Random text. The bytes come from the environment, which keeps them stable for one CR and field
 * where a value once written must stay.
 */
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const MAX_SIZE = 4096;

export const randomFunctions = functionGroup({
  title: "Random",
  about:
    "For secrets that are made once: use them in an entry with `once: true` or in one that is only created, so that a value once written is kept. The examples show the form; real values are unpredictable.",
  rows: [
    {
      signature: "randomAlphanumeric length",
      summary: "Letters and digits.",
      example: ["{{ len (randomAlphanumeric 32) }}", "32"],
      call: (args) => alphanumericOf(randomBytes(args, 4), args.integer(0)),
    },
    {
      signature: "randomHex bytes",
      summary: "That many bytes as hexadecimal digits, two for each.",
      example: ["{{ len (randomHex 16) }}", "32"],
      call: (args) => Buffer.from(randomBytes(args, 1)).toString("hex"),
    },
    {
      signature: "randomBase64 bytes",
      summary: "That many bytes as URL-safe base64 without padding.",
      example: ["{{ len (randomBase64 32) }}", "43"],
      call: (args) => Buffer.from(randomBytes(args, 1)).toString("base64url"),
    },
  ],
});

function randomBytes(args: Arguments, bytesEach: number): Uint8Array {
  const size = args.integer(0);
  if (size < 1 || size > MAX_SIZE) args.fail(`size is ${size}, expected 1 to ${MAX_SIZE}`);
  return args.call.environment.random(size * bytesEach);
}

/** Four bytes a character: the remainder by 62 is then even to one part in 69 million. */
function alphanumericOf(bytes: Uint8Array, length: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length }, (_, index) =>
    ALPHANUMERIC.charAt(view.getUint32(index * 4) % ALPHANUMERIC.length),
  ).join("");
}
