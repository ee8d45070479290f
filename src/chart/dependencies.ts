/**
 * Which of the charts below a chart take part: versions, aliases, conditions and tags of
 * `Chart.yaml`, and the values that a parent imports from them. Changes the charts in place, as a
 * chart is loaded anew for each rendering.
 */
import { parseChartVersion, parseConstraint } from "../std/version-constraint.ts";
import { goText } from "../template/go-print.ts";
import type { Chart } from "./chart.ts";
import { copyMap, type GoMap, getField, isMap } from "./go-map.ts";
import type { ChartDependency } from "./metadata.ts";
import { coalesceTables, coalesceValues, tableAt, valueAt } from "./values.ts";

/** Names of dependencies that `Chart.yaml` lists and `charts/` does not hold. */
export function missingDependencies(chart: Chart): readonly string[] {
  const held = new Set(chart.dependencies.map(({ metadata }) => metadata.name));
  return chart.metadata.dependencies.map(({ name }) => name).filter((name) => !held.has(name));
}

/** Leaves out what is disabled, gives aliases their names, and imports values. */
export function settleDependencies(chart: Chart, values: GoMap): void {
  enableDependencies(chart, values, []);
  importValues(chart);
}

function enableDependencies(chart: Chart, values: GoMap, path: readonly string[]): void {
  const wanted = chart.metadata.dependencies;
  if (wanted.length === 0) return;
  const unlisted = chart.dependencies.filter((held) => !wanted.some((one) => fits(one, held)));
  const listed = wanted.flatMap((one) => {
    const held = chart.dependencies.find((candidate) => fits(one, candidate));
    return held ? [instanceOf(held, one)] : [];
  });
  for (const one of wanted) if (one.alias !== "") one.name = one.alias;
  chart.dependencies = [...unlisted, ...listed];
  for (const one of wanted) one.isEnabled = true;
  const merged = coalesceValues(chart, values);
  for (const one of wanted) {
    applyTags(one, merged);
    applyCondition(one, merged, path);
  }
  const disabled = new Set(wanted.filter(({ isEnabled }) => !isEnabled).map(({ name }) => name));
  chart.dependencies = chart.dependencies.filter(({ metadata }) => !disabled.has(metadata.name));
  for (const below of chart.dependencies) {
    enableDependencies(below, merged, [...path, below.metadata.name]);
  }
  chart.metadata.dependencies = wanted.filter(({ name }) => !disabled.has(name));
}

function fits(wanted: ChartDependency, held: Chart): boolean {
  return held.metadata.name === wanted.name && isInRange(held.metadata.version, wanted.version);
}

/** Whether the version lies in the range, as Helm compares them; a range that is none holds nothing. */
export function isInRange(version: string, range: string): boolean {
  const parsed = parseChartVersion(version);
  const check = parseConstraint(range);
  return (parsed && check?.(parsed)) ?? false;
}

/** A chart may take part several times under several names: each time it is a copy. */
function instanceOf(held: Chart, wanted: ChartDependency): Chart {
  const name = wanted.alias || held.metadata.name;
  const dependencies = held.metadata.dependencies.map((one) => ({ ...one }));
  return {
    ...held,
    metadata: { ...held.metadata, name, dependencies },
    dependencies: held.dependencies.map((below) => ({ ...below })),
  };
}

function applyTags(wanted: ChartDependency, values: GoMap): void {
  const tags = tableAt(values, ["tags"]);
  if (!tags) return;
  const set = wanted.tags
    .map((tag) => getField(tags, tag))
    .filter((tag) => typeof tag === "boolean");
  wanted.isEnabled = set.length === 0 || set.includes(true);
}

/** The first of the paths that holds a boolean decides. */
function applyCondition(wanted: ChartDependency, values: GoMap, path: readonly string[]): void {
  for (const condition of wanted.condition.trim().split(",")) {
    if (condition === "") continue;
    const value = valueAt(values, [...path, ...condition.split(".")]);
    if (typeof value !== "boolean") continue;
    wanted.isEnabled = value;
    return;
  }
}

function importValues(chart: Chart): void {
  for (const below of chart.dependencies) importValues(below);
  if (chart.metadata.dependencies.length === 0) return;
  const merged = coalesceValues(chart, {}, true);
  let imported: GoMap = {};
  for (const wanted of chart.metadata.dependencies) {
    for (const one of wanted.importValues) {
      const found = importOf(one);
      const table = found && tableAt(merged, [wanted.name, ...found.child]);
      if (found && table) imported = coalesceTables(imported, nested(found.parent, table), true);
    }
  }
  chart.values = coalesceTables(copyMap(merged), imported, true);
}

interface Import {
  readonly child: readonly string[];
  /** Empty: the top. */
  readonly parent: readonly string[];
}

/** `data` stands for `exports.data` laid over the top; a map names both sides. */
function importOf(value: unknown): Import | undefined {
  if (typeof value === "string") return { child: ["exports", ...value.split(".")], parent: [] };
  if (!isMap(value)) return undefined;
  const [child, parent] = [getField(value, "child"), getField(value, "parent")].map((side) =>
    goText(side, "<nil>"),
  );
  if (child === undefined || parent === undefined) return undefined;
  return { child: child.split("."), parent: parent === "." ? [] : parent.split(".") };
}

function nested(path: readonly string[], table: GoMap): GoMap {
  return path.reduceRight<GoMap>((inner, key) => ({ [key]: inner as GoMap[string] }), table);
}
