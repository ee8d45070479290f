/** HorizontalPodAutoscalers. */
import { getPath, type JsonObject } from "../../std/json.ts";
import type { Arguments } from "./arguments.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { commaText, hasTrueCondition, listAt, numberAt, textAt } from "./objects.ts";

export const autoscalerFunctions = functionGroup({
  title: "Autoscalers",
  // Of each object they look at a few fields.
  reads: "members",
  about: "They take a HorizontalPodAutoscaler (the first of several).",
  given: {
    children: {
      hpa: {
        kind: "HorizontalPodAutoscaler",
        spec: {
          minReplicas: 2,
          maxReplicas: 10,
          scaleTargetRef: { kind: "Deployment", name: "shop" },
        },
        status: {
          currentReplicas: 3,
          desiredReplicas: 5,
          currentMetrics: [{ type: "Resource" }, { type: "External" }],
          conditions: [
            { type: "AbleToScale", status: "True" },
            { type: "ScalingActive", status: "True" },
            { type: "ScalingLimited", status: "False" },
          ],
        },
      },
    },
  },
  rows: [
    numberRow("hpaCurrentReplicas", ["status", "currentReplicas"], "3"),
    numberRow("hpaDesiredReplicas", ["status", "desiredReplicas"], "5"),
    {
      signature: "hpaMinReplicas autoscaler",
      summary: "`spec.minReplicas`; 1 where it does not say.",
      example: ["{{ hpaMinReplicas .children.hpa }}", "2"],
      call: (args) => {
        const hpa = args.objects(0)[0];
        if (!hpa) return 0;
        return getPath(hpa, ["spec", "minReplicas"]) === undefined
          ? 1
          : numberAt(hpa, "spec", "minReplicas");
      },
    },
    numberRow("hpaMaxReplicas", ["spec", "maxReplicas"], "10"),
    {
      signature: "hpaScaling autoscaler",
      summary:
        "Whether it is on its way to another number of replicas, with a metric that it can read.",
      example: ["{{ hpaScaling .children.hpa }}", "true"],
      call: (args) => {
        const hpa = args.object(0);
        return hasTrueCondition(hpa, "ScalingActive") && current(hpa) !== desired(hpa);
      },
    },
    {
      signature: "hpaAtMax autoscaler",
      summary: "Whether it has reached its highest number of replicas.",
      example: ["{{ hpaAtMax .children.hpa }}", "false"],
      call: (args) => {
        const highest = numberAt(args.object(0), "spec", "maxReplicas");
        return highest > 0 && current(args.object(0)) >= highest;
      },
    },
    conditionRow("hpaScalingActive", "ScalingActive", "true"),
    conditionRow("hpaAbleToScale", "AbleToScale", "true"),
    conditionRow("hpaScalingLimited", "ScalingLimited", "false"),
    targetRow("hpaScaleTargetName", "name", "shop"),
    targetRow("hpaScaleTargetKind", "kind", "Deployment"),
    {
      signature: "hpaMetricTypes autoscaler",
      summary: "The types of the metrics that it reads.",
      example: ["{{ hpaMetricTypes .children.hpa }}", "Resource, External"],
      call: metricTypes,
    },
  ],
});

function current(hpa: JsonObject): number {
  return numberAt(hpa, "status", "currentReplicas");
}

function desired(hpa: JsonObject): number {
  return numberAt(hpa, "status", "desiredReplicas");
}

function numberRow(name: string, path: readonly string[], output: string): FunctionRow {
  return {
    signature: `${name} autoscaler`,
    summary: `\`${path.join(".")}\`.`,
    example: [`{{ ${name} .children.hpa }}`, output],
    call: (args) => numberAt(args.object(0), ...path),
  };
}

function conditionRow(name: string, type: string, output: string): FunctionRow {
  return {
    signature: `${name} autoscaler`,
    summary: `Whether its condition \`${type}\` is \`True\`.`,
    example: [`{{ ${name} .children.hpa }}`, output],
    call: (args) => hasTrueCondition(args.object(0), type),
  };
}

/** `_scaleTarget` where enrichment put one, else the reference, which says the same. */
function targetRow(name: string, field: string, output: string): FunctionRow {
  return {
    signature: `${name} autoscaler`,
    summary: `The ${field} of what it scales.`,
    example: [`{{ ${name} .children.hpa }}`, output],
    call: (args) =>
      textAt(args.object(0), "_scaleTarget", field) ||
      textAt(args.object(0), "spec", "scaleTargetRef", field),
  };
}

function metricTypes(args: Arguments): string {
  const enriched = listAt(args.object(0), "_currentMetrics");
  const metrics =
    enriched.length > 0 ? enriched : listAt(args.object(0), "status", "currentMetrics");
  return commaText(metrics.map((metric) => textAt(metric, "type")));
}
