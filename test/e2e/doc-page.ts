/**
 * A page of the documentation as the blocks of code in it, and what each of them means:
 *
 * | block | meaning |
 * |---|---|
 * | `yaml`, first line `# name.yaml` | a file of the reader's folder, written there |
 * | `yaml`, first line `# name.yaml, add` | laid over that file: maps merge, everything else is replaced |
 * | any other `yaml` | a Kubernetes object, a fragment of a Katalog, or plain data |
 * | `sh` | commands, run in order; `sh exit=3` ends with that code |
 * | `text` right below `sh` | what the commands print; `…` stands for anything, alone on a line for any lines |
 * | any other `text` | not run |
 */

export interface CodeBlock {
  /** `docs/quick-start.md:12`, of the line after the fence. */
  readonly place: string;
  readonly language: Language;
  readonly text: string;
  /** What `sh` must end with. */
  readonly exitCode: number;
  /** Of a `text` block: it stands right below the commands that print it. */
  readonly isOutput: boolean;
  readonly file?: { readonly name: string; readonly isAddition: boolean };
}

const LANGUAGES = ["yaml", "sh", "text", "json"] as const;
type Language = (typeof LANGUAGES)[number];

export interface DocPage {
  readonly path: string;
  readonly blocks: readonly CodeBlock[];
  /** Relative targets of its links, without anchors. */
  readonly links: readonly string[];
}

/** Reads a page. Throws for a fence that is not closed and for a language that no test understands. */
export function readPage(path: string, markdown: string): DocPage {
  const blocks: CodeBlock[] = [];
  const prose: string[] = [];
  const lines = markdown.split("\n");
  let isBelowCommands = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const info = /^\s*```\s*(.*)$/.exec(line)?.[1];
    if (info === undefined) {
      prose.push(line);
      if (line.trim() !== "") isBelowCommands = false;
      continue;
    }
    const place = `${path}:${index + 2}`;
    const end = lines.findIndex((other, at) => at > index && /^\s*```\s*$/.test(other));
    if (end < 0) throw new Error(`${place}: the code block is not closed`);
    const indent = /^\s*/.exec(line)?.[0].length ?? 0;
    const text = lines
      .slice(index + 1, end)
      .map((inner) => inner.slice(indent))
      .join("\n");
    const block = readBlock({ place, info, text, isBelowCommands });
    blocks.push(block);
    isBelowCommands = block.language === "sh";
    index = end;
  }
  return { path, blocks, links: linksOf(prose.join("\n")) };
}

function readBlock(parts: {
  readonly place: string;
  readonly info: string;
  readonly text: string;
  readonly isBelowCommands: boolean;
}): CodeBlock {
  const { place, info, text, isBelowCommands } = parts;
  const [word = "", ...options] = info.split(/\s+/);
  const language = LANGUAGES.find((each) => each === word);
  if (!language) {
    throw new Error(`${place}: the code block is "${word}", expected ${LANGUAGES.join(", ")}`);
  }
  const exit = /^exit=(\d+)$/.exec(options.join(" "))?.[1];
  if (options.length > 0 && (exit === undefined || language !== "sh")) {
    throw new Error(
      `${place}: the code block has "${options.join(" ")}", expected exit=<code> of sh`,
    );
  }
  const file = /^# (\S+\.ya?ml)(, add)?\n/.exec(text);
  return {
    place,
    language,
    text,
    exitCode: Number(exit ?? 0),
    isOutput: language === "text" && isBelowCommands,
    ...(language === "yaml" &&
      file && { file: { name: file[1] ?? "", isAddition: file[2] !== undefined } }),
  };
}

function linksOf(prose: string): readonly string[] {
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target) && !target.startsWith("#"))
    .map((target) => target.replace(/#.*$/, ""));
}

/** Whether `actual` is what `expected`, with its wildcards, shows. Widths of columns do not count. */
export function matchesOutput(actual: string, expected: string): boolean {
  const pattern = tidy(expected)
    .map((line) => (line.trim() === "…" ? "(?:.*\\n)*" : `${wildcards(line)}\\n`))
    .join("");
  return new RegExp(`^${pattern}$`).test(`${tidy(actual).join("\n")}\n`);
}

/** Whether the lines of `expected` occur in `actual` in this order, among others. */
export function occursInOrder(actual: string, expected: string): boolean {
  const lines = tidy(actual);
  let from = 0;
  for (const wanted of tidy(expected)) {
    if (wanted.trim() === "…") continue;
    const pattern = new RegExp(`^${wildcards(wanted)}$`);
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

function tidy(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trimEnd().replace(/(?<=\S) {2,}/g, "  "));
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function wildcards(line: string): string {
  return line
    .split("…")
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join(".*");
}
