/** Words in other cases, as the xstrings library that sprig uses forms them. */

const CONNECTOR = /^[-_\s]$/u;
const UPPER = /^\p{Lu}$/u;
const NUMBER = /^\p{N}$/u;
const PUNCTUATION = /^\p{P}$/u;
const ALPHABET = /^\p{L}$/u;

type WordKind = "number" | "upper" | "alphabet" | "connector" | "punctuation" | "other" | "end";

interface Word {
  readonly kind: WordKind;
  readonly text: string;
}

/** `some_words` → `SomeWords`. */
export function pascalCase(text: string): string {
  const characters = [...text];
  const start = characters.findIndex((character) => !CONNECTOR.test(character));
  // The library writes the last connector twice.
  if (start < 0) return text + (characters.at(-1) ?? "");
  let output = characters.slice(0, start).join("");
  const rest = characters.slice(start);
  let state: PascalState = {
    isRunUpper: UPPER.test(rest[0] ?? ""),
    current: (rest[0] ?? "").toUpperCase(),
  };
  for (const next of rest.slice(1)) {
    // Of several connectors one is dropped: the last, which the next word begins with.
    if (!CONNECTOR.test(state.current) || CONNECTOR.test(next)) output += state.current;
    state = nextPascal(state, next);
  }
  return output + state.current;
}

interface PascalState {
  /** Only capitals since the word began: those after the first become small. */
  readonly isRunUpper: boolean;
  readonly current: string;
}

function nextPascal({ isRunUpper, current }: PascalState, next: string): PascalState {
  if (!CONNECTOR.test(current)) {
    const isLowered = isRunUpper && UPPER.test(next);
    return { isRunUpper: isLowered, current: isLowered ? next.toLowerCase() : next };
  }
  if (CONNECTOR.test(next)) return { isRunUpper, current: next };
  return { isRunUpper: UPPER.test(next), current: next.toUpperCase() };
}

/** `HTTPServer` → `http_server` with `_` as the connector. */
export function joinedCase(text: string, connector: "_" | "-"): string {
  if (text === "") return "";
  return new CaseWriter(words(text), connector).run();
}

class CaseWriter {
  readonly #words: readonly Word[];
  readonly #connector: string;
  #next = 0;
  #output = "";

  constructor(all: readonly Word[], connector: string) {
    this.#words = all;
    this.#connector = connector;
  }

  run(): string {
    let word = this.#take();
    while (this.#next < this.#words.length) {
      if (word.kind !== "connector") this.#write(word);
      const last = word;
      word = this.#take();
      if (last.kind === "number") word = this.#afterNumber(word);
      else if (last.kind === "connector") this.#write(last);
      else if (last.kind !== "punctuation") word = this.#afterLetters(word);
    }
    this.#write(word);
    return this.#output;
  }

  #take(): Word {
    return this.#words[this.#next++] ?? { kind: "end", text: "" };
  }

  #afterNumber(first: Word): Word {
    const word = this.#run(first);
    if (!["end", "punctuation", "connector"].includes(word.kind)) this.#output += this.#connector;
    return word;
  }

  /** A number is part of the word before it, unless lower case letters follow it. */
  #afterLetters(word: Word): Word {
    if (word.kind !== "number") {
      if (word.kind !== "connector" && word.kind !== "punctuation") this.#output += this.#connector;
      return word;
    }
    if (this.#next >= this.#words.length) return word;
    const number = word;
    const after = this.#take();
    if (after.kind !== "alphabet") {
      this.#write(number);
      if (after.kind !== "connector" && after.kind !== "punctuation")
        this.#output += this.#connector;
      return after;
    }
    this.#output += this.#connector;
    this.#write(number);
    const next = this.#run(after);
    if (!["end", "punctuation", "connector"].includes(next.kind)) this.#output += this.#connector;
    return next;
  }

  #run(first: Word): Word {
    let word = first;
    while (word.kind === "alphabet" || word.kind === "number") {
      this.#write(word);
      word = this.#take();
    }
    return word;
  }

  #write({ kind, text }: Word): void {
    if (kind === "upper") {
      this.#output += text.toLowerCase();
      return;
    }
    this.#output +=
      kind === "connector" ? this.#connector.repeat([...text].length) : text.toLowerCase();
  }
}

function words(text: string): readonly Word[] {
  const rest = [...text];
  const all: Word[] = [];
  let at = 0;
  while (at < rest.length) {
    const word = wordAt(rest, at);
    all.push(word);
    at += [...word.text].length;
  }
  return all;
}

function wordAt(characters: readonly string[], start: number): Word {
  const first = characters[start] ?? "";
  const take = (isPart: (character: string) => boolean, from = start + 1) => {
    let end = from;
    while (end < characters.length && isPart(characters[end] ?? "")) end++;
    return end;
  };
  const word = (kind: WordKind, end: number): Word => ({
    kind,
    text: characters.slice(start, end).join(""),
  });
  const isLower = (character: string) => ALPHABET.test(character) && !UPPER.test(character);
  if (CONNECTOR.test(first))
    return word(
      "connector",
      take((c) => CONNECTOR.test(c)),
    );
  if (PUNCTUATION.test(first))
    return word(
      "punctuation",
      take((c) => PUNCTUATION.test(c)),
    );
  if (UPPER.test(first)) {
    const second = characters[start + 1] ?? "";
    if (!UPPER.test(second)) return word("upper", take(isLower));
    const end = take((c) => UPPER.test(c));
    // The last capital begins the next word: HTTPServer is HTTP and Server.
    return word("upper", isLower(characters[end] ?? "") ? end - 1 : end);
  }
  if (ALPHABET.test(first)) return word("alphabet", take(isLower));
  if (NUMBER.test(first))
    return word(
      "number",
      take((c) => NUMBER.test(c)),
    );
  const isOther = (c: string) =>
    ![CONNECTOR, ALPHABET, NUMBER, PUNCTUATION].some((pattern) => pattern.test(c));
  return word("other", take(isOther));
}
