/**
 * A plan for people: the sums first, then what differs in the document, then entry by entry and custom
 * resource by custom resource. Those that only get the new digest are a number. Pure.
 */
import type { FieldChange } from "../apply/changes.ts";
import type { ObjectPlan } from "../preview/object-plan.ts";
import type { Plan } from "../preview/plan.ts";
import type { DefinitionPlan } from "../preview/plan-definition.ts";
import type { EntryPlan } from "../preview/plan-entry.ts";
import type { ResourcePlan } from "../preview/plan-resource.ts";
import {
  changesOf,
  failingResources,
  isNoise,
  type PlanSummary,
  summarizePlan,
} from "../preview/plan-summary.ts";
import { resourceName, type Stranded } from "../preview/stranded.ts";
import { verdictText } from "../schema/evolution.ts";
import { objectKey } from "../schema/object.ts";
import { excerptsOf } from "../std/excerpt.ts";
import type { Json } from "../std/json.ts";
import { documentPlace } from "./document-place.ts";
import { type Paint, painter } from "./io.ts";
import type { Running } from "./what-runs.ts";

export function renderPlan(plan: Plan, running: Running, hasColor: boolean): string {
  const paint = painter(hasColor);
  return [
    paint("bold", `Plan of Katalog "${plan.katalog}" at ${plan.configDigest}`),
    ...runningLines(running),
    "",
    ...failureLines(plan, paint),
    ...summaryLines(summarizePlan(plan), paint),
    ...strandedLines(plan.stranded, paint),
    ...documentLines(running, paint),
    ...plan.entries.flatMap((entry) => entryLines(entry, paint)),
  ].join("\n");
}

function runningLines(running: Running): readonly string[] {
  switch (running.kind) {
    case "unknown":
      return ["Nothing says what runs now: --running <url> compares with a process"];
    case "equal":
      return [equalLine(running)];
    case "differs":
      return [
        ...running.digests.map(
          (digest) => `Now runs ${digest}, say ${running.digestsFrom ?? running.from}`,
        ),
        ...(running.imports ? importLines(running.from, running.imports) : []),
        ...(running.imports?.length && !running.document ? [NOT_CACHED] : []),
      ];
    default:
      return running satisfies never;
  }
}

function equalLine({ from, isFromMarks, isFromLock }: Extract<Running, { kind: "equal" }>): string {
  const more = "--running <url> compares with a process";
  if (isFromMarks) {
    return `The custom resources were last reconciled by this same document; ${more}`;
  }
  return isFromLock
    ? `The imports are those of ${from}; ${more}`
    : `The same runs now, says ${from}`;
}

function importLines(from: string, imports: readonly string[]): readonly string[] {
  if (imports.length === 0) return [`The imports are those of ${from}: the documents differ`];
  return [`Since ${from}, imports are something else:`, ...imports.map((line) => `  ${line}`)];
}

const NOT_CACHED =
  "  (what that changes cannot be told from the cache: --running <url> compares the documents)";

/** First of all: the exit code is that of any other difference. */
function failureLines(plan: Plan, paint: Paint): readonly string[] {
  const failing = failingResources(plan);
  if (failing.length === 0) return [];
  const names = failing.map(({ crd, resource }) => `${crd} ${objectKey(resource)}`);
  const shown = names.slice(0, MOST_NAMED).join(", ");
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  const count = `${failing.length} custom resource${failing.length === 1 ? "" : "s"}`;
  return [paint("red", `WOULD FAIL: ${count}: ${shown}${more}`)];
}

const MOST_NAMED = 3;

