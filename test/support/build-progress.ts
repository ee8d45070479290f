/**
 * Shows a person that a long build goes on: a title at the start, then one line that is rewritten on a
 * terminal (packages done, elapsed time) or repeated every 30 s in a log.
 */

export interface BuildProgress extends Disposable {
  /** How many lines of work are to come, so that a share can be shown. */
  expect(total: number): void;
  /** One line of the compiler: a package that is done. */
  line(text: string): void;
  /** The work succeeded. */
  done(): void;
}

export interface ProgressTitle {
  readonly title: string;
  readonly detail: string;
}

const TERMINAL_INTERVAL_MS = 1_000;
const LOG_INTERVAL_MS = 30_000;

export function startProgress(
  print: (text: string) => void,
  { title, detail }: ProgressTitle,
): BuildProgress {
  const startedMs = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  let compiled = 0;
  let downloads = 0;
  let total = 0;
  const status = () => {
    const share = total > 0 ? ` of at most ${total}` : "";
    const work = compiled > 0 ? `${compiled}${share} packages` : `${downloads} modules downloaded`;
    return `  ${elapsed(performance.now() - startedMs)}  ${work}`;
  };
  print(`${title}\n  ${detail}\n`);
  const timer = setInterval(
    () => print(isTerminal ? `\r\x1b[2K${status()}` : `${status()}\n`),
    isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS,
  );
  return {
    expect(count) {
      total = count;
    },
    line(text) {
      if (text.startsWith("go: downloading")) downloads++;
      else if (/^[\w.-]+\//.test(text)) compiled++;
    },
    done() {
      print(
        `${isTerminal ? "\r\x1b[2K" : ""}  done in ${elapsed(performance.now() - startedMs)}\n`,
      );
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** `187000` → `3:07` */
function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
