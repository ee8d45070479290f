/**
 * Templates made up from the grammar of Go's `text/template` by a seeded generator: the same seed
 * gives the same templates on every machine. Most are right, some are wrong in the ways people are.
 */

export interface GeneratedTemplate {
  readonly template: string;
  readonly missingKey: "default" | "zero";
}

/** What all of them render with. `{"$float": 3}` is a float64 without a fraction. */
export const GENERATED_DATA = {
  int: 7,
  zero: 0,
  negative: -3,
  float: 2.5,
  whole: { $float: 4 },
  text: "some text",
  empty: "",
  markup: '<a href="x">&\'',
  unicode: "äöü €😀",
  yes: true,
  no: false,
  nothing: null,
  list: [1, "two", 3.5, true, null],
  numbers: [3, 1, 2],
  texts: ["b", "a", "c"],
  none: [],
  lists: [[1, 2], [3], []],
  map: { a: 1, b: "x", c: null, d: { e: { f: "deep" } } },
  maps: [{ name: "one", n: 1 }, { name: "two" }],
  bare: {},
} as const;

export function generateTemplates(seed: number, count: number): readonly GeneratedTemplate[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const generator = new Generator(random);
    const missingKey = random() < 0.5 ? "default" : "zero";
    return { template: generator.template(), missingKey } as const;
  });
}

