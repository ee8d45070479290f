/** What `ork why` prints for people: the state first, then the last reconciles, newest first. Pure. */
import type { ShownChange, ShownField } from "../runtime/history-entry.ts";
import type { Blocker, Why } from "../server/why.ts";
import { brief } from "../status/brief.ts";
import { formatDuration } from "../std/duration.ts";
import type { Json } from "../std/json.ts";
import type { Paint } from "./io.ts";

export interface ReportOptions {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly paint: Paint;
}

type Entry = Why["history"][number];

export function whyReport(why: Why, options: ReportOptions): string {
  const { paint } = options;
  const place = why.namespace === undefined ? "" : ` in "${why.namespace}"`;
  const lines = [`${paint("bold", `${why.kind} "${why.name}"`)}${place}`];
  lines.push(...facts(why, options), "");
  if (why.history.length === 0) {
    lines.push("No reconcile has changed anything or failed since this process works.");
  }
  let told = why.blockedBy?.message;
  for (const entry of why.history) {
    lines.push(...entryLines(entry, told, options), "");
    told = entry.message;
  }
  return lines.join("\n").trimEnd();
}

function facts(why: Why, { nowMs, paint }: ReportOptions): readonly string[] {
  const { ready, blockedBy, next } = why;
  const rows: (readonly [string, string])[] = [];
  if (ready) {
    const { status, reason, message = "" } = ready;
    // What is in the way is told in the next line.
    const isRepeated = blockedBy !== undefined && brief(blockedBy.message) === message;
    const text = [status, reason].filter(Boolean).join(", ");
    const shown = message === "" || isRepeated ? text : `${text}: ${message}`;
    rows.push(["Ready", paint(status === "True" ? "green" : "yellow", shown)]);
  }
  if (blockedBy) rows.push(["Blocked", paint("red", blockerText(blockedBy))]);
  if (next) {
    const inMs = Math.max(0, Date.parse(next.at) - nowMs);
    rows.push(["Next", `${NEXT[next.why] ?? next.why} in ${roughly(inMs)}`]);
  }
  return rows.map(([label, text]) => `  ${paint("dim", label.padEnd(8))} ${text}`);
}

const NEXT: Readonly<Record<string, string>> = {
  resync: "resync",
  retry: "another try",
  requeue: "requeue",
  waited: "another look",
};

const HOW: Readonly<Record<Blocker["kind"], string>> = {
  waiting: "waits",
  error: "fails, and is tried again",
  stuck: "stuck, tried again when it or a child changes, and at each resync",
  standby: "not here",
  crd: "its CRD cannot be served",
  child: "held up",
  dependency: "waits for a dependency",
};

function blockerText({ kind, message, failures }: Blocker): string {
  const times = failures === undefined ? "" : ` (${failures} ${failures === 1 ? "time" : "times"})`;
  return `${HOW[kind]}${times}: ${brief(message)}`;
}

const RESULT: Readonly<Record<Entry["result"], string>> = {
  settled: "settled",
  waiting: "waits",
  retry: "failed",
  stuck: "stuck",
};

/** `told`: what was said to be wrong right above. */
function entryLines(
  entry: Entry,
  told: string | undefined,
  { nowMs, paint }: ReportOptions,
): readonly string[] {
  const { result, tookMs, times = 1, message } = entry;
  const agoOf = (at: string) => roughly(Math.max(0, nowMs - Date.parse(at)));
  const style = result === "settled" ? "green" : result === "waiting" ? "yellow" : "red";
  const head = `${paint("dim", `${agoOf(entry.at)} ago`)}  ${paint(style, RESULT[result])} in ${tookMs} ms`;
  const since = entry.causes.map(({ text }) => text).join("; ") || "no cause is known";
  const same = result === "waiting" ? "the same" : "same error";
  const more = `${same}, ${times - 1} more ${times === 2 ? "time" : "times"}, last ${agoOf(entry.lastAt ?? entry.at)} ago`;
  const isTold = message !== undefined && message === told;
  return [
    head,
    `  because: ${since}`,
    ...(message === undefined ? [] : [`  ${paint(style, isTold ? "as above" : brief(message))}`]),
    ...entry.changes.flatMap((change) => changeLines(change, message, paint)),
    ...(entry.moreChanges ? [`  and ${entry.moreChanges} more`] : []),
    ...(times > 1 ? [`  ${more}`] : []),
  ];
}

const SIGN: Readonly<Record<ShownChange["action"], string>> = {
  created: "+",
  configured: "~",
  unchanged: " ",
  deleted: "-",
  skipped: "·",
  failed: "!",
};
const SIGN_STYLE = { "+": "green", "~": "yellow", "-": "red", "!": "red" } as const;

/** `message`: what was said of the whole reconcile, which need not be repeated. */
function changeLines(
  change: ShownChange,
  message: string | undefined,
  paint: Paint,
): readonly string[] {
  const { action, kind, namespace, name, reason, fields = [] } = change;
  const sign = SIGN[action];
  const style = SIGN_STYLE[sign as keyof typeof SIGN_STYLE] ?? "dim";
  const isTold = reason === undefined || message?.includes(reason);
  const note = isTold ? "" : ` (${brief(reason)})`;
  return [
    `  ${paint(style, sign)} ${kind} "${name}"${namespace === undefined ? "" : ` in "${namespace}"`}${note}`,
    ...fields.map((field) => `      ${fieldText(field, paint)}`),
  ];
}

function fieldText({ path, before, after, manager }: ShownField, paint: Paint): string {
  const by = manager === undefined ? "" : paint("dim", `, was set by "${manager}"`);
  if (before === undefined && after === undefined) return `${path}: not shown${by}`;
  if (before === undefined) return `${path}: ${valueText(after)}${by}`;
  return `${path}: ${valueText(before)} → ${after === undefined ? "gone" : valueText(after)}${by}`;
}

/** Messages quote names: with all their quotes escaped nobody could read them. */
function valueText(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return typeof value === "string" ? text.replaceAll('\\"', '"') : text;
}

/** Seconds are enough. */
function roughly(ms: number): string {
  return formatDuration(1000 * Math.round(ms / 1000));
}
