/** Rollout state of Deployments, StatefulSets, ReplicaSets and DaemonSets. */
import type { Json, JsonObject } from "../../std/json.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";
import { commaText, isEvery, listAt, numberAt, ownerOf, textAt } from "./objects.ts";
import { desiredReplicasOf, isObserved, replicaCountOf } from "./workload.ts";

const REVISION = "deployment.kubernetes.io/revision";

export const deploymentFunctions = functionGroup({
  title: "Deployments",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take a child, a plural map of children or a list: counts are summed, and a question is answered with true when there is at least one workload and it holds for all.",
  given: {
    children: {
      deployment: {
        kind: "Deployment",
        metadata: { name: "shop", generation: 2, annotations: { [REVISION]: "2" } },
        spec: { replicas: 3 },
        status: {
          observedGeneration: 2,
          replicas: 3,
          updatedReplicas: 3,
          readyReplicas: 2,
          availableReplicas: 2,
        },
        _replicaSets: [
          { metadata: { name: "shop-7cb7", annotations: { [REVISION]: "1" } } },
          { metadata: { name: "shop-d9c7", annotations: { [REVISION]: "2" } } },
        ],
      },
      replicaset: {
        kind: "ReplicaSet",
        metadata: {
          name: "shop-d9c7",
          ownerReferences: [{ kind: "Deployment", name: "shop", controller: true }],
        },
      },
    },
  },
  rows: [
    {
      signature: "replicasReady workload",
      summary: "Whether as many replicas are ready as are wanted (none, when scaled to zero).",
      example: ["{{ replicasReady .children.deployment }}", "false"],
      call: (args) => areReady(args),
    },
    {
      signature: "allReplicasReady workload",
      summary: "The same as `replicasReady`.",
      example: ["{{ allReplicasReady .children.deployment }}", "false"],
      call: (args) => areReady(args),
    },
    {
      signature: "desiredReplicas workload",
      summary: "How many replicas are wanted; 1 where the workload does not say.",
      example: ["{{ desiredReplicas .children.deployment }}", "3"],
      call: (args) => sumOver(args, desiredReplicasOf),
    },
    {
      signature: "readyReplicas workload",
      summary: "How many replicas are ready.",
      example: ["{{ readyReplicas .children.deployment }}", "2"],
      call: (args) => sumOver(args, readyReplicasOf),
    },
    {
      signature: "availableReplicas workload",
      summary: "How many replicas have been ready for `minReadySeconds`.",
      example: ["{{ availableReplicas .children.deployment }}", "2"],
      call: (args) =>
        sumOver(args, (object) => replicaCountOf(object, "availableReplicas", "numberAvailable")),
    },
    {
      signature: "updatedReplicas workload",
      summary: "How many replicas run the current pod template.",
      example: ["{{ updatedReplicas .children.deployment }}", "3"],
      call: (args) => sumOver(args, updatedReplicasOf),
    },
    {
      signature: "rolloutComplete workload",
      summary:
        "Whether the controller has seen the current spec, all wanted replicas run it and no older ones are left. It does not ask whether they are ready.",
      example: ["{{ rolloutComplete .children.deployment }}", "true"],
      call: (args) => isEvery(args.objects(0), isRolledOut),
    },
    {
      signature: "deploymentReplicaSets deployment",
      summary: "The names of its ReplicaSets, those kept for a rollback included, as a list.",
      example: [
        '{{ join (deploymentReplicaSets .children.deployment) ", " }}',
        "shop-7cb7, shop-d9c7",
      ],
      needs: "replicasets",
      call: (args) => replicaSetsOf(args).map(nameOf),
    },
    {
      signature: "deploymentReplicaSetCount deployment",
      summary: "How many ReplicaSets it has.",
      example: ["{{ deploymentReplicaSetCount .children.deployment }}", "2"],
      needs: "replicasets",
      call: (args) => replicaSetsOf(args).length,
    },
    {
      signature: "oldDeploymentReplicaSets deployment",
      summary: "The names of those that are not of its current revision, as a list.",
      example: ['{{ join (oldDeploymentReplicaSets .children.deployment) ", " }}', "shop-7cb7"],
      needs: "replicasets",
      call: (args) =>
        args.objects(0).flatMap((deployment) =>
          listAt(deployment, "_replicaSets")
            .filter((replicaSet) => revisionOf(replicaSet) !== revisionOf(deployment))
            .map(nameOf),
        ),
    },
    {
      signature: "replicaSetOwnerName replicaSet",
      summary: "The name of the controller that owns it.",
      example: ["{{ replicaSetOwnerName .children.replicaset }}", "shop"],
      call: (args) => ownerText(args, "name"),
    },
    {
      signature: "replicaSetOwnerKind replicaSet",
      summary: "The kind of that controller.",
      example: ["{{ replicaSetOwnerKind .children.replicaset }}", "Deployment"],
      call: (args) => ownerText(args, "kind"),
    },
  ],
});

function sumOver(args: Arguments, count: (object: JsonObject) => number): number {
  return args.objects(0).reduce((sum, object) => sum + count(object), 0);
}

function areReady(args: Arguments): boolean {
  return isEvery(args.objects(0), (object) => readyReplicasOf(object) >= desiredReplicasOf(object));
}

function readyReplicasOf(object: JsonObject): number {
  return replicaCountOf(object, "readyReplicas", "numberReady");
}

function updatedReplicasOf(object: JsonObject): number {
  return replicaCountOf(object, "updatedReplicas", "updatedNumberScheduled");
}

function isRolledOut(object: JsonObject): boolean {
  const updated = updatedReplicasOf(object);
  if (!isObserved(object) || updated < desiredReplicasOf(object)) return false;
  return numberAt(object, "status", "replicas") <= updated;
}

function replicaSetsOf(args: Arguments): readonly Json[] {
  return args.objects(0).flatMap((object) => listAt(object, "_replicaSets"));
}

function nameOf(object: Json): string {
  return textAt(object, "metadata", "name");
}

function revisionOf(object: Json): string {
  return textAt(object, "metadata", "annotations", REVISION);
}

/** `_owner` where enrichment put one, else the controlling owner reference, which says the same. */
function ownerText(args: Arguments, field: string): string {
  return commaText(
    args
      .objects(0)
      .map((object) => textAt(object, "_owner", field) || textAt(ownerOf(object), field)),
  );
}
