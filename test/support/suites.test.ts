/** `npm test` plays every file of tests once, and counts and shows what each did. */
import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { Board } from "../../scripts/board.ts";
import { unitSteps } from "../../scripts/gates.ts";
import type { Played } from "../../scripts/steps.ts";
import { planSuites, type SuiteFile } from "../../scripts/suites.ts";

test("planSuites(): with the steps before, every file of tests is played once", async () => {
  const { together, alone } = planSuites();
  const played = [...together, ...alone].map(({ path }) => path.replace("./", ""));
  const folders = unitSteps.flatMap(({ command }) =>
    command.filter((word) => /^test\//.test(word)),
  );
  for await (const path of new Bun.Glob("test/**/*.test.ts").scan()) {
    const times = [
      ...played.filter((file) => file === path),
      ...folders.filter((folder) => folder === path || path.startsWith(`${folder}/`)),
    ];
    expect([path, times.length]).toEqual([path, 1]);
  }
});

const suites = [
  { name: "first", folder: "first" },
  { name: "second", folder: "second" },
] as const;
const fileOf = (suite: SuiteFile["suite"], name: string): SuiteFile => {
  return { suite, name: `${suite.folder}/${name}`, path: "" };
};
const [a, b, c] = [fileOf(suites[0], "a"), fileOf(suites[0], "b"), fileOf(suites[1], "c")];
const fine: Played = { counts: { passed: 2, failed: 0, skipped: 0 }, seconds: 1.5, told: "" };
const bad: Played = { counts: { passed: 1, failed: 1, skipped: 0 }, seconds: 2, told: "broken" };

let lines: string[];
let log: ReturnType<typeof spyOn<Console, "log">>;
beforeEach(() => {
  lines = [];
  log = spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => log.mockRestore());

test("Board: a suite has its line when its last file is done, and a file that failed at once", () => {
  const tally = { passed: 10, failed: 0, skipped: 0 };
  const screen = { write: () => expect.unreachable("there is no terminal") };
  using board = new Board({ together: [a, c], alone: [b] }, tally, screen);
  board.done(a, bad);
  board.done(c, { ...fine, counts: { passed: 0, failed: 0, skipped: 3 }, told: "no Go" });
  board.done(b, fine);
  expect(lines).toEqual([
    "FAIL first/a (1 passed, 1 failed, 0 skipped) 2.0 s",
    "     broken",
    "ok   second (0 passed, 0 failed, 3 skipped) 1.5 s",
    "     no Go",
    "FAIL first (3 passed, 1 failed, 0 skipped) 3.5 s",
  ]);
  expect(tally).toEqual({ passed: 13, failed: 1, skipped: 3 });
});

test("Board: on a terminal it tells what is still to come", () => {
  const written: string[] = [];
  const screen = { isTTY: true, write: (text: string) => written.push(text) };
  const tally = { passed: 0, failed: 0, skipped: 0 };
  using board = new Board({ together: [a, b, c], alone: [] }, tally, screen);
  board.done(a, fine);
  expect(written.at(-1)).toBe("…    first 1 of 2, second 0 of 1 · 0:00");
  board.done(b, fine);
  expect(written.at(-1)).toBe("…    second 0 of 1 · 0:00");
  board.done(c, fine);
  expect(written.at(-1)).toBe("\r\u001b[2K");
});
