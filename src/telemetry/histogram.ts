/** How many values were at most so large, for each of some bounds; their sum and their number. */
import type { Value } from "prom-client/lib/registry.js";
import { invariant } from "../std/invariant.ts";
import { Cells, type Labels } from "./cells.ts";

interface Cell {
  readonly labels: Labels;
  /** By the first bound that a value is not above; behind them those that are above all. */
  readonly counts: number[];
  sum: number;
  count: number;
}

export class HistogramCells {
  readonly #name: string;
  /** Ascending. */
  readonly #bounds: readonly number[];
  readonly #cells: Cells<Cell>;

  constructor(
    { name, labels }: { readonly name: string; readonly labels: readonly string[] },
    bounds: readonly number[],
  ) {
    this.#name = name;
    this.#bounds = bounds;
    const counts = [...bounds.map(() => 0), 0];
    this.#cells = new Cells(labels, (of) => ({
      labels: of,
      counts: [...counts],
      sum: 0,
      count: 0,
    }));
  }

  observe(labels: Labels, value: number): void {
    invariant(Number.isFinite(value), `what "${this.#name}" observes is a number`);
    const cell = this.#cells.of(labels);
    const index = this.#indexOf(value);
    cell.counts[index] = (cell.counts[index] ?? 0) + 1;
    cell.sum += value;
    cell.count++;
  }

  #indexOf(value: number): number {
    let index = 0;
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      index++;
    }
    return index;
  }

  /** As the exposition wants them: each bucket holds those before it. */
  values(): readonly Value[] {
    return this.#cells.all.flatMap((cell) => this.#valuesOf(cell));
  }

  #valuesOf({ labels: sharedLabels, counts, sum, count }: Cell): readonly Value[] {
    const metricName = `${this.#name}_bucket`;
    let total = 0;
    const buckets = this.#bounds.map((le, index): Value => {
      total += counts[index] ?? 0;
      return { metricName, labels: { le }, sharedLabels, value: total };
    });
    return [
      ...buckets,
      { metricName, labels: { le: "+Inf" }, sharedLabels, value: count },
      { metricName: `${this.#name}_sum`, labels: {}, sharedLabels, value: sum },
      { metricName: `${this.#name}_count`, labels: {}, sharedLabels, value: count },
    ];
  }
}
