/**
 * Issues for people: what, where, the line itself with a mark under the place, and what to do.
 *
 *     error: Unknown key "replica"
 *       --> katalog.yaml:12:9
 *       12 |         replica: 2
 *          |         ^
 *       Did you mean "replicas"?
 *
 * Guarantees: the line is shown without what may be secret in it.
 */
import { readFile } from "node:fs/promises";
import { formatPosition, type Issue, type SourcePosition } from "../std/issue.ts";
import { redactLine } from "../telemetry/redact-line.ts";
import type { Paint } from "./io.ts";

const STYLE = { error: "red", warning: "yellow", notice: "cyan" } as const;
const LONGEST_LINE = 160;

export class IssueReporter {
  readonly #paint: Paint;
  readonly #lines = new Map<string, Promise<readonly string[]>>();

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  async format(issue: Issue): Promise<string> {
    const label = this.#paint(STYLE[issue.severity], `${issue.severity}:`);
    const lines = [`${label} ${issue.message}`];
    if (issue.position) {
      lines.push(`  ${this.#paint("dim", "-->")} ${formatPosition(issue.position)}`);
      lines.push(...(await this.#excerpt(issue.position)));
    }
    if (issue.hint) lines.push(`  ${issue.hint}`);
    return lines.join("\n");
  }

  async #excerpt({ file, line, column }: SourcePosition): Promise<readonly string[]> {
    const lines = await this.#linesOf(file);
    const source = lines[line - 1];
    if (source === undefined || source.length > LONGEST_LINE) return [];
    const { text, columnOf } = redactLine(lines, line);
    const number = String(line);
    const gutter = " ".repeat(number.length);
    const pad = text.slice(0, columnOf(column) - 1).replace(/[^\t]/g, " ");
    return [
      `  ${this.#paint("dim", `${number} |`)} ${text}`,
      `  ${this.#paint("dim", `${gutter} |`)} ${pad}${this.#paint("red", "^")}`,
    ];
  }

  /** What cannot be read any more (standard input, a URL) is reported without its line. */
  #linesOf(file: string): Promise<readonly string[]> {
    const lines =
      this.#lines.get(file) ??
      readFile(file, "utf8").then(
        (text) => text.split(/\r?\n/),
        () => [],
      );
    this.#lines.set(file, lines);
    return lines;
  }
}
