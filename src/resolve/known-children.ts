/**
 * What templates may read below `.children`: kinds that the box declares, and of those that the build
 * knows the fields.
 */
import { makingEntriesOf } from "../katalog/box-entries.ts";
import { LANGUAGE_KINDS } from "../katalog/child-keys.ts";
import type { ChildEntry, ResolvedCrd } from "../katalog/resolved.ts";
import { builtinKind } from "../schema/builtin.ts";
import type { SchemaNode } from "../schema/node.ts";
import { guessPlural } from "../schema/plural.ts";
import { suggest } from "../std/suggest.ts";
import { typeOfEntry } from "./child-type.ts";
import { type Finding, judgeSchema } from "./schema-paths.ts";

export interface KnownChildren {
  /** Names under `.children` that this box fills. */
  readonly declared: ReadonlySet<string>;
  /** All names that mean a kind at all; made for the few that are not declared. */
  kinds(): ReadonlySet<string>;
  /** What a name stands for: one child or a map of them, when the box makes one such kind, and it is built in. */
  schemaOf(name: string): SchemaNode | undefined;
}

/** Children that controllers make, and short forms. */
const OTHER_NAMES = ["replicaset", "replicasets", "endpointslice", "endpointslices", "pods", "pod"];
const SHORT_NAMES: Readonly<Record<string, string>> = {
  horizontalpodautoscaler: "hpa",
  poddisruptionbudget: "pdb",
  persistentvolumeclaim: "pvc",
  persistentvolume: "pv",
};

export function knownChildren({ box }: ResolvedCrd, refusedKeys: readonly string[]): KnownChildren {
  const declared = new Set<string>([
    ...OTHER_NAMES,
    ...refusedKeys
      .filter((key) => Object.hasOwn(LANGUAGE_KINDS, key))
      .flatMap((key) => namesOf(key, LANGUAGE_KINDS[key] ?? "")),
  ]);
  const own = new Set<string>();
  const entries = makingEntriesOf(box);
  for (const entry of entries) {
    const kind = entry.key === "custom" ? String(entry.fields["kind"]) : LANGUAGE_KINDS[entry.key];
    for (const name of namesOf(entry.key, kind ?? "")) {
      declared.add(name);
      own.add(name);
    }
    // A templated kind may be any name.
    if (kind?.includes("{{")) own.add("*");
  }
  return {
    declared,
    kinds: () => new Set([...OTHER_NAMES, ...languageNames(), ...own]),
    schemaOf: (name) => schemaOfChild(name, entries),
  };
}

function schemaOfChild(name: string, entries: readonly ChildEntry[]): SchemaNode | undefined {
  const lower = name.toLowerCase();
  const found = new Map<string, SchemaNode | undefined>();
  for (const entry of entries) {
    const { apiVersion, kind } = typeOfEntry(entry);
    const isOne = kind.toLowerCase() === lower;
    if (!isOne && guessPlural(kind) !== lower) continue;
    const schema = builtinKind(apiVersion, kind)?.schema;
    found.set(`${apiVersion} ${kind}`, isOne || !schema ? schema : { type: "map", values: schema });
  }
  const [only] = found.values();
  return found.size === 1 ? only : undefined;
}

function languageNames(): readonly string[] {
  return Object.entries(LANGUAGE_KINDS).flatMap(([key, kind]) => namesOf(key, kind));
}

/** Singular and plural, in lower and camel case, and the short forms, as `.children` offers them. */
function namesOf(key: string, kind: string): readonly string[] {
  const own = [key, key.toLowerCase(), ...(key === "custom" ? ["customs"] : [])];
  if (kind === "") return own;
  const lower = kind.toLowerCase();
  const camel = kind.charAt(0).toLowerCase() + kind.slice(1);
  const plural = guessPlural(kind);
  const short = SHORT_NAMES[lower];
  return [
    ...own,
    lower,
    plural,
    camel,
    camel.slice(0, -1) + plural.slice(camel.length - 1),
    ...(short ? [short, `${short}s`] : []),
  ];
}

export function judgeChild(rest: readonly string[], known: KnownChildren): Finding | undefined {
  const [name, ...steps] = rest;
  if (name === undefined || name === "*") return undefined;
  if (known.declared.has(name)) return judgeField(name, steps, known);
  const kinds = known.kinds();
  if (kinds.has(name)) {
    const message = `Unknown child ".children.${name}": the box declares no such child`;
    return { code: "undeclared-child", message };
  }
  if (kinds.has("*")) return undefined;
  const near = suggest(name, kinds);
  const message = `Unknown child ".children.${name}": no kind is called "${name}"`;
  return {
    code: "unknown-child-kind",
    message,
    near: near && `.children.${near}`,
    isError: true,
  };
}

/** What `enrich` lays beside the fields of a child begins with this. */
const ENRICHED = "_";

function judgeField(
  name: string,
  steps: readonly string[],
  known: KnownChildren,
): Finding | undefined {
  if (steps.length === 0 || steps.some((step) => step.startsWith(ENRICHED))) return undefined;
  const schema = known.schemaOf(name);
  if (!schema) return undefined;
  const children: SchemaNode = { type: "object", fields: { [name]: schema } };
  const root: SchemaNode = { type: "object", fields: { children } };
  return judgeSchema(root, ["children", name, ...steps], []);
}
