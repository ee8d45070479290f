/**
 * Shows how far the suites are, whose files are done in any order: one line for a suite when its last file
 * is done, what failed at once, and on a terminal a line that tells what is still to come.
 */
import { add, type Played, show, type Tally } from "./steps.ts";
import type { Suite, SuiteFile, SuitePlan } from "./suites.ts";

interface Row {
  readonly suite: Suite;
  readonly fileCount: number;
  readonly counts: Tally;
  readonly told: string[];
  doneCount: number;
  seconds: number;
}

/** Where lines go, as much of it as is needed. */
interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR_LINE = "\r\u001b[2K";
const REFRESH_MS = 1_000;

export class Board implements Disposable {
  readonly #tally: Tally;
  readonly #rows = new Map<Suite, Row>();
  readonly #screen: Screen;
  readonly #startedMs = performance.now();
  readonly #refresh: ReturnType<typeof setInterval> | undefined;

  /** Everything that is done is added to `tally`. */
  constructor({ together, alone }: SuitePlan, tally: Tally, screen: Screen = process.stdout) {
    this.#tally = tally;
    this.#screen = screen;
    const files = [...together, ...alone];
    for (const suite of new Set(files.map((file) => file.suite))) {
      const fileCount = files.filter((file) => file.suite === suite).length;
      const counts = { passed: 0, failed: 0, skipped: 0 };
      this.#rows.set(suite, { suite, fileCount, counts, told: [], doneCount: 0, seconds: 0 });
    }
    if (screen.isTTY) this.#refresh = setInterval(() => this.#showProgress(), REFRESH_MS);
  }

  done({ suite, name }: SuiteFile, played: Played): void {
    const row = this.#rows.get(suite);
    if (row === undefined) throw new Error(`Cannot count "${name}": its suite is not on the board`);
    row.doneCount++;
    row.seconds += played.seconds;
    add(played.counts, row.counts);
    add(played.counts, this.#tally);
    this.#clear();
    if (played.counts.failed > 0) show({ name, isTest: true }, played);
    else if (played.told !== "") row.told.push(played.told);
    if (row.doneCount === row.fileCount) {
      show({ name: suite.name, isTest: true }, { ...row, told: row.told.join("\n") });
    }
    this.#showProgress();
  }

  /** `contract 12 of 38, end to end 3 of 11 · 4:05` */
  #showProgress(): void {
    if (!this.#screen.isTTY) return;
    const open = [...this.#rows.values()].filter((row) => row.doneCount < row.fileCount);
    const parts = open.map(
      ({ suite, doneCount, fileCount }) => `${suite.name} ${doneCount} of ${fileCount}`,
    );
    this.#clear();
    if (parts.length > 0) this.#screen.write(`…    ${parts.join(", ")} · ${this.#elapsed()}`);
  }

  #elapsed(): string {
    const seconds = Math.floor((performance.now() - this.#startedMs) / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  #clear(): void {
    if (this.#screen.isTTY) this.#screen.write(CLEAR_LINE);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#refresh);
    this.#clear();
  }
}
