/** Time: stamps, durations, and where in the week this pass runs. */
import { formatDuration, parseDuration } from "../../std/duration.ts";
import { zoneOffsetMs } from "../../std/time-zone.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp.ts";

const DAY_MS = 86_400_000;

export const timeFunctions = functionGroup({
  title: "Time",
  about:
    "Timestamps are RFC 3339 or a date alone; durations have Go's units and `d`, `w` (7 days), `mo` (30 days), `y` (365 days). What is neither answers the zero value. The time zone is the process's unless one is given by its IANA name.",
  given: {
    metadata: { creationTimestamp: "2026-11-22T09:00:00Z" },
    status: { certExpiry: "2026-12-22T12:00:00Z" },
  },
  rows: [
    {
      signature: "timeAgo timestamp",
      summary: "How long ago, in the largest whole unit; `in 5m` when it is still to come.",
      example: ["{{ timeAgo .metadata.creationTimestamp }}", "3h ago"],
      call: (args) => {
        const ageMs = ageOf(args);
        if (ageMs === undefined) return "";
        return ageMs < 0 ? `in ${roughDuration(-ageMs)}` : `${roughDuration(ageMs)} ago`;
      },
    },
    {
      signature: "timeSince timestamp",
      summary: "The whole seconds that have passed since.",
      example: ["{{ timeSince .metadata.creationTimestamp }}", "10800"],
      call: (args) => Math.floor((ageOf(args) ?? 0) / 1000),
    },
    {
      signature: "timeUntil timestamp",
      summary: "The time that is left, as a duration for `requeue.after`; `0s` when it is past.",
      example: ["{{ timeUntil .status.certExpiry }}", "720h0m0s"],
      call: (args) => {
        const leftMs = 0 - (ageOf(args) ?? 0);
        return formatDuration(Math.max(0, Math.ceil(leftMs / 1000) * 1000));
      },
    },
    {
      signature: "timeFormat timestamp layout [zone]",
      summary:
        "The timestamp in a layout of Go (`2006-01-02 15:04`) or one that Go names (`RFC1123`).",
      example: ['{{ timeFormat .metadata.creationTimestamp "Jan 2, 2006" }}', "Nov 22, 2026"],
      call: (args) => {
        const ms = parseTimestamp(args.text(0));
        if (ms === undefined) return "";
        return formatTimestamp(ms, args.text(1), args.timeZone(2)) ?? args.refuseTimeZone(2);
      },
    },
    {
      signature: "isExpired timestamp duration",
      summary: "Whether the duration has passed since.",
      example: ['{{ isExpired .metadata.creationTimestamp "30d" }}', "false"],
      call: (args) => {
        const ageMs = ageOf(args);
        const duration = parseDuration(args.text(1));
        return ageMs !== undefined && duration.kind === "duration" && ageMs > duration.ms;
      },
    },
    {
      signature: "durationSeconds duration",
      summary: "The duration in whole seconds.",
      example: ['{{ durationSeconds "1h30m" }}', "5400"],
      call: (args) => Math.trunc(durationOf(args, 0) / 1000),
    },
    {
      signature: "durationAdd duration duration",
      summary: "The sum, in Go's form; `0s` when one of them is no duration.",
      example: ['{{ durationAdd "5m" "30s" }}', "5m30s"],
      call: (args) => {
        const all = [0, 1].map((index) => parseDuration(args.text(index)));
        if (all.some((duration) => duration.kind === "invalid")) return "0s";
        return formatDuration(durationOf(args, 0) + durationOf(args, 1));
      },
    },
    {
      signature: "durationValid duration",
      summary: "Whether the text is a duration.",
      example: ['{{ durationValid "7d" }}', "true"],
      call: (args) => parseDuration(args.text(0)).kind === "duration",
    },
    {
      signature: "weekday [zone]",
      summary: "Whether today is Monday to Friday.",
      example: ['{{ weekday "UTC" }}', "false"],
      call: (args) => !isWeekend(args),
    },
    {
      signature: "weekend [zone]",
      summary: "Whether today is Saturday or Sunday.",
      example: ['{{ weekend "UTC" }}', "true"],
      call: isWeekend,
    },
    {
      signature: "timeInWindow after before [zone]",
      summary:
        "Whether it is after or at the first time of day and before the second; a window may reach over midnight.",
      example: ['{{ timeInWindow "09:00" "18:00" "UTC" }}', "true"],
      call: (args) => {
        const [after, before] = [minuteOfDay(args.text(0)), minuteOfDay(args.text(1))];
        if (after === undefined || before === undefined) return false;
        const now = Math.floor((localMs(args, 2) % DAY_MS) / 60_000);
        return after <= before ? now >= after && now < before : now >= after || now < before;
      },
    },
  ],
});

function ageOf(args: Arguments): number | undefined {
  const ms = parseTimestamp(args.text(0));
  return ms === undefined ? undefined : args.nowMs - ms;
}

function roughDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

function durationOf(args: Arguments, index: number): number {
  const duration = parseDuration(args.text(index));
  return duration.kind === "duration" ? duration.ms : 0;
}

function isWeekend(args: Arguments): boolean {
  const day = new Date(localMs(args, 0)).getUTCDay();
  return day === 0 || day === 6;
}

/** The wall clock of the zone, as if it were UTC. */
function localMs(args: Arguments, index: number): number {
  return (
    args.nowMs + (zoneOffsetMs(args.nowMs, args.timeZone(index)) ?? args.refuseTimeZone(index))
  );
}

function minuteOfDay(text: string): number | undefined {
  const match = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(text.trim());
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}
