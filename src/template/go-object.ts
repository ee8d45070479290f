/**
 * Values that Go has and JSON has not: numbers with a type of their own, and objects with methods.
 * They travel through the engine as any other value does; {@link asValue} is the one place where
 * they are given its type. Only dialects with Go's numbers ever make one, so Katalogs never meet them.
 */
import { TemplateError } from "./error.ts";
import type { TemplateValue } from "./template.ts";

/** What the engine asks of a value that is not JSON. */
export abstract class GoObject {
  /** As `%T` prints it: `float64`, `*semver.Version`. */
  abstract readonly typeName: string;
  /** As Go's reflection names it: `float64`, `struct`, `ptr`. */
  abstract readonly kind: string;

  /** As `%v` prints it. */
  abstract text(): string;

  /** About how many characters {@link text} has, without making it. */
  get size(): number {
    return 0;
  }

  /** As an action prints it, where a pointer to it has a text of its own. */
  shown(): string {
    return this.text();
  }

  /** What `encoding/json` makes of it, in values that JSON has. */
  plain(): TemplateValue {
    return this.text();
  }

  isTrue(): boolean {
    return true;
  }

  /** A field, or a method without arguments. Throws when there is none. */
  field(name: string): TemplateValue {
    throw new TemplateError(
      "failed",
      `Cannot read field "${name}": the value is of type ${this.typeName}, which has none of that name`,
    );
  }

  /** A method with its arguments. Throws when there is none. */
  invoke(name: string, _args: readonly TemplateValue[]): TemplateValue {
    throw new TemplateError(
      "failed",
      `Cannot call method "${name}": the value is of type ${this.typeName}, which has none of that name`,
    );
  }

  /** What `range` visits, with its keys; `undefined` when it cannot be ranged over. */
  entries(): readonly (readonly [TemplateValue, TemplateValue])[] | undefined {
    return undefined;
  }
}

export type GoNumberType = "float64" | "int64" | "uint8" | "int32" | "uint32" | "uint64";

/** A number whose type is not the one that its value suggests: `float64` 3, `int64` 3. */
export class GoNumber extends GoObject {
  readonly value: number;
  readonly typeName: GoNumberType;

  constructor(value: number, typeName: GoNumberType) {
    super();
    this.value = value;
    this.typeName = typeName;
  }

  get kind(): string {
    return this.typeName;
  }

  get isFloat(): boolean {
    return this.typeName === "float64";
  }

  override isTrue(): boolean {
    return this.value !== 0;
  }

  text(): string {
    return String(this.value);
  }
}

export function asValue(object: GoObject): TemplateValue {
  return object as unknown as TemplateValue;
}

export function isGoObject(value: unknown): value is GoObject {
  return value instanceof GoObject;
}

/** A `float64`: one with a fraction is a plain number, as in JSON. */
export function float64(value: number): TemplateValue {
  return Number.isInteger(value) ? asValue(new GoNumber(value, "float64")) : value;
}

export function int64(value: number): TemplateValue {
  return asValue(new GoNumber(value, "int64"));
}

/** The number behind a plain or a typed one. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return value instanceof GoNumber ? value.value : undefined;
}

/** The whole number that may be an index or a count; `undefined` for floats and everything else. */
export function integerIn(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  return value instanceof GoNumber && !value.isFloat ? value.value : undefined;
}

const GO_TYPE = Symbol("Go type");

/** Says that a list or map is of another Go type than `[]interface {}` or `map[string]interface {}`. */
export function typed<T extends object>(value: T, typeName: string): T {
  Object.defineProperty(value, GO_TYPE, { value: typeName });
  return value;
}

export function typeMark(value: object): string | undefined {
  return (value as { readonly [GO_TYPE]?: string })[GO_TYPE];
}
