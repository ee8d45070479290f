/** Sprig's functions of maps. `set`, `unset` and the merges change the map that they are given. */
import type { TemplateValue } from "../../template/template.ts";
import { asMapValue, deepCopy, type GoMap, getField, isMap, mapOf, setField } from "../go-map.ts";
import { isEmpty, textOf } from "./reflect.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";
import { stringList } from "./strings.ts";

export const dictFunctions = helmFunctions(
  [
    ["dict value...", dict],
    ["get map key", (args) => getIn(args.map(0), args.text(1)) ?? missing(args)],
    [
      "set map key value",
      (args) => {
        const map = writable(args);
        setField(map, args.text(1), args.any(2));
        return asMapValue(map);
      },
    ],
    [
      "unset map key",
      (args) => {
        const map = args.map(0);
        delete map[args.text(1)];
        return asMapValue(map);
      },
    ],
    ["hasKey map key", (args) => Object.hasOwn(args.map(0), args.text(1))],
    [
      "pluck key map...",
      (args) =>
        args.values
          .slice(1)
          .map((_, at) => args.map(at + 1))
          .filter((map) => Object.hasOwn(map, args.text(0)))
          .map((map) => (getField(map, args.text(0)) ?? null) as never),
    ],
    ["keys map...", (args) => stringList(args.values.flatMap((_, at) => sorted(args.map(at))))],
    ["values map", (args) => sorted(args.map(0)).map((key) => (args.map(0)[key] ?? null) as never)],
    ["pick map key...", (args) => picked(args, true)],
    ["omit map key...", (args) => picked(args, false)],
    ["merge map map...", (args) => mergeAll(args, false)],
    ["mustMerge map map...", (args) => mergeAll(args, false)],
    ["mergeOverwrite map map...", (args) => mergeAll(args, true)],
    ["mustMergeOverwrite map map...", (args) => mergeAll(args, true)],
    ["deepCopy value", (args) => deepCopy(args.any(0))],
    [
      "mustDeepCopy value",
      (args) =>
        args.any(0) === null ? args.fail("there is nothing to copy") : deepCopy(args.any(0)),
    ],
    ["dig element...", dig],
  ],
  {
    nothing:
      "dict get set unset hasKey pluck dig merge mustMerge mergeOverwrite mustMergeOverwrite",
    members: "keys values pick omit",
  },
);

function getIn(map: GoMap, key: string): TemplateValue {
  return Object.hasOwn(map, key) ? (map[key] ?? null) : undefined;
}

/** A key that is there holds what it holds, also when that is nothing. */
function missing(args: HelmArguments): TemplateValue {
  return Object.hasOwn(args.map(0), args.text(1)) ? null : "";
}

function writable(args: HelmArguments): GoMap {
  return args.any(0) === null ? args.fail("assignment to entry in nil map") : args.map(0);
}

function sorted(map: GoMap): string[] {
  return Object.keys(map).sort();
}

function names(args: HelmArguments): ReadonlySet<string> {
  return new Set(args.values.slice(1).map((_, at) => args.text(at + 1)));
}

function picked(args: HelmArguments, isWanted: boolean): TemplateValue {
  const known = names(args);
  const entries = Object.entries(args.map(0));
  return asMapValue(mapOf(entries.filter(([key]) => known.has(key) === isWanted)));
}

function dict(args: HelmArguments): TemplateValue {
  const map: GoMap = {};
  // The values stay what they are, the keys become text.
  args.call.meter.spendOnArguments(
    args.values.filter((_, at) => at % 2 === 0),
    "everything",
  );
  for (let at = 0; at < args.count; at += 2) {
    setField(map, textOf(args.any(at)), at + 1 < args.count ? args.any(at + 1) : "");
  }
  return asMapValue(map);
}

function mergeAll(args: HelmArguments, overwrites: boolean): TemplateValue {
  const target = args.map(0);
  // What is merged is visited, what it is merged into is not.
  args.call.meter.spendOnArguments(args.values.slice(1), "everything");
  for (let at = 1; at < args.count; at++) mergeInto(target, args.map(at), overwrites);
  return asMapValue(target);
}

/** As the mergo library merges maps: what is empty is filled, or, overwriting, what is there is replaced. */
function mergeInto(target: GoMap, source: GoMap, overwrites: boolean): void {
  for (const [key, value] of Object.entries(source)) {
    const known = getField(target, key);
    if (value === null || value === undefined) {
      if (overwrites) setField(target, key, null);
      continue;
    }
    const areMaps = isMap(value) && isMap(known);
    if (areMaps) mergeInto(known, value, overwrites);
    const isDone = areMaps && Object.keys(known).length > 0;
    if (!isDone && (overwrites || isEmpty(known))) setField(target, key, value);
  }
}

function dig(args: HelmArguments): TemplateValue {
  if (args.count < 3) args.fail("dig needs at least three arguments");
  const last = args.count - 1;
  let value: TemplateValue = asMapValue(args.map(last));
  for (let at = 0; at < last - 1; at++) {
    const key = args.text(at);
    if (!isMap(value)) return args.fail(`the value before key "${key}" is not a map`);
    if (!Object.hasOwn(value, key)) return args.any(last - 1);
    value = value[key] ?? null;
  }
  return value;
}
