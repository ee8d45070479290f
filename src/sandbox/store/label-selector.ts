/**
 * The text of label selectors, read as the API server reads it, errors included. Source of the
 * grammar: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api.
 */
import { badRequest } from "../api-error.ts";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "exists" | "absent" | "in" | "notIn" | "above" | "below";
  readonly values: ReadonlySet<string>;
}

const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y;
const SYMBOLS: ReadonlySet<string> = new Set(["=", "==", "!=", "!", "<", ">", "(", ")", ","]);
const OPERATORS: Readonly<Record<string, LabelRequirement["operator"]>> = {
  in: "in",
  notin: "notIn",
  "=": "in",
  "==": "in",
  "!=": "notIn",
  ">": "above",
  "<": "below",
  gt: "above",
  lt: "below",
};

/** @throws ApiError 400 when the text is no selector */
export function parseLabelSelector(text: string): LabelRequirement[] {
  return new Parser(tokensOf(text)).all();
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    tokens.push(match[1] ?? "");
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  all(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    if (this.#peek() === "") return requirements;
    for (;;) {
      const token = this.#peek();
      if (token !== "!" && !isIdentifier(token)) {
        throw badRequest(`found '${token}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator === "") return requirements;
      if (separator !== ",")
        throw badRequest(`found '${separator}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after !== "!" && !isIdentifier(after)) {
        throw badRequest(`found '${after}', expected: identifier after ','`);
      }
    }
  }

  #peek(): string {
    return this.#tokens[this.#next] ?? "";
  }

  #take(): string {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #requirement(): LabelRequirement {
    const isAbsent = this.#peek() === "!";
    if (isAbsent) this.#take();
    const key = this.#take();
    if (!isIdentifier(key)) throw unreadable(`found '${key}', expected: identifier`);
    const after = this.#peek();
    const values: ReadonlySet<string> = new Set();
    if (isAbsent) return { key, operator: "absent", values };
    if (after === "" || after === ",") return { key, operator: "exists", values };
    const symbol = this.#take();
    const operator = OPERATORS[symbol];
    if (operator === undefined) {
      throw unreadable(`found '${symbol}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    const isList = symbol === "in" || symbol === "notin";
    return { key, operator, values: isList ? this.#list() : new Set([this.#value()]) };
  }

  #value(): string {
    const token = this.#peek();
    if (token === "" || token === ",") return "";
    if (!isIdentifier(token)) throw unreadable(`found '${token}', expected: identifier`);
    return this.#take();
  }

  #list(): ReadonlySet<string> {
    const open = this.#take();
    if (open !== "(") throw unreadable(`found '${open}' expected: '('`);
    const values = new Set<string>();
    for (;;) {
      const token = this.#take();
      if (isIdentifier(token)) values.add(token);
      else if (token !== ",") {
        if (token === ")") return values.size === 0 ? new Set([""]) : values;
        throw unreadable(`found '${token}', expected: ',', or ')'`);
      }
    }
  }
}

function isIdentifier(token: string): boolean {
  return token !== "" && !SYMBOLS.has(token);
}

function unreadable(why: string) {
  return badRequest(`unable to parse requirement: ${why}`);
}
