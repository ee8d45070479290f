/** Results of Prometheus queries, as an external call leaves them. */
import { getPath } from "../../std/json.ts";
import type { TemplateValue } from "../template.ts";
import { functionGroup } from "./function-group.ts";
import { numberOf } from "./value.ts";

export const prometheusFunctions = functionGroup({
  title: "Prometheus",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take the result of an external call to `/api/v1/query` and read its first series; without a value they answer false.",
  given: {
    external: {
      queue: {
        status: "200",
        data: { resultType: "vector", result: [{ value: [1763812800, "1200"] }] },
      },
    },
  },
  rows: [
    {
      signature: "promAboveThreshold result threshold",
      summary: "Whether the value is higher than the threshold.",
      example: ["{{ promAboveThreshold .external.queue 1000 }}", "true"],
      call: (args) => {
        const value = seriesValue(args.value(0));
        return value !== undefined && value > args.number(1);
      },
    },
    {
      signature: "promBelowThreshold result threshold",
      summary: "Whether the value is lower than the threshold.",
      example: ["{{ promBelowThreshold .external.queue 1000 }}", "false"],
      call: (args) => {
        const value = seriesValue(args.value(0));
        return value !== undefined && value < args.number(1);
      },
    },
  ],
});

/** A vector holds series with `[time, value]`, a scalar is that pair; a summary has a plain `value`. */
const VALUE_PATHS = [
  ["data", "result", 0, "value", 1],
  ["data", "result", 1],
  ["value", 1],
  ["value"],
];

function seriesValue(result: TemplateValue): number | undefined {
  for (const path of VALUE_PATHS) {
    const value = numberOf(getPath(result, path));
    if (value !== undefined) return value;
  }
  return undefined;
}
