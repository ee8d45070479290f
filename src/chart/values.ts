/**
 * The values that a chart renders with: the user's over the chart's own, the chart's over those of
 * the charts below it, `global` handed down, and a null of the user taking a default away. Rules of
 * Helm 4 (https://helm.sh/docs/chart_template_guide/subcharts_and_globals/). Pure but for the maps
 * that it is given to fill.
 */
import { isGoObject } from "../template/go-object.ts";
import type { TemplateValue } from "../template/template.ts";
import type { Chart } from "./chart.ts";
import { asMapValue, copyMap, type GoMap, getField, isMap, setField } from "./go-map.ts";

/** Thrown for values that no chart can render with; the message says which. */
export class ValuesError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ValuesError";
  }
}

/** `merges` keeps nulls, for values that are laid over others later. */
export function coalesceValues(chart: Chart, values: GoMap, merges = false): GoMap {
  return coalesce(chart, copyMap(values), merges);
}

function coalesce(chart: Chart, target: GoMap, merges: boolean): GoMap {
  fillFromChart(chart, target, merges);
  for (const below of chart.dependencies) {
    const { name } = below.metadata;
    const known = getField(target, name);
    if (known !== undefined && !isMap(known)) {
      throw new ValuesError(`The values of the chart "${name}" are not a mapping`);
    }
    const inner: GoMap = isMap(known) ? known : {};
    setField(target, name, asMapValue(inner));
    handDownGlobals(inner, target);
    coalesce(below, inner, merges);
  }
  return target;
}

function fillFromChart(chart: Chart, target: GoMap, merges: boolean): void {
  for (const [key, value] of Object.entries(copyMap(chart.values))) {
    if (Object.hasOwn(target, key)) coalesceKey(chart, target, { key, value, merges });
    else if (merges) setField(target, key, value);
    else if (!isNothing(value)) {
      if (isMap(value)) dropNulls(value);
      setField(target, key, value);
    }
  }
}

interface Default {
  readonly key: string;
  readonly value: TemplateValue;
  readonly merges: boolean;
}

/** A key that the user gives, too. */
function coalesceKey(chart: Chart, target: GoMap, { key, value, merges }: Default): void {
  const known = target[key];
  if (known === null && !merges) delete target[key];
  if (!isMap(known) || !isMap(value)) return;
  const keeps = merges || chart.dependencies.some(({ metadata }) => metadata.name === key);
  if (!keeps) dropNulls(value);
  coalesceTables(known, value, keeps);
}

/** Globals of the parent win, but for what the chart's own map of them has beside. */
function handDownGlobals(target: GoMap, source: GoMap): void {
  const own = getField(target, "global") ?? asMapValue({});
  const given = getField(source, "global") ?? asMapValue({});
  if (!isMap(own) || !isMap(given)) return;
  for (const [key, value] of Object.entries(given)) {
    const known = getField(own, key);
    if (isMap(value)) {
      if (known === undefined || isMap(known))
        setField(own, key, asMapValue(mergedGlobal(value, known)));
    } else if (!isMap(known)) setField(own, key, value);
  }
  setField(target, "global", asMapValue(own));
}

function mergedGlobal(value: GoMap, known: GoMap | undefined): GoMap {
  const copy: GoMap = { ...value };
  return known ? coalesceTables(copy, known, true) : copy;
}

/** Fills `target` from `source`; what is there wins. Changes both. */
export function coalesceTables(target: GoMap, source: GoMap, merges: boolean): GoMap {
  const given = new Set(Object.keys(source).filter((key) => !isNothing(source[key])));
  for (const [key, value] of Object.entries(target))
    if (value === null) setField(source, key, null);
  for (const [key, value] of Object.entries(source)) {
    if (!Object.hasOwn(target, key)) {
      setField(target, key, value);
      continue;
    }
    const known = target[key];
    if (!merges && isNothing(known) && given.has(key)) delete target[key];
    else if (isMap(value) && isMap(known)) coalesceTables(known, value, merges);
  }
  return target;
}

function isNothing(value: TemplateValue): boolean {
  return value === null || value === undefined;
}

function dropNulls(map: GoMap): void {
  for (const [key, value] of Object.entries(map)) {
    if (isNothing(value)) delete map[key];
    else if (isMap(value)) dropNulls(value);
  }
}

/** The map at a path of keys; `undefined` when a step is no map. */
export function tableAt(values: GoMap, path: readonly string[]): GoMap | undefined {
  let table: GoMap = values;
  for (const key of path) {
    const next = getField(table, key);
    if (!isMap(next)) return undefined;
    table = next;
  }
  return table;
}

/** The value at a path that is no map; `undefined` when there is none. */
export function valueAt(values: GoMap, path: readonly string[]): TemplateValue {
  const table = tableAt(values, path.slice(0, -1));
  const value = table && getField(table, path.at(-1) ?? "");
  return isMap(value) && !isGoObject(value) ? undefined : value;
}
