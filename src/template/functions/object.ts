/** What every Kubernetes object has: metadata, spec, status, conditions. */
import { type FunctionRow, functionGroup } from "./function-group.ts";
import {
  conditionOf,
  hasTrueCondition,
  isEvery,
  mapAt,
  numberAt,
  ownerOf,
  textAt,
} from "./objects.ts";
import { ownValue } from "./value.ts";

export const objectFunctions = functionGroup({
  title: "Objects",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take an object: a child, `.` (the custom resource itself), or the first of several. An absent object answers empty text, an empty map, 0 or false; conditions must hold on every object of several.",
  given: {
    children: {
      deployment: {
        kind: "Deployment",
        metadata: {
          name: "shop",
          namespace: "web",
          uid: "4b3f8d21",
          resourceVersion: "14872",
          generation: 3,
          creationTimestamp: "2026-11-20T10:00:00Z",
          labels: { app: "shop" },
          annotations: { "example.com/phase": "live" },
          ownerReferences: [{ apiVersion: "example.com/v1", kind: "Shop", name: "shop", uid: "7" }],
        },
        spec: { replicas: 2 },
        status: {
          phase: "Active",
          observedGeneration: 3,
          conditions: [
            { type: "Available", status: "True", reason: "MinimumReplicas", message: "2 of 2 up" },
          ],
        },
      },
    },
  },
  rows: [
    mapRow("meta", ["metadata"], "The metadata.", ["(meta .children.deployment).uid", "4b3f8d21"]),
    textRow("name", ["metadata", "name"], "shop"),
    textRow("namespace", ["metadata", "namespace"], "web"),
    mapRow("labels", ["metadata", "labels"], "The labels.", [
      'mapGet (labels .children.deployment) "app"',
      "shop",
    ]),
    mapRow("annotations", ["metadata", "annotations"], "The annotations.", [
      "len (annotations .children.deployment)",
      "1",
    ]),
    mapRow("spec", ["spec"], "The spec.", ["(spec .children.deployment).replicas", "2"]),
    mapRow("status", ["status"], "The status.", ["(status .children.deployment).phase", "Active"]),
    textRow("phase", ["status", "phase"], "Active"),
    {
      signature: "ownerKind object",
      summary: "The kind of the controlling owner, else of the first one.",
      example: ["{{ ownerKind .children.deployment }}", "Shop"],
      call: (args) => textAt(ownerOf(args.object(0)), "kind"),
    },
    {
      signature: "ownerName object",
      summary: "The name of that owner.",
      example: ["{{ ownerName .children.deployment }}", "shop"],
      call: (args) => textAt(ownerOf(args.object(0)), "name"),
    },
    {
      signature: "hasCondition object type",
      summary: "Whether the condition is there and `True`.",
      example: ['{{ hasCondition .children.deployment "Available" }}', "true"],
      call: (args) => isEvery(args.objects(0), (object) => hasTrueCondition(object, args.text(1))),
    },
    {
      signature: "conditionReason object type",
      summary: "The reason of the condition.",
      example: ['{{ conditionReason .children.deployment "Available" }}', "MinimumReplicas"],
      call: (args) => textAt(conditionOf(args.object(0), args.text(1)), "reason"),
    },
    {
      signature: "conditionMessage object type",
      summary: "The message of the condition.",
      example: ['{{ conditionMessage .children.deployment "Available" }}', "2 of 2 up"],
      call: (args) => textAt(conditionOf(args.object(0), args.text(1)), "message"),
    },
    {
      signature: "resourceExists object",
      summary: "Whether there is such an object.",
      example: ["{{ resourceExists .children.secret }}", "false"],
      call: (args) => args.objects(0).length > 0,
    },
    {
      signature: "isTerminating object",
      summary: "Whether the object is being deleted.",
      example: ["{{ isTerminating .children.deployment }}", "false"],
      call: (args) =>
        args.objects(0).some((object) => textAt(object, "metadata", "deletionTimestamp") !== ""),
    },
    {
      signature: "generation object",
      summary: "The number of the spec's latest version.",
      example: ["{{ generation .children.deployment }}", "3"],
      call: (args) => numberAt(args.object(0), "metadata", "generation"),
    },
    {
      signature: "observedGeneration object",
      summary: "The number of the version that the controller has seen.",
      example: ["{{ observedGeneration .children.deployment }}", "3"],
      call: (args) => numberAt(args.object(0), "status", "observedGeneration"),
    },
    {
      signature: "isSynced object",
      summary: "Whether the two are the same; true for objects that have neither.",
      example: ["{{ isSynced .children.deployment }}", "true"],
      call: (args) =>
        isEvery(
          args.objects(0),
          (object) =>
            numberAt(object, "metadata", "generation") ===
            numberAt(object, "status", "observedGeneration"),
        ),
    },
    {
      signature: "getLabel object key",
      summary: "The value of the label.",
      example: ['{{ getLabel .children.deployment "app" }}', "shop"],
      call: (args) => ownValue(mapAt(args.object(0), "metadata", "labels"), args.text(1)) ?? "",
    },
    {
      signature: "getAnnotation object key",
      summary: "The value of the annotation.",
      example: ['{{ getAnnotation .children.deployment "example.com/phase" }}', "live"],
      call: (args) =>
        ownValue(mapAt(args.object(0), "metadata", "annotations"), args.text(1)) ?? "",
    },
    textRow("resourceName", ["metadata", "name"], "shop"),
    textRow("resourceNamespace", ["metadata", "namespace"], "web"),
    textRow("resourceUID", ["metadata", "uid"], "4b3f8d21"),
    textRow("resourceVersion", ["metadata", "resourceVersion"], "14872"),
    textRow("creationTimestamp", ["metadata", "creationTimestamp"], "2026-11-20T10:00:00Z"),
  ],
});

function textRow(name: string, path: readonly string[], output: string): FunctionRow {
  return {
    signature: `${name} object`,
    summary: `\`${path.join(".")}\` as text.`,
    example: [`{{ ${name} .children.deployment }}`, output],
    call: (args) => textAt(args.object(0), ...path),
  };
}

function mapRow(
  name: string,
  path: readonly string[],
  ...[summary, [call, output]]: readonly [string, readonly [string, string]]
): FunctionRow {
  return {
    signature: `${name} object`,
    summary,
    example: [`{{ ${call} }}`, output],
    call: (args) => mapAt(args.object(0), ...path),
  };
}