function summaryLines(summary: PlanSummary, paint: Paint): readonly string[] {
  const { customResources: resources, objects, definitions, breaking, obstacles } = summary;
  const lines: string[] = [];
  if (resources.looked < resources.total) {
    const share = `${resources.looked} of ${resources.total}`;
    lines.push(
      paint(
        "yellow",
        `SAMPLE: only ${share} custom resources were looked at; what follows is about those`,
      ),
      "",
    );
  }
  lines.push(
    `Custom resources: ${resources.looked} looked at, ${resources.changed} change, ${resources.marked} get the new digest and nothing else`,
  );
  lines.push(
    `Objects: ${objects.create} created, ${objects.update} changed, ${objects.delete} deleted, ${objects.recreate} recreated`,
  );
  const notes: readonly (readonly [number, string])[] = [
    [definitions.create, "CRDs that are created"],
    [definitions.change, "CRDs that are changed"],
    [definitions.leave, "CRDs that differ and are left as they are"],
    [breaking, "Changes of schemas that hurt stored objects"],
    [obstacles, "Entries that would not start"],
    [resources.waiting, "Custom resources that wait for something"],
    [resources.stuck, "Custom resources that are stuck until they or the Katalog change"],
    [resources.retrying, "Custom resources that fail and are tried again"],
    [resources.failed, "Custom resources that could not be planned"],
    [summary.stranded, "Custom resources that would be stranded"],
    [summary.left, "Custom resources that left the selector of their entry"],
  ];
  for (const [count, what] of notes)
    if (count > 0) lines.push(paint("yellow", `${what}: ${count}`));
  return lines;
}

function strandedLines({ kinds, left, unseen }: Stranded, paint: Paint): readonly string[] {
  const blind = `No right to list ${kindsText(unseen)}: whether custom resources of these kinds are stranded is not known`;
  const lines = kinds.flatMap(({ type, keys }) => [
    "",
    paint(
      "yellow",
      `${keys.length} ${resourceName(type)} carry the finalizer of this Katalog, and no entry covers them:`,
    ),
    ...listed(keys).map((key) => `  ${key}`),
    "  Whoever deletes one waits for ever. Delete them before the restart, while somebody cleans up after them,",
    "  keep an entry for them, or take the finalizer away: kubectl patch <resource> <name> --type json",
    `  -p '[{"op":"remove","path":"/metadata/finalizers/<index of orkestra.orkspace.io/cleanup>"}]'`,
  ]);
  const free = left.flatMap(({ type, keys }) => [
    "",
    `${keys.length} ${resourceName(type)} left the selector of their entry; the start takes the finalizer off, their children stay:`,
    ...listed(keys).map((key) => `  ${key}`),
  ]);
  const told = [...lines, ...free];
  return unseen.length === 0 ? told : [...told, "", paint("yellow", blind)];
}

/** Which they are, `-o json` lists: each for which nobody gave a right is one. */
function kindsText(kinds: readonly string[]): string {
  if (kinds.length <= MOST_NAMED) return kinds.join(", ");
  return `${kinds.length} kinds (${kinds.slice(0, MOST_NAMED).join(", ")}, …)`;
}

function documentLines(running: Running, paint: Paint): readonly string[] {
  if (running.kind !== "differs" || !running.document) return [];
  const { document } = running;
  if (document.length === 0) {
    const what = running.imports ? "nothing differs by the imports" : NOT_SHOWN;
    return ["", `Document: ${what}`];
  }
  const by = running.imports ? "Document, by what the imports were" : "Document";
  return [
    "",
    paint("bold", by),
    ...document.map((change) => fieldLine({ ...change, path: documentPlace(change.path) }, "  ")),
  ];
}

const NOT_SHOWN = "only values differ that the view does not show";

function entryLines(entry: EntryPlan, paint: Paint): readonly string[] {
  const { crd, obstacle, definition, brought, notComputed, notices, resources, total } = entry;
  const lines = [
    ...(obstacle ? [paint("red", `  would not start: ${obstacle.message}`)] : []),
    ...(definition ? definitionLines(definition, paint) : []),
    ...brought.flatMap((object) => objectLines(object, { indent: "  ", paint })),
    ...notComputed.map((sentence) => paint("yellow", `  ? not computed: ${sentence}`)),
    ...notices.map((notice) => paint("yellow", `  ! ${notice}`)),
    ...resources.flatMap((resource) => resourceLines(resource, paint)),
  ];
  const head = `${crd.name} (${crd.type.kind}), ${total} custom resource${total === 1 ? "" : "s"}`;
  return ["", paint("bold", head), ...(lines.length === 0 ? ["  nothing changes"] : lines)];
}

