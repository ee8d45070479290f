/**
 * The rows of the Katalog's function table. A row is data with one small function in it: what users
 * read about it, its arity and its documentation all come from the same lines.
 */
import type { JsonObject } from "../../std/json.ts";
import type { ArgumentReading, TemplateFunction, TemplateValue } from "../template.ts";
import { Arguments } from "./arguments.ts";

export interface FunctionRow {
  /** Name, then parameters; `[optional]`, and `...` after one that may be repeated. */
  readonly signature: string;
  /** One sentence. */
  readonly summary: string;
  /** A template and what it renders, in the scope {@link FunctionGroupRows.given}. */
  readonly example: readonly [template: string, output: string];
  /** The `enrich` item without which it would have no data. */
  readonly needs?: string;
  /** Why this build cannot give it its data. */
  readonly unsupported?: string;
  /** As in {@link TemplateFunction}; default: that of the group. */
  readonly reads?: ArgumentReading;
  /** As in {@link TemplateFunction}. */
  advise?(isLiteral: readonly boolean[]): string | undefined;
  call(args: Arguments): TemplateValue;
}

export interface FunctionGroupRows {
  readonly title: string;
  /** What holds for all functions of the group, in one or two sentences. */
  readonly about: string;
  /** Context of the examples. */
  readonly given?: JsonObject;
  /** How far its functions look into their arguments, where they do not say it themselves. */
  readonly reads?: ArgumentReading;
  readonly rows: readonly FunctionRow[];
}

/** A function of the Katalog: what the engine needs, and what documentation says of it. */
export interface KatalogFunction extends TemplateFunction {
  readonly signature: string;
  readonly summary: string;
  readonly example: readonly [template: string, output: string];
  readonly needs?: string;
  readonly unsupported?: string;
}

export interface FunctionGroup extends Omit<FunctionGroupRows, "rows" | "reads"> {
  readonly functions: readonly KatalogFunction[];
}

/** Turns rows into functions: arity and parameter names are read from the signatures. */
export function functionGroup({ rows, reads, ...group }: FunctionGroupRows): FunctionGroup {
  return {
    ...group,
    functions: rows.map((row) => functionOf({ ...(reads && { reads }), ...row })),
  };
}

function functionOf({ call, ...row }: FunctionRow): KatalogFunction {
  const [name = "", ...written] = row.signature.split(" ");
  const parameters = written.map((part) => part.replace(/^\[|\]$|\.\.\.\]?$/g, ""));
  const definition = { name, parameters };
  return {
    ...row,
    name,
    minArgs: written.filter((part) => !part.startsWith("[")).length,
    maxArgs: row.signature.includes("...") ? Number.POSITIVE_INFINITY : written.length,
    call: (values, circumstances) => call(new Arguments(definition, values, circumstances)),
  };
}
