/** Says how far the reading of imports is, when it takes long enough for somebody to wonder. */
import type { Io } from "./io.ts";

export interface ImportProgress extends Disposable {
  /** Called as imports begin and end. */
  readonly report: (done: number, total: number) => void;
}

/** On a terminal people watch; a log is read later, and needs less. */
const FIRST_MS = { terminal: 400, log: 2_000 } as const;
const EVERY_MS = { terminal: 500, log: 5_000 } as const;

export function showImportProgress({ note, hasColor }: Io): ImportProgress {
  const kind = hasColor.stderr ? "terminal" : "log";
  const state = { done: 0, total: 0 };
  let timer: NodeJS.Timeout;
  const show = () => {
    if (state.done < state.total) note(`Reading imports: ${state.done} of ${state.total}`);
    timer = setTimeout(show, EVERY_MS[kind]).unref();
  };
  timer = setTimeout(show, FIRST_MS[kind]).unref();
  return {
    report: (done, total) => void Object.assign(state, { done, total }),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
