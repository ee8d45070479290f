/** The pods behind a workload. */
import type { Arguments } from "./arguments.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { commaText, textAt } from "./objects.ts";
import { type PodFacts, podsOf } from "./pod-facts.ts";

/** More restarts than these are taken for a crash loop. */
const TOLERATED_RESTARTS = 2;

export const podFunctions = functionGroup({
  title: "Pods",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take a workload (or several) with its pods attached by `enrich: [pods]`, or a Pod. Lists are given as text, separated by commas.",
  given: {
    children: {
      statefulset: {
        kind: "StatefulSet",
        _pods: [
          { name: "db-0", ip: "10.0.0.1", phase: "Running", ready: true, node: "node-1" },
          {
            name: "db-1",
            ip: "10.0.0.2",
            phase: "Running",
            ready: false,
            node: "node-2",
            restartCount: 5,
            containers: [{ name: "db", reason: "CrashLoopBackOff" }],
          },
        ],
      },
      pod: {
        kind: "Pod",
        _node: { name: "node-1", zone: "eu-1a", region: "eu-1", instanceType: "m" },
      },
    },
  },
  rows: [
    podRow("podCount", "How many pods there are.", ["2", (pods) => pods.length]),
    podRow("readyPodCount", "How many pods are ready.", [
      "1",
      (pods) => pods.filter((pod) => pod.ready).length,
    ]),
    podRow("podNames", "Their names.", ["db-0, db-1", (pods) => listOf(pods, "name")]),
    podRow("podIPs", "Their addresses.", ["10.0.0.1, 10.0.0.2", (pods) => listOf(pods, "ip")]),
    podRow("podPhases", "Their phases.", ["Running, Running", (pods) => listOf(pods, "phase")]),
    podRow("podNodes", "The nodes they run on.", [
      "node-1, node-2",
      (pods) => listOf(pods, "node"),
    ]),
    {
      signature: "podByOrdinal workload ordinal",
      summary:
        "The pod of a StatefulSet with this number, with `.name`, `.ip`, `.phase`, `.ready`, `.node`, `.restartCount` and `.ordinal`.",
      example: ["{{ (podByOrdinal .children.statefulset 0).ip }}", "10.0.0.1"],
      needs: "pods",
      call: (args) => {
        const ordinal = args.integer(1);
        const found = allPods(args).find((pod) => pod.ordinal === ordinal);
        return found && { ...found };
      },
    },
    podRow("podContainerReasons", "Why containers wait or have ended, each reason once.", [
      "CrashLoopBackOff",
      (pods) => commaText([...new Set(pods.flatMap((pod) => pod.reasons))]),
    ]),
    podRow("podMaxRestarts", "The highest restart count.", [
      "5",
      (pods) => pods.reduce((most, pod) => Math.max(most, pod.restartCount), 0),
    ]),
    podRow("hasCrashingPod", "Whether a pod has restarted more than twice.", [
      "true",
      (pods) => pods.some((pod) => pod.restartCount > TOLERATED_RESTARTS),
    ]),
    podRow("podCrashLoopDetected", "Whether a container is in `CrashLoopBackOff`.", [
      "true",
      (pods) => pods.some((pod) => pod.reasons.includes("CrashLoopBackOff")),
    ]),
    nodeRow("podNodeName", "name", "node-1"),
    nodeRow("podNodeZone", "zone", "eu-1a"),
    nodeRow("podNodeRegion", "region", "eu-1"),
    nodeRow("podNodeInstanceType", "instanceType", "m"),
  ],
});

function podRow(
  name: string,
  summary: string,
  [output, read]: readonly [string, (pods: readonly PodFacts[]) => string | number | boolean],
): FunctionRow {
  return {
    signature: `${name} workload`,
    summary,
    example: [`{{ ${name} .children.statefulset }}`, output],
    needs: "pods",
    call: (args) => read(allPods(args)),
  };
}

function nodeRow(name: string, field: string, output: string): FunctionRow {
  return {
    signature: `${name} pod`,
    summary: `The node's \`${field}\`.`,
    example: [`{{ ${name} .children.pod }}`, output],
    needs: "node",
    call: (args) => textAt(args.object(0), "_node", field),
  };
}

function allPods(args: Arguments): readonly PodFacts[] {
  return args.objects(0).flatMap(podsOf);
}

function listOf(pods: readonly PodFacts[], field: "name" | "ip" | "phase" | "node"): string {
  return commaText(pods.map((pod) => pod[field]));
}
