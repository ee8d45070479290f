/**
 * How much one YAML text may ask of its readers, and the words for what asks for more. Whoever wrote
 * the text may want it to hurt: each limit is far above every configuration, and is met before the
 * time and the memory are spent.
 */
import type { Issue, SourcePosition } from "./issue.ts";

export interface YamlLimits {
  /** Size of the text in UTF-16 units. */
  readonly length: number;
  /** The same for a text that only the package can read: it takes ten times the time and memory. */
  readonly unusualLength: number;
  readonly depth: number;
  /** In one text; those of a comment alone count, too. */
  readonly documents: number;
  /** Maps, lists and scalars, over all documents of the text. */
  readonly nodes: number;
  /** Keys of one map, items of one list. Checked while they are read, before anything is made of them. */
  readonly members: number;
  /** Nodes that aliases may add, over all documents of the text. */
  readonly aliasedNodes: number;
}

export const DEFAULT_LIMITS: YamlLimits = {
  length: 5 * 1024 * 1024,
  unusualLength: 1024 * 1024,
  depth: 100,
  documents: 1_000,
  nodes: 200_000,
  members: 200_000,
  aliasedNodes: 20_000,
};

/** Of one text: whoever has more has another problem. */
const MAX_DUPLICATES = 100;

export const DUPLICATE_KEY = "yaml-duplicate-key";

/** Ends the reading of a text; what was found before it stays. */
export class Refused extends Error {
  readonly issue: Issue;

  constructor(issue: Issue) {
    super(issue.message);
    this.issue = issue;
  }
}

export function issueAt(position: SourcePosition, code: string, message: string): Issue {
  return { code, severity: "error", message, position };
}

export function tooDeep(position: SourcePosition, depth: number): Issue {
  return issueAt(position, "yaml-too-deep", `The document nests deeper than ${depth} levels`);
}

export function tooManyNodes(position: SourcePosition, nodes: number): Issue {
  const message = `The text holds more than ${nodes} values: what is behind this was not read`;
  return issueAt(position, "yaml-too-many-values", message);
}

export function tooManyMembers(
  position: SourcePosition,
  [what, members]: readonly ["keys" | "items", number],
): Issue {
  const where = what === "keys" ? "mapping" : "list";
  const message = `The ${where} holds more than ${members} ${what}: what is behind this was not read`;
  const hint = "Split it over several documents";
  return { ...issueAt(position, "yaml-too-many-members", message), hint };
}

export function tooManyDocuments(position: SourcePosition, documents: number): Issue {
  const message = `The text holds more than ${documents} documents: what is behind this was not read`;
  return issueAt(position, "yaml-too-many-documents", message);
}

export function tooUnusual(position: SourcePosition): Issue {
  const message = "Cannot read on here: a text as long as this one may only hold plain YAML";
  const hint =
    "Is this a mistake? If not, split the file, or write it without anchors, tags and tabs";
  return { ...issueAt(position, "document-too-large", message), hint };
}

/** The duplicate keys of one text. */
export class Duplicates {
  readonly #issues: Issue[];
  #count = 0;

  /** `issues` is where they are told. */
  constructor(issues: Issue[]) {
    this.#issues = issues;
  }

  /** Throws {@link Refused} after the first hundred. */
  add(key: string, position: SourcePosition, first: SourcePosition): void {
    if (++this.#count > MAX_DUPLICATES) {
      const message = `More than ${MAX_DUPLICATES} keys are given twice: what is behind this was not read`;
      throw new Refused(issueAt(position, "yaml-too-many-duplicates", message));
    }
    const message = `The key "${key}" is given twice: first in line ${first.line}`;
    this.#issues.push(issueAt(position, DUPLICATE_KEY, message));
  }
}
