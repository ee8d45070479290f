import { describe, expect, test } from "bun:test";
import { commands } from "../../../src/cli/commands.ts";
import { commandHelp, programHelp } from "../../../src/cli/help.ts";
import type { CommandSpec } from "../../../src/cli/spec.ts";

const spec: CommandSpec = {
  name: "make",
  summary: "Make things out of other things",
  options: [
    {
      name: "file",
      short: "f",
      value: "path",
      summary: "One two three four",
      fallback: "five six",
    },
    { name: "quiet", summary: "Say nothing", group: "Log" },
    { name: "dry-run", summary: "Make nothing" },
  ],
  examples: ["make -f a"],
  load: () => Promise.reject(new Error("not loaded")),
};

/** Without what only a word that is too long can exceed. */
function longest(text: string): number {
  const lines = text.split("\n").filter((line) => !line.startsWith("  $ "));
  return Math.max(...lines.map((line) => line.length));
}

const words = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");

describe("commandHelp()", () => {
  test("puts the command's own options first, and shared ones under their headings", () => {
    expect(commandHelp(spec, { program: "ork" })).toBe(`ork make · Make things out of other things

Usage:
  $ ork make [options]

Options:
  -f, --file <path>  One two three four (default: five six)
  --dry-run          Make nothing
  -h, --help         Display this message

Log:
  --quiet            Say nothing

Examples:
  $ ork make -f a`);
  });

  test("wraps at the width of the terminal", () => {
    expect(commandHelp(spec, { program: "ork", columns: 52 })).toContain(`
Options:
  -f, --file <path>  One two three four (default:
                     five six)
  --dry-run          Make nothing
`);
  });

  test("puts what an option does below it where there is little room", () => {
    expect(commandHelp(spec, { program: "ork", columns: 30 })).toContain(`
Options:
  -f, --file <path>
      One two three four
      (default: five six)
  --dry-run
      Make nothing
`);
  });

  test.each([40, 60, 80, 100, 120])(
    "keeps every command to %d columns, and loses no word",
    (columns) => {
      for (const command of commands) {
        const plain = commandHelp(command, { program: "ork" });
        const text = commandHelp(command, { program: "ork", columns });
        expect(words(text)).toBe(words(plain));
        // No word is cut; the longest, an option with its value, needs 44.
        expect(longest(text)).toBeLessThanOrEqual(Math.max(columns, 46));
      }
      expect(longest(programHelp(commands, { program: "ork", columns }))).toBeLessThanOrEqual(
        Math.max(columns, 46),
      );
    },
  );

  test("does not wrap where the terminal does not know its width", () => {
    const plain = commandHelp(spec, { program: "ork" });
    expect(commandHelp(spec, { program: "ork", columns: 0 })).toBe(plain);
  });
});
