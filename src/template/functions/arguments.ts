/**
 * The arguments of one call, read as the function wants them. Reading is lenient where a Katalog
 * may mean it (numbers may be quoted, absent values are the zero value of what is asked for) and an
 * error that names function, parameter and value where it cannot.
 */
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { TemplateError } from "../error.ts";
import type { FunctionCall, TemplateValue } from "../template.ts";
import { objectsOf } from "./objects.ts";
import { describeValue, numberOf, textOf } from "./value.ts";

/**
 * A custom resource holds less text than this. The engine refuses longer results; a function that
 * could make far longer ones out of two such texts has to ask before it makes them.
 */
const MAX_TEXT_LENGTH = 1_048_576;

export class Arguments {
  readonly values: readonly TemplateValue[];
  readonly call: FunctionCall;
  readonly #name: string;
  readonly #parameters: readonly string[];

  constructor(
    definition: { readonly name: string; readonly parameters: readonly string[] },
    values: readonly TemplateValue[],
    call: FunctionCall,
  ) {
    this.#name = definition.name;
    this.#parameters = definition.parameters;
    this.values = values;
    this.call = call;
  }

  get count(): number {
    return this.values.length;
  }

  get nowMs(): number {
    return this.call.environment.nowMs;
  }

  value(index: number): TemplateValue {
    return this.values[index];
  }

  /** Text of a scalar; absent is `""`. Lists and maps are errors. */
  text(index: number): string {
    const value = this.values[index];
    if (typeof value === "object" && value !== null) this.#refuse(index, "text");
    return textOf(value);
  }

  /** A number or text that spells one; absent and `""` are 0. */
  number(index: number): number {
    const value = this.values[index];
    if (value === undefined || value === null || value === "") return 0;
    const number = numberOf(value);
    // What a division made infinite is no number that another function could go on with.
    return number !== undefined && Number.isFinite(number)
      ? number
      : this.#refuse(index, "a number");
  }

  /** {@link number} without its fraction. */
  integer(index: number): number {
    return Math.trunc(this.number(index));
  }

  /** Absent is the empty list. */
  list(index: number): readonly Json[] {
    const value = this.values[index];
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : this.#refuse(index, "a list");
  }

  /** Absent is the empty map. */
  map(index: number): JsonObject {
    const value = this.values[index];
    if (value === undefined || value === null) return {};
    return isJsonObject(value) ? value : this.#refuse(index, "a map");
  }

  /** The objects of a child, a plural map of children or a list of them; absent gives none. */
  objects(index: number): readonly JsonObject[] {
    return objectsOf(this.values[index]);
  }

  /** The first of {@link objects}, or an empty map. */
  object(index: number): JsonObject {
    return objectsOf(this.values[index])[0] ?? {};
  }

  /** An IANA time zone given as argument, else the one of the environment. */
  timeZone(index: number): string {
    return this.text(index) || this.call.environment.timeZone;
  }

  /** Stops the evaluation before a result of this many characters is made. */
  allowLength(length: number): void {
    if (length <= MAX_TEXT_LENGTH) return;
    throw new TemplateError(
      "budget",
      `Cannot evaluate "${this.#name}": result has ${length} characters, limit is ${MAX_TEXT_LENGTH}`,
    );
  }

  /** Stops the evaluation: no zone has the name that {@link timeZone} gives. */
  refuseTimeZone(index: number): never {
    this.fail(`time zone is "${this.timeZone(index)}", expected a name such as "Europe/Berlin"`);
  }

  /** Stops the evaluation: `Cannot evaluate "div": divisor is 0, expected another number`. */
  fail(problem: string, cause?: unknown): never {
    throw new TemplateError("bad-argument", `Cannot evaluate "${this.#name}": ${problem}`, {
      cause,
    });
  }

  #refuse(index: number, expected: string): never {
    const parameter = this.#parameters[Math.min(index, this.#parameters.length - 1)] ?? "argument";
    this.fail(`${parameter} is ${describeValue(this.values[index])}, expected ${expected}`);
  }
}
