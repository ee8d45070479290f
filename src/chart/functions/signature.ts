/**
 * Rows of Helm's function table and the arguments of one call. A row says its parameters as Go
 * declares them; reading an argument as one of Go's types is as strict as Go's templates are, with
 * the same words: `wrong type for value; expected string; got float64`.
 */
import { TemplateError } from "../../template/error.ts";
import { GoNumber, integerIn, typeMark } from "../../template/go-object.ts";
import { goTypeName } from "../../template/go-value.ts";
import type {
  ArgumentReading,
  FunctionCall,
  TemplateFunction,
  TemplateValue,
} from "../../template/template.ts";
import { type GoMap, isMap } from "../go-map.ts";
import { elementsOf, kindOf } from "./reflect.ts";

/** Name and parameters; `...` after the last one that may be repeated. Then what it does. */
export type HelmRow = readonly [signature: string, call: (args: HelmArguments) => TemplateValue];

/** What its functions read, by their names; the others read everything. */
export type HelmReadings = Partial<Readonly<Record<ArgumentReading, string>>>;

export function helmFunctions(
  rows: readonly HelmRow[],
  readings: HelmReadings = {},
): readonly TemplateFunction[] {
  const readingOf = new Map(
    Object.entries(readings).flatMap(([reading, names]) =>
      names.split(" ").map((name) => [name, reading as ArgumentReading] as const),
    ),
  );
  return rows.map(([signature, call]) => {
    const [name = "", ...parameters] = signature.split(" ");
    const reads = readingOf.get(name);
    const isOpen = signature.endsWith("...");
    const types = parameters.map((parameter) => typeOfParameter(parameter.replace("...", "")));
    return {
      name,
      ...(reads && { reads }),
      minArgs: parameters.length - (isOpen ? 1 : 0),
      maxArgs: isOpen ? Number.POSITIVE_INFINITY : parameters.length,
      call(values, circumstances) {
        const args = new HelmArguments(name, values, circumstances);
        for (const index of values.keys()) {
          args.check(index, types[Math.min(index, types.length - 1)]);
        }
        return call(args);
      },
    };
  });
}

type ParameterType = "text" | "int" | "map";

/** Names of parameters that mean a type of Go; the others take any value. */
const PARAMETER_NAMES: Readonly<Record<ParameterType, ReadonlySet<string>>> = {
  text: new Set(
    (
      "text pattern path url key message layout zone separator prefix suffix part old new set type " +
      "password user site version constraint replacement one many kind namespace certificate"
    ).split(" "),
  ),
  int: new Set("width length count spaces left right start end stop step days size".split(" ")),
  map: new Set(["map", "parts"]),
};

function typeOfParameter(name: string): ParameterType | undefined {
  const all = Object.entries(PARAMETER_NAMES) as [ParameterType, ReadonlySet<string>][];
  return all.find(([, names]) => names.has(name))?.[0];
}

/** Go's word for an absent argument depends on how it was handed over; both mean the same. */
const NOTHING = "invalid value";

export class HelmArguments {
  readonly values: readonly TemplateValue[];
  readonly call: FunctionCall;
  readonly #name: string;

  constructor(name: string, values: readonly TemplateValue[], call: FunctionCall) {
    this.#name = name;
    this.values = values;
    this.call = call;
  }

  get count(): number {
    return this.values.length;
  }

  /** Every argument is checked before the function runs, as in Go. */
  check(index: number, wanted: ParameterType | undefined): void {
    switch (wanted) {
      case "text":
        this.text(index);
        return;
      case "int":
        this.int(index);
        return;
      case "map":
        this.map(index);
        return;
      case undefined:
        return;
      default:
        wanted satisfies never;
    }
  }

  /** Any value; nothing is `null`. */
  any(index: number): TemplateValue {
    return this.values[index] ?? null;
  }

  text(index: number): string {
    const value = this.values[index];
    return typeof value === "string" ? value : this.#wrongType(index, "string");
  }

  /** Go's `int`; a literal without a fraction is one, however it is written. */
  int(index: number): number {
    const value = this.values[index];
    if (typeof value === "number" && Number.isInteger(value)) return value;
    if (this.call.isLiteral[index] && value instanceof GoNumber && Number.isInteger(value.value)) {
      return value.value;
    }
    return this.#wrongType(index, "int");
  }

  float(index: number): number {
    const value = this.values[index];
    if (value instanceof GoNumber && value.isFloat) return value.value;
    const isFraction = typeof value === "number" && !Number.isInteger(value);
    const isLiteral = typeof value === "number" && this.call.isLiteral[index] === true;
    return isFraction || isLiteral ? (value as number) : this.#wrongType(index, "float64");
  }

  bool(index: number): boolean {
    const value = this.values[index];
    return typeof value === "boolean" ? value : this.#wrongType(index, "bool");
  }

  /** A map; it is the value itself, so that writing to it is seen by everybody. */
  map(index: number): GoMap {
    const value = this.values[index];
    if (isMap(value) && typeMark(value) !== "map[string]string") return value;
    return this.#isZero(index) ? {} : this.#wrongType(index, "map[string]interface {}");
  }

  /** A `[]interface {}`. */
  list(index: number): readonly TemplateValue[] {
    const value = this.values[index];
    if (Array.isArray(value) && typeMark(value) === undefined) return value;
    return this.#isZero(index) ? [] : this.#wrongType(index, "[]interface {}");
  }

  /** A slice of any type, as sprig's list functions take it. `action` is the verb of Go's message. */
  slice(index: number, action: string): readonly TemplateValue[] {
    const value = this.values[index];
    const items = elementsOf(value);
    return items ?? this.fail(`${action} type ${kindOf(value)}`);
  }

  rest(from: number): readonly TemplateValue[] {
    return this.values.slice(from).map((value) => value ?? null);
  }

  /** The whole number behind an `int` of any size. */
  integer(index: number): number | undefined {
    return integerIn(this.values[index]);
  }

  fail(problem: string, cause?: unknown): never {
    throw new TemplateError("bad-argument", `Function "${this.#name}" failed: ${problem}`, {
      cause,
    });
  }

  /** Go takes the word `nil` and the nothing that a pipeline gives for an empty map; a missing field not. */
  #isZero(index: number): boolean {
    const value = this.values[index];
    return value === undefined || (value === null && this.call.isLiteral[index] === true);
  }

  #wrongType(index: number, expected: string): never {
    const value = this.values[index];
    const got = value === null || value === undefined ? NOTHING : goTypeName(value);
    return this.fail(`wrong type for value; expected ${expected}; got ${got}`);
  }
}