const ACTIONS = {
  create: "is created",
  change: "is changed",
  leave: "differs and is left as it is; --apply-crds changes it",
  keep: "is as the Katalog has it",
  unknown: "cannot be read",
  refuse: "is refused by the cluster",
} as const;

function definitionLines({ name, action, changes }: DefinitionPlan, paint: Paint) {
  if (action === "keep") return [];
  return [
    `  CRD ${name} ${ACTIONS[action]}`,
    ...changes.map((change) => {
      const place = [change.version, change.path].filter(Boolean).join(" ");
      const verdict = verdictText(change);
      const isBad = change.verdict !== "compatible";
      const shown = isBad ? paint(change.affected.length > 0 ? "red" : "yellow", verdict) : verdict;
      return `    ${place ? `${place}: ` : ""}${change.message} · ${shown}`;
    }),
  ];
}

function resourceLines(resource: ResourcePlan, paint: Paint): readonly string[] {
  const { outcome, reasons, warnings, isBeingDeleted } = resource;
  const changes = changesOf(resource);
  const isQuiet = outcome === "settled" && warnings.length === 0;
  if (changes.length === 0 && isQuiet) return [];
  const state = isBeingDeleted ? " (being deleted)" : "";
  return [
    `  ${objectKey(resource)}${state}`,
    ...changes.flatMap((object) => objectLines(object, { indent: "    ", paint })),
    ...reasons.map((reason) => paint("yellow", `    ! ${outcome}: ${reason}`)),
    ...warnings
      .filter((warning) => !reasons.some((reason) => warning.includes(reason)))
      .map((warning) => paint("yellow", `    ! ${warning}`)),
  ];
}

const SIGNS = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  delete: ["-", "red"],
  recreate: ["-/+", "red"],
  keep: ["=", "dim"],
} as const;

function objectLines(
  object: ObjectPlan,
  { indent, paint }: { readonly indent: string; readonly paint: Paint },
): readonly string[] {
  const [sign, style] = SIGNS[object.action];
  const title = `${object.kind} ${objectKey(object)}`;
  const note = object.isChecked ? "" : " (the server could not be asked)";
  const loss = object.loses === undefined ? "" : `: ${object.loses}`;
  const fields = object.fields.filter((change) => !isNoise(change));
  const isNew = object.action === "create";
  const shown = isNew ? fields.slice(0, MOST_OF_NEW) : fields;
  const rest = fields.length - shown.length;
  const released = object.released.join(", ");
  return [
    `${indent}${paint(style, `${sign} ${title}${loss}`)}${note}`,
    ...shown.map((change) => (isNew ? newFieldLine : fieldLine)(change, `${indent}    `)),
    ...(rest > 0 ? [`${indent}    … and ${rest} more field${rest === 1 ? "" : "s"}`] : []),
    ...(isOnlyShape(object) ? [`${indent}    ${ONLY_SHAPE}`] : []),
    ...(released === "" ? [] : [`${indent}    no longer ours, and left as it is: ${released}`]),
  ];
}

/** No value changes: a field that was said is said no more, or the other way round. */
function isOnlyShape({ action, fields, released }: ObjectPlan): boolean {
  return action === "update" && released.length === 0 && fields.every(isNoise);
}

const ONLY_SHAPE = "no value changes, only which fields the Katalog says anything of";

/** All of them are in `-o json`. */
const MOST_OF_NEW = 6;

function newFieldLine({ path, after }: FieldChange, indent: string): string {
  if (after === undefined) return `${indent}${path}: not shown`;
  return `${indent}${path}: ${excerptsOf("", shown(after), LONGEST_VALUE)[1]}`;
}

function fieldLine({ path, before, after }: FieldChange, indent: string): string {
  if (before === undefined && after === undefined) return `${indent}${path}: changed`;
  const [was, is] = excerptsOf(shown(before), shown(after), LONGEST_VALUE);
  return `${indent}${path}: ${was} → ${is}`;
}

const LONGEST_VALUE = 100;

function shown(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

const MOST_LISTED = 20;

function listed(keys: readonly string[]): readonly string[] {
  if (keys.length <= MOST_LISTED) return keys;
  return [...keys.slice(0, MOST_LISTED), `… and ${keys.length - MOST_LISTED} more`];
}
