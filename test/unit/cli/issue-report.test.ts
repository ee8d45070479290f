/** Issues for people: the line that they are about, without secrets. */
import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IssueReporter } from "../../../src/cli/issue-report.ts";

const LINE = "    - { url: https://h/k.yaml?token=canary, auth: { password: canary, kind: x } }";

test("IssueReporter shows the line with a mark under the place, and no secret in it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "issue-report-"));
  try {
    const file = join(folder, "k.yaml");
    await writeFile(file, `imports:\n  files:\n${LINE}\n`);
    const position = { file, line: 3, column: LINE.indexOf("kind") + 1 };
    const issue = { code: "x", severity: "error", message: "Wrong", hint: "Do", position } as const;
    const text = await new IssueReporter((_, part) => part).format(issue);
    const shown =
      "  3 |     - { url: https://h/k.yaml?[redacted], auth: { password: [redacted], kind: x } }";
    const mark = `    | ${" ".repeat(shown.indexOf("kind") - 6)}^`;
    expect(text.split("\n")).toEqual([
      "error: Wrong",
      `  --> ${file}:3:${position.column}`,
      shown,
      mark,
      "  Do",
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
