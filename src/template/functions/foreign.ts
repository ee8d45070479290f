/**
 * Functions that people bring along from Helm charts, where they mean something, and what does the same here:
 * one of ours, with its parameters since their order may be another one, or a way to go without.
 *
 * Source: Helm's functions, https://helm.sh/docs/chart_template_guide/function_list/
 */
import { invariant } from "../../std/invariant.ts";
import { katalogFunctions } from "./functions.ts";

/** Ours → what it is called elsewhere. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  randomAlphanumeric: ["randAlphaNum", "randAlpha", "randNumeric", "randAscii"],
  randomBase64: ["randBytes"],
  toBase64: ["b64enc"],
  fromBase64: ["b64dec"],
  toJson: ["toYaml", "mustToYaml", "mustToJson", "toPrettyJson", "toRawJson"],
  truncate: ["trunc", "abbrev"],
  toUpper: ["upper"],
  toLower: ["lower"],
  camelToKebab: ["kebabcase"],
  toInt: ["int", "int64", "atoi"],
  toFloat: ["float64"],
  typeOf: ["kindOf", "kindIs", "typeIs"],
  asMap: ["fromYaml", "fromJson", "mustFromJson"],
  asList: ["fromYamlArray", "fromJsonArray"],
  split: ["splitList"],
  mapKeys: ["keys"],
  mapValues: ["values"],
  mapPick: ["pick"],
  mapOmit: ["omit"],
  get: ["dig"],
  listHas: ["has"],
  listGet: ["first"],
  timeAgo: ["ago"],
  timeFormat: ["date", "dateInZone", "htmlDate"],
};

const QUOTES = "YAML quotes the template as a whole: go without it, or use printf and its %q";
const INDENT = "Go without it: a value of one action keeps its structure, and text its line breaks";
const REFUSAL = "Go without it: the schema of the CRD says what a custom resource must have";

/** What nothing of ours does, and needs not be done. */
const WITHOUT: Readonly<Record<string, string>> = {
  quote: QUOTES,
  squote: QUOTES,
  indent: INDENT,
  nindent: INDENT,
  include:
    "Named templates hold within one text only, as {{ template }}; a Motif shares parts of Katalogs",
  tpl: "Text of a custom resource is never read as a template",
  lookup: "Templates ask no cluster: children of the custom resource are under .children",
  now: "The time is read by functions such as timeSince, timeUntil, timeInWindow and isExpired",
  required: REFUSAL,
  fail: REFUSAL,
  uuidv4: "Use {{ randomHex 16 }}, or the one that a custom resource has: {{ .metadata.uid }}",
  env: "Templates read no environment",
  expandenv: "Templates read no environment",
};

/** Name → what to do instead. */
export const foreignFunctions: ReadonlyMap<string, string> = new Map([
  ...Object.entries(WITHOUT),
  ...Object.entries(SAME).flatMap(([own, names]) =>
    names.map((name): [string, string] => [
      name,
      `Here it is "${own}", as in {{ ${exampleOf(own)} }}`,
    ]),
  ),
]);

function exampleOf(name: string): string {
  const own = katalogFunctions.get(name);
  invariant(own, `the function "${name}" is one of ours`);
  return own.signature;
}
