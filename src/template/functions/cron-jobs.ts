/** CronJobs: their schedule and their latest runs. */
import { parseCron } from "../../std/cron.ts";
import { zoneOffsetMs } from "../../std/time-zone.ts";
import type { Arguments } from "./arguments.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { listAt, numberAt, textAt } from "./objects.ts";
import { formatRfc3339 } from "./timestamp.ts";

export const cronJobFunctions = functionGroup({
  title: "Cron jobs",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take a CronJob (the first of several). Its Jobs are attached by `enrich: [cronjob]`.",
  given: {
    children: {
      cronjob: {
        kind: "CronJob",
        spec: { schedule: "0 * * * *", timeZone: "Etc/UTC" },
        status: {
          active: [{ name: "report-28600000" }],
          lastScheduleTime: "2026-11-22T12:00:00Z",
          lastSuccessfulTime: "2026-11-22T11:00:09Z",
        },
        _lastJob: { metadata: { name: "report-28600000" }, status: { active: 1 } },
        _lastSuccessfulJob: { metadata: { name: "report-28599940" }, status: { succeeded: 1 } },
      },
    },
  },
  rows: [
    {
      signature: "cronJobActiveCount cronJob",
      summary: "How many runs are under way.",
      example: ["{{ cronJobActiveCount .children.cronjob }}", "1"],
      call: (args) =>
        args.objects(0).reduce((sum, object) => sum + listAt(object, "status", "active").length, 0),
    },
    textRow("cronJobLastScheduleTime", "When it was last started.", {
      path: ["status", "lastScheduleTime"],
      output: "2026-11-22T12:00:00Z",
    }),
    {
      signature: "cronJobNextScheduleTime cronJob",
      summary: "When it is due next, by its schedule and time zone; empty while suspended.",
      example: ["{{ cronJobNextScheduleTime .children.cronjob }}", "2026-11-22T13:00:00Z"],
      call: nextScheduleTime,
    },
    textRow("cronJobLastSuccessTime", "When a run last completed.", {
      path: ["status", "lastSuccessfulTime"],
      output: "2026-11-22T11:00:09Z",
    }),
    textRow("cronJobLastJobName", "The name of its latest Job.", {
      path: ["_lastJob", "metadata", "name"],
      output: "report-28600000",
      needs: "cronjob",
    }),
    {
      signature: "cronJobLastJobSucceeded cronJob",
      summary: "Whether a pod of its latest Job has completed.",
      example: ["{{ cronJobLastJobSucceeded .children.cronjob }}", "false"],
      needs: "cronjob",
      call: (args) => numberAt(args.object(0), "_lastJob", "status", "succeeded") > 0,
    },
    textRow("cronJobLastSuccessfulJobName", "The name of the latest Job that completed.", {
      path: ["_lastSuccessfulJob", "metadata", "name"],
      output: "report-28599940",
      needs: "cronjob",
    }),
  ],
});

function textRow(
  name: string,
  summary: string,
  { path, output, ...row }: { path: readonly string[]; output: string; needs?: string },
): FunctionRow {
  return {
    ...row,
    signature: `${name} cronJob`,
    summary,
    example: [`{{ ${name} .children.cronjob }}`, output],
    call: (args) => textAt(args.object(0), ...path),
  };
}

/** Kubernetes does not say it, so it is worked out; CronJobs without a zone run in the cluster's UTC. */
function nextScheduleTime(args: Arguments): string {
  const cronJob = args.object(0);
  const reported = textAt(cronJob, "status", "nextScheduleTime");
  if (reported !== "" || textAt(cronJob, "spec", "suspend") === "true") return reported;
  const zone = textAt(cronJob, "spec", "timeZone") || "UTC";
  if (zoneOffsetMs(args.nowMs, zone) === undefined) return "";
  const nextMs = parseCron(textAt(cronJob, "spec", "schedule"))?.nextMs(args.nowMs, zone);
  return nextMs === undefined ? "" : formatRfc3339(nextMs);
}
