/**
 * What one evaluation may still do. Everything that takes time or memory is paid for here, before it
 * is done: nodes, calls, what a function reads of its arguments, what it makes of them. A value that
 * holds one part many times is paid for as often as it is held, since whoever writes it out visits it
 * as often.
 */
import { TemplateError } from "./error.ts";
import { isGoObject } from "./go-object.ts";
import type { ArgumentReading, CallMeter, Dialect, TemplateValue } from "./template.ts";

/** So many characters are read or written in one step. */
const CHARACTERS_SHIFT = 4;
/** Text that only passes by: it is there already. */
const PASSING_SHIFT = 6;
/** Deeper values are refused before somebody's recursion ends on the stack. */
const MAX_VALUE_DEPTH = 1_000;

export class Meter implements CallMeter {
  readonly #budget: Dialect["budget"];
  /** Shared by all evaluations of one set of templates. */
  readonly #total: TotalSteps | undefined;
  #steps = 0;

  constructor(budget: Dialect["budget"], total?: TotalSteps) {
    this.#budget = budget;
    this.#total = total;
  }

  get steps(): number {
    return this.#steps;
  }

  get outputLength(): number {
    return this.#budget.outputLength;
  }

  /** Counts work; throws code `budget` when there was too much of it. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.#budget.steps) {
      throw exhausted(`it took more than ${this.#budget.steps} steps`);
    }
    if (this.#total) spendOfTotal(this.#total, steps);
  }

  /** Before a text of this many characters is made. */
  spendOnLength(length: number): void {
    if (length > this.#budget.outputLength) {
      throw exhausted(`a text has ${length} characters, the limit is ${this.#budget.outputLength}`);
    }
    this.spend(length >>> CHARACTERS_SHIFT);
  }

  /** Before the function looks at its arguments. */
  spendOnArguments(values: readonly TemplateValue[], reading: ArgumentReading): void {
    if (reading === "nothing") this.spend(values.length);
    else new Visit(this, reading).all(values);
  }

  /** After the function ran. What it found is paid for already, what it made is not. */
  spendOnResult(value: TemplateValue, reading: ArgumentReading): void {
    const isFound = reading === "nothing";
    if (typeof value === "string") {
      if (isFound) this.spend(1 + (value.length >>> PASSING_SHIFT));
      else this.spendOnLength(value.length);
    } else if (Array.isArray(value) && !isFound) this.spend(value.length);
    this.spend(1);
  }

  /** Before a loop: a map is sorted before the first of its elements is visited. */
  spendOnLoop(value: TemplateValue): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const before = this.#steps;
    new Visit(this, "members").all([value]);
    // Putting them in order takes longer than finding them.
    this.spend(this.#steps - before);
  }

  /** Before a value becomes text. */
  spendOnPrinting(value: TemplateValue): void {
    if (typeof value === "object" && value !== null) new Visit(this, "everything").all([value]);
  }
}

export interface TotalSteps {
  readonly limit: number;
  used: number;
}

function spendOfTotal(total: TotalSteps, steps: number): void {
  total.used += steps;
  if (total.used <= total.limit) return;
  throw exhausted(`all templates together took more than ${total.limit} steps`);
}

function exhausted(why: string): TemplateError {
  return new TemplateError("budget", `Cannot finish the template: ${why}`);
}

/** One look at the arguments of a call. */
class Visit {
  readonly #meter: Meter;
  readonly #reading: ArgumentReading;
  #length = 0;

  constructor(meter: Meter, reading: ArgumentReading) {
    this.#meter = meter;
    this.#reading = reading;
  }

  all(values: readonly TemplateValue[]): void {
    this.#meter.spend(values.length);
    for (const value of values) {
      if (typeof value === "string") this.#text(value.length);
      else if (typeof value === "object" && value !== null) this.#object(value, 1);
    }
  }

  #text(length: number): void {
    this.#length += length;
    // Two of the longest texts may be compared, or joined and then refused.
    const limit = 2 * this.#meter.outputLength;
    if (this.#length > limit) throw exhausted(`a value holds more than ${limit} characters`);
    this.#meter.spend(this.#reading === "characters" ? length : length >>> CHARACTERS_SHIFT);
  }

  #object(value: object, depth: number): void {
    if (isGoObject(value)) this.#text(value.size);
    else if (this.#reading === "members") this.#members(value);
    else if (this.#reading !== "texts") this.#everything(value, depth);
  }

  /** Whoever visits a map makes a list of its keys first. */
  #members(value: object): void {
    this.#meter.spend(Array.isArray(value) ? value.length : 2 * countKeys(value));
  }

  /** Deep members cost more: each is indented by as much when it is written out. */
  #everything(value: object, depth: number): void {
    if (depth > MAX_VALUE_DEPTH) throw exhausted(`a value nests deeper than ${MAX_VALUE_DEPTH}`);
    const cost = 1 + (depth >>> 1);
    if (Array.isArray(value)) {
      this.#meter.spend(value.length * cost);
      for (const item of value) this.#member(item, depth);
      return;
    }
    for (const key in value) {
      this.#meter.spend(cost);
      this.#text(key.length);
      this.#member((value as Readonly<Record<string, TemplateValue>>)[key], depth);
    }
  }

  #member(value: TemplateValue, depth: number): void {
    if (typeof value === "string") this.#text(value.length);
    else if (typeof value === "object" && value !== null) this.#object(value, depth + 1);
  }
}

function countKeys(value: object): number {
  let count = 0;
  for (const _ in value) count++;
  return count;
}
