/** R10, ready to be proved: the page that states the promises and the tests that prove them agree. */
import { expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../support/built-ork.ts";
import { MUTATIONS } from "./mutations.ts";

/** The rows of the contract, and what two replicas are promised; by the first word of their sections. */
const ROWS = [
  ...["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "Leader"],
  ...["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "R10"],
];

/** Files whose tests the page names. */
const NAMED = /^(r\d+|hooks|remote|leader|c\d+)\b.*\.test\.ts\b/;

/** Title of a test; of one with a number in front, what follows it. */
const TITLE =
  /\btest(?:\.concurrent|\.skipIf\(!\w+\(\)\)|\.each\([\s\S]*?\))?\(\s*(?:"([^"]+)"|`\$\{\w+\} ([^`]+)`)/g;

test("every promise names its tests, and every test its promise", async () => {
  const page = await readFile(join(ROOT, "docs/contract.md"), "utf8");
  const sections = page.split(/^## /m).slice(1);
  expect(sections.map((section) => section.split(" ")[0] ?? "")).toEqual(ROWS);
  const named: string[] = [];
  for (const section of sections) {
    const row = section.split(" ")[0]?.toLowerCase();
    const tests = [...section.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file, title]) => {
      return `${file}: ${title}`;
    });
    expect(tests.length).toBeGreaterThan(0);
    for (const one of tests) expect(one).toMatch(NAMED);
    expect(tests.some((one) => one.startsWith(`${row}-`))).toBe(true);
    named.push(...tests);
  }
  expect(named.sort()).toEqual([...(await writtenTests())].sort());
});

test("the mutations that break promises still have their place, and are told", async () => {
  const page = await readFile(join(ROOT, "docs/contract.md"), "utf8");
  expect([...new Set(MUTATIONS.map(({ row }) => row))]).toEqual(ROWS);
  for (const { row, breaks, file, find } of MUTATIONS) {
    expect(await readFile(join(ROOT, file), "utf8")).toContain(find);
    expect(page).toContain(`| ${row} | ${breaks} | \`${file}\` |`);
  }
});

async function writtenTests(): Promise<readonly string[]> {
  const written: string[] = [];
  for (const file of await readdir(import.meta.dir)) {
    // Those of the configuration contract are named by its own page.
    if (!NAMED.test(file)) continue;
    const text = await readFile(join(import.meta.dir, file), "utf8");
    for (const [, plain, behind] of text.matchAll(TITLE))
      written.push(`${file}: ${plain ?? behind}`);
  }
  return written;
}
