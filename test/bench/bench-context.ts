/** What every group of rows gets. */
import type { Arena } from "./arena.ts";
import type { Executables } from "./contestant.ts";
import type { Row } from "./report.ts";

export interface BenchContext {
  readonly executables: Executables;
  /** The empty compiled program. */
  readonly empty: string;
  /** Opens an arena with `ork` and `count` settled CRs, or hands out the one that is open. */
  readonly settled: (count: number) => Promise<Arena>;
  /** The same before its CRs exist; only for the first group that uses it. */
  readonly unpopulated: () => Promise<Arena>;
  /** How often measurements that vary are repeated. */
  readonly rounds: number;
  /** Everything, however long it takes. */
  readonly isFull: boolean;
  /** Tells the person what goes on. */
  readonly say: (text: string) => void;
}

export interface RowGroup {
  /** The name for `--only`. */
  readonly name: string;
  /** Takes very long: runs with `--full` or when it is named. */
  readonly isLong?: boolean;
  readonly run: (context: BenchContext) => Promise<Row[]>;
}
