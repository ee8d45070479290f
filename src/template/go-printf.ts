/**
 * Go's `printf`: reads the format and hands each value with its verb to `go-verb.ts`. Mistakes in
 * the format print as they do in Go (`%!d(MISSING)`), they do not fail
 * (https://pkg.go.dev/fmt#hdr-Format_errors).
 */
import { TemplateError } from "./error.ts";
import { integerIn } from "./go-object.ts";
import { goText } from "./go-print.ts";
import { goTypeName } from "./go-value.ts";
import { formatVerb, type Verb } from "./go-verb.ts";
import type { TemplateValue } from "./template.ts";

/** Go takes no larger width or precision. */
const MAX_NUMBER = 1_000_000;
const MAX_LENGTH = 1 << 20;

export interface PrintfOptions {
  /** Print an absent value as the zero of its verb (nothing, 0, false) instead of `<nil>`. */
  readonly isForgiving: boolean;
  /** Numbers have Go's types: `%f` takes no integer, `%d` no float. */
  readonly isTyped?: boolean;
}

export function goPrintf(
  format: string,
  args: readonly TemplateValue[],
  options: PrintfOptions,
): string {
  return new Printer(format, args, options).run();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Printer {
  readonly #format: string;
  readonly #args: readonly TemplateValue[];
  readonly #options: PrintfOptions;
  #offset = 0;
  #next = 0;
  #isReordered = false;
  #isIndexGood = true;
  #output = "";

  constructor(format: string, args: readonly TemplateValue[], options: PrintfOptions) {
    this.#format = format;
    this.#args = args;
    this.#options = options;
  }

  run(): string {
    for (;;) {
      const percent = this.#format.indexOf("%", this.#offset);
      this.#output += this.#format.slice(this.#offset, percent < 0 ? undefined : percent);
      if (percent < 0) break;
      this.#offset = percent + 1;
      this.#directive();
      if (this.#output.length > MAX_LENGTH) {
        throw new TemplateError("budget", `Text is longer than ${MAX_LENGTH} characters`);
      }
    }
    return this.#output + this.#extra();
  }

  #directive(): void {
    this.#isIndexGood = true;
    const verb = this.#flags();
    this.#argumentIndex();
    this.#width(verb);
    this.#precision(verb);
    this.#argumentIndex();
    const point = this.#format.codePointAt(this.#offset);
    if (point === undefined) {
      this.#output += "%!(NOVERB)";
      return;
    }
    verb.letter = String.fromCodePoint(point);
    this.#offset += verb.letter.length;
    this.#print(verb);
  }

  #print(verb: Verb): void {
    if (verb.letter === "%") this.#output += "%";
    else if (!this.#isIndexGood) this.#output += `%!${verb.letter}(BADINDEX)`;
    else if (this.#next >= this.#args.length) this.#output += `%!${verb.letter}(MISSING)`;
    else {
      const value = this.#args[this.#next++];
      this.#output += formatVerb(this.#options.isForgiving ? forgive(value, verb) : value, verb);
    }
  }

  #flags(): Mutable<Verb> {
    const flags = /^[#0+\- ]*/.exec(this.#format.slice(this.#offset, this.#offset + 64))?.[0] ?? "";
    this.#offset += flags.length;
    return {
      letter: "",
      minus: flags.includes("-"),
      plus: flags.includes("+"),
      sharp: flags.includes("#"),
      space: flags.includes(" "),
      zero: flags.includes("0"),
      width: undefined,
      precision: undefined,
      isTyped: this.#options.isTyped ?? false,
    };
  }

  #width(verb: Mutable<Verb>): void {
    if (!this.#take("*")) {
      verb.width = this.#number();
      return;
    }
    const width = this.#starArgument();
    if (width === undefined) this.#output += "%!(BADWIDTH)";
    else if (width < 0) {
      verb.minus = true;
      verb.width = -width;
    } else verb.width = width;
  }

  #precision(verb: Mutable<Verb>): void {
    if (!this.#take(".")) return;
    this.#argumentIndex();
    if (!this.#take("*")) {
      verb.precision = this.#number() ?? 0;
      return;
    }
    const precision = this.#starArgument();
    if (precision === undefined) this.#output += "%!(BADPREC)";
    else if (precision >= 0) verb.precision = precision;
  }

  #starArgument(): number | undefined {
    const value = this.#args[this.#next];
    if (this.#next < this.#args.length) this.#next++;
    const whole = integerIn(value);
    return whole !== undefined && Math.abs(whole) <= MAX_NUMBER ? whole : undefined;
  }

  /** `[2]` before a verb, a width or a precision. */
  #argumentIndex(): void {
    if (this.#format[this.#offset] !== "[") return;
    this.#isReordered = true;
    const match = /^\[(\d+)\]/.exec(this.#format.slice(this.#offset, this.#offset + 12));
    const close = this.#format.indexOf("]", this.#offset);
    const index = Number(match?.[1] ?? 0);
    this.#offset = close < 0 ? this.#offset + 1 : close + 1;
    if (index >= 1 && index <= this.#args.length) this.#next = index - 1;
    else this.#isIndexGood = false;
  }

  #number(): number | undefined {
    const digits = /^\d{1,7}/.exec(this.#format.slice(this.#offset, this.#offset + 7))?.[0];
    if (digits === undefined) return undefined;
    this.#offset += digits.length;
    return Math.min(Number(digits), MAX_NUMBER);
  }

  #take(character: string): boolean {
    if (this.#format[this.#offset] !== character) return false;
    this.#offset++;
    return true;
  }

  #extra(): string {
    if (this.#isReordered || this.#next >= this.#args.length) return "";
    const rest = this.#args.slice(this.#next).map((value) => {
      if (value === null || value === undefined) return "<nil>";
      return `${goTypeName(value)}=${goText(value, "<nil>")}`;
    });
    return `%!(EXTRA ${rest.join(", ")})`;
  }
}

function forgive(value: TemplateValue, { letter }: Verb): TemplateValue {
  if (value !== null && value !== undefined) return value;
  if ("dboOcUeEfFgG".includes(letter)) return 0;
  if (letter === "t") return false;
  return letter === "T" ? value : "";
}