/** mulberry32 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Kind = "any" | "number" | "text" | "list" | "map" | "boolean";

const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  any: [".nothing", ".missing", ".map.c", ".map.missing", ".list", ".bare"],
  number: [".int", ".zero", ".negative", ".float", ".whole", ".map.a"],
  text: [".text", ".empty", ".markup", ".unicode", ".map.b", ".map.d.e.f"],
  list: [".list", ".numbers", ".texts", ".none", ".lists", ".maps"],
  map: [".map", ".map.d", ".bare", "(index .maps 0)"],
  boolean: [".yes", ".no"],
};

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  number: ["0", "1", "42", "-7", "2.5", "1e3", "0x1F", "0b101", "'a'", "1_000", "3.0", "0o17"],
  text: ['"x"', '""', '"a\\tb\\"c"', "`raw \\n`", '"äö"', '"%d items"', '"\\u00e9\\x41"'],
  boolean: ["true", "false"],
};

const VERBS = [
  "%v",
  "%d",
  "%s",
  "%q",
  "%t",
  "%x",
  "%X",
  "%o",
  "%b",
  "%c",
  "%U",
  "%e",
  "%f",
  "%g",
  "%T",
  "%5d",
  "%-5s|",
  "%05d",
  "%.2f",
  "%8.3f",
  "%+d",
  "% d",
  "%#x",
  "%#v",
  "%%",
  "%3c",
  "%6.2f|",
  "%-8v|",
  "%08.3f",
  "%+.2e",
  "%#q",
  "%x",
  "% x",
  "%G",
  "%E",
  "%O",
  "%.1s",
  "%5t",
  "%[2]v %[1]v",
  "%*d",
  "%!",
  "%z",
];

class Generator {
  readonly #random: () => number;
  readonly #definitions: string[] = [];
  #variables: string[] = [];
  #depth = 0;
  #inRange = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  template(): string {
    const body = this.#nodes(1 + this.#below(4));
    return this.#definitions.join("") + body;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #nodes(count: number): string {
    return Array.from({ length: count }, () => this.#node()).join("");
  }

  #node(): string {
    this.#depth++;
    const simple = [() => this.#text(), () => this.#action(), () => this.#action()];
    const nested = [
      () => this.#if(),
      () => this.#range(),
      () => this.#with(),
      () => this.#declare(),
      () => this.#call(),
      () => this.#block(),
      () => this.#comment(),
      () => this.#jump(),
    ];
    const node = this.#pick(this.#depth > 4 ? simple : [...simple, ...nested])();
    this.#depth--;
    return node;
  }

  #text(): string {
    return this.#pick(["text ", "\n", "  x\t", "<b>", "a, b; ", "{ } ", "\r\n  ", ""]);
  }

  /** Delimiters, with trim markers now and then. */
  #tag(content: string): string {
    const [open, close] = [this.#chance(0.15) ? "{{- " : "{{", this.#chance(0.15) ? " -}}" : "}}"];
    return open + content + close;
  }

  #action(): string {
    return this.#tag(this.#pipeline());
  }

  #pipeline(): string {
    const start = this.#expression(
      this.#pick<Kind>(["any", "number", "text", "list", "map", "boolean"]),
    );
    if (this.#chance(0.8)) return start;
    const stages = Array.from({ length: 1 + this.#below(2) }, () =>
      this.#pick([
        'printf "%v"',
        "print",
        "println",
        "len",
        "html",
        "js",
        "urlquery",
        "not",
        'printf "[%s]"',
        "eq 7",
        "or false",
        "and true",
        "index .map",
        'ne "x"',
      ]),
    );
    return [start, ...stages].join(" | ");
  }

  #expression(kind: Kind): string {
    this.#depth++;
    const isLeaf = this.#depth > 6 || this.#chance(0.4);
    const result = isLeaf ? this.#leaf(kind) : this.#compound(kind);
    this.#depth--;
    return result;
  }

  #leaf(kind: Kind): string {
    if (this.#variables.length > 0 && this.#chance(0.25)) return this.#pick(this.#variables);
    if (this.#chance(0.07)) return this.#pick(["$", ".", "$.int", "$.map.d"]);
    const literals = LITERALS[kind];
    if (literals && this.#chance(0.45)) return this.#pick(literals);
    return this.#pick(FIELDS[kind]);
  }

  #compound(kind: Kind): string {
    const argument = (wanted: Kind) => this.#argument(wanted);
    switch (kind) {
      case "number":
        return this.#pick([
          () => `len ${argument(this.#pick<Kind>(["list", "text", "map"]))}`,
          () => `index .numbers ${this.#pick(["0", "1", "2", "5", argument("number")])}`,
          () => `or ${argument("number")} ${argument("number")}`,
          () => `and ${argument("number")} ${argument("number")}`,
        ])();
      case "text":
        return this.#pick([
          () => this.#printf(),
          () => `print ${argument("any")} ${argument("number")} ${argument("text")}`,
          () => `println ${argument("text")} ${argument("number")}`,
          () => `${this.#pick(["html", "js", "urlquery"])} ${argument("text")}`,
          () => `slice ${argument("text")} ${this.#below(4)} ${this.#below(6)}`,
          () => `index .texts ${this.#below(4)}`,
          () => `or ${argument("text")} ${argument("text")} ${argument("any")}`,
        ])();
      case "boolean":
        return this.#boolean();
      case "list":
        return this.#pick([
          () => `slice ${argument("list")} ${this.#below(3)}`,
          () => `slice .numbers ${this.#below(3)} ${this.#below(4)} ${this.#below(4)}`,
          () => `index .lists ${this.#below(4)}`,
        ])();
      case "map":
        return this.#pick([() => `index .maps ${this.#below(3)}`, () => 'index .map "d"'])();
      default:
        return this.#pick([
          () => `index .list ${this.#below(6)}`,
          () => `index .map "${this.#pick(["a", "b", "c", "zz"])}"`,
          () => `index .lists ${this.#below(3)} ${this.#below(3)}`,
          () => 'index .map "d" "e" "f"',
          () => `(${this.#expression("map")}).${this.#pick(["a", "d", "name", "zz"])}`,
          () => `call ${argument("any")}`,
        ])();
    }
  }

  #boolean(): string {
    const wanted = this.#pick<Kind>(["number", "text", "any", "boolean"]);
    const [left, right] = [
      this.#argument(wanted),
      this.#argument(this.#chance(0.97) ? wanted : "any"),
    ];
    return this.#pick([
      () => `${this.#pick(["eq", "ne", "lt", "le", "gt", "ge"])} ${left} ${right}`,
      () => `eq ${left} ${right} ${this.#argument(wanted)}`,
      () => `not ${left}`,
      () => `and ${left} ${right}`,
      () => `or ${left} ${right}`,
    ])();
  }

  #printf(): string {
    const count = 1 + this.#below(3);
    const format = Array.from({ length: count }, () => this.#pick(VERBS)).join(
      this.#pick([" ", "", "-"]),
    );
    const args = Array.from({ length: Math.max(0, count + this.#below(3) - 1) }, () =>
      this.#argument(this.#pick<Kind>(["number", "text", "any", "boolean", "list", "map"])),
    );
    return ["printf", JSON.stringify(format), ...args].join(" ");
  }

  #argument(kind: Kind): string {
    const expression = this.#expression(kind);
    return /[ |]/.test(expression) && !/^["`'(]/.test(expression)
      ? `(${expression})`
      : safe(expression);
  }

  /** Variables that `body` declares are out of sight after it. */
  #scoped(body: () => string): string {
    const kept = this.#variables;
    this.#variables = [...kept];
    const result = body();
    this.#variables = kept;
    return result;
  }

  #if(): string {
    return this.#scoped(() => {
      const head = this.#tag(`if ${this.#pipeline()}`);
      const body = this.#scoped(() => this.#nodes(1 + this.#below(2)));
      const chained = this.#chance(0.3)
        ? this.#tag(`else if ${this.#pipeline()}`) + this.#scoped(() => this.#nodes(1))
        : "";
      const otherwise = this.#chance(0.4)
        ? this.#tag("else") + this.#scoped(() => this.#nodes(1))
        : "";
      return head + body + chained + otherwise + this.#tag("end");
    });
  }

  #with(): string {
    return this.#scoped(() => {
      const name = this.#variable();
      const declares = this.#chance(0.3);
      const head = this.#tag(
        `with ${declares ? `${name} := ` : ""}${this.#expression(this.#pick<Kind>(["map", "any", "text"]))}`,
      );
      if (declares) this.#variables.push(name);
      const inner = this.#chance(0.5) ? this.#tag(this.#pick([".", "$.int", ".name", ".e"])) : "";
      const body = this.#scoped(() => this.#nodes(1));
      const otherwise = this.#chance(0.3) ? `${this.#tag("else")}none` : "";
      return head + inner + body + otherwise + this.#tag("end");
    });
  }

  #range(): string {
    return this.#scoped(() => {
      const source = this.#chance(0.15)
        ? String(this.#below(4))
        : this.#expression(this.#pick<Kind>(["list", "map", "list", "any"]));
      const [key, value] = [this.#variable(), this.#variable()];
      const form = this.#below(3);
      const names = [[], [value], [key, value]][form] ?? [];
      const head = this.#tag(`range ${names.length > 0 ? `${names.join(", ")} := ` : ""}${source}`);
      this.#variables.push(...names);
      this.#inRange++;
      const shown = names.map((name) => this.#tag(name)).join(":") || this.#tag(".");
      const body = this.#scoped(() => this.#nodes(1));
      this.#inRange--;
      const otherwise = this.#chance(0.3) ? `${this.#tag("else")}empty` : "";
      return `${head}${shown},${body}${otherwise}${this.#tag("end")}`;
    });
  }

  #jump(): string {
    if (this.#inRange === 0 && this.#chance(0.98)) return this.#action();
    const word = this.#pick(["break", "continue"]);
    return this.#tag(`if ${this.#expression("boolean")}`) + this.#tag(word) + this.#tag("end");
  }

  #variable(): string {
    return `$${this.#pick(["x", "y", "z", "v1", "_k"])}`;
  }

  #declare(): string {
    const known = this.#variables.length > 0 && this.#chance(0.4);
    if (known) return this.#tag(`${this.#pick(this.#variables)} = ${this.#pipeline()}`);
    const name = this.#variable();
    const action = this.#tag(`${name} := ${this.#pipeline()}`);
    this.#variables.push(name);
    return action + this.#tag(name);
  }

  #call(): string {
    const name = `t${this.#definitions.length}`;
    const outer = { variables: this.#variables, inRange: this.#inRange };
    [this.#variables, this.#inRange] = [[], 0];
    const body = this.#nodes(1) + this.#tag(this.#pick([".", "$", ".int", ".name"]));
    [this.#variables, this.#inRange] = [outer.variables, outer.inRange];
    this.#definitions.push(`{{define "${name}"}}${body}{{end}}`);
    const called = this.#chance(0.97) ? name : "unknown";
    const argument = this.#chance(0.8)
      ? ` ${this.#expression(this.#pick<Kind>(["map", "any", "number"]))}`
      : "";
    return this.#tag(`template "${called}"${argument}`);
  }

  #block(): string {
    const name = `b${this.#definitions.length}x${this.#below(1000)}`;
    const outer = { variables: this.#variables, inRange: this.#inRange };
    const head = this.#tag(`block "${name}" ${this.#leaf("any")}`);
    [this.#variables, this.#inRange] = [[], 0];
    const body = this.#nodes(1);
    [this.#variables, this.#inRange] = [outer.variables, outer.inRange];
    return head + body + this.#tag("end");
  }

  #comment(): string {
    return this.#pick(["{{/* a comment */}}", "{{- /* trimmed\n */ -}}", "{{/* */ -}}\n "]);
  }
}

/** A literal or field stays as it is; what begins like one and has more behind it is put in brackets. */
function safe(expression: string): string {
  const isWhole =
    /^(?:"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*'|[^\s|"`'()]+)$/.test(expression) ||
    /^\([^()]*\)$/.test(expression);
  return isWhole ? expression : `(${expression})`;
}
