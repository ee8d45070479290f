/**
 * What one metric holds for each combination of its labels' values: a cell. Looking one up makes no text and no
 * object, since it is done several times for each request and each reconcile.
 */
import { invariant } from "../std/invariant.ts";

export type Labels = Readonly<Record<string, string>>;

/** One level for each label; below the last one are the cells. */
type Branch<Cell> = Map<string | undefined, Branch<Cell> | Cell>;

export class Cells<Cell> {
  readonly #levels: readonly string[];
  readonly #make: (labels: Labels) => Cell;
  /** In the order in which they were made. */
  #all: Cell[] = [];
  #root: Branch<Cell> = new Map();

  constructor(labelNames: readonly string[], make: (labels: Labels) => Cell) {
    // Without labels there is one level all the same, and nobody gives it a value.
    this.#levels = labelNames.length > 0 ? labelNames : [""];
    this.#make = make;
    this.clear();
  }

  get all(): readonly Cell[] {
    return this.#all;
  }

  /** The one cell of a metric without labels is there from the start. */
  clear(): void {
    this.#all = [];
    this.#root = new Map();
    if (this.#levels[0] === "") this.of({});
  }

  /** The cell of these values; a label that is left out is one more value. */
  of(labels: Labels): Cell {
    let found: Branch<Cell> | Cell | undefined = this.#root;
    for (const name of this.#levels) {
      found = (found as Branch<Cell>).get(labels[name]);
      if (found === undefined) return this.#add(labels);
    }
    return found as Cell;
  }

  #add(labels: Labels): Cell {
    for (const name of Object.keys(labels)) {
      invariant(this.#levels.includes(name), `"${name}" is a label of the metric`);
    }
    let branch = this.#root;
    for (const name of this.#levels.slice(0, -1)) {
      const known = branch.get(labels[name]);
      const next = known === undefined ? new Map() : (known as Branch<Cell>);
      branch.set(labels[name], next);
      branch = next;
    }
    const cell = this.#make(labels);
    branch.set(labels[this.#levels.at(-1) ?? ""], cell);
    this.#all.push(cell);
    return cell;
  }
}
