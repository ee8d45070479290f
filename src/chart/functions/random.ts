/** Sprig's random texts and numbers. The bytes come from the environment. */
import type { FunctionCall } from "../../template/template.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join(
  "",
);

const MAX_SIZE = 1_000_000;

export const randomFunctions = helmFunctions(
  [
    ["randAlphaNum count", (args) => pickCharacters(args, LETTERS + DIGITS)],
    ["randAlpha count", (args) => pickCharacters(args, LETTERS)],
    ["randNumeric count", (args) => pickCharacters(args, DIGITS)],
    ["randAscii count", (args) => pickCharacters(args, PRINTABLE)],
    [
      "randBytes count",
      (args) => Buffer.from(args.call.environment.random(sizeOf(args))).toString("base64"),
    ],
    ["randInt from to", randomInteger],
    ["uuidv4", (args) => uuid(args.call)],
    ["shuffle text", shuffle],
  ],
  {
    characters: "shuffle",
  },
);

function sizeOf(args: HelmArguments): number {
  const size = args.int(0);
  if (size < 0 || size > MAX_SIZE) args.fail(`count is ${size}, expected 0 to ${MAX_SIZE}`);
  // A character takes several numbers on its way.
  args.call.meter.spend(size);
  return size;
}

function pickCharacters(args: HelmArguments, alphabet: string): string {
  const size = sizeOf(args);
  if (size === 0) return "";
  const numbers = randomNumbers(args.call, size);
  return numbers.map((number) => alphabet.charAt(number % alphabet.length)).join("");
}

/** Four bytes each: the remainder by a small number is then as good as even. */
function randomNumbers({ environment }: FunctionCall, count: number): number[] {
  const bytes = environment.random(count * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => view.getUint32(index * 4));
}

function randomInteger(args: HelmArguments): number {
  const [from, to] = [args.int(0), args.int(1)];
  if (to <= from) args.fail("invalid argument to Intn");
  return from + ((randomNumbers(args.call, 1)[0] ?? 0) % (to - from));
}

/** RFC 9562, version 4. */
function uuid({ environment }: FunctionCall): string {
  const bytes = Buffer.from(environment.random(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function shuffle(args: HelmArguments): string {
  const characters = [...args.text(0)];
  if (characters.length < 2) return args.text(0);
  const numbers = randomNumbers(args.call, characters.length);
  for (let at = characters.length - 1; at > 0; at--) {
    const other = (numbers[at] ?? 0) % (at + 1);
    const kept = characters[at] ?? "";
    characters[at] = characters[other] ?? "";
    characters[other] = kept;
  }
  return characters.join("");
}
