/** Jobs: how far they are, and the pods that ran them. */
import type { Arguments } from "./arguments.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { commaText, isEvery, numberAt } from "./objects.ts";
import { type PodFacts, podsOf } from "./pod-facts.ts";

const NOT_ENDED = -1;

export const jobFunctions = functionGroup({
  title: "Jobs",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "Of several Jobs, `jobSucceeded` asks for all of them, `jobFailed` and `jobActive` for any.",
  given: {
    children: {
      job: {
        kind: "Job",
        metadata: { name: "migrate" },
        status: { succeeded: 1 },
        _pods: [
          { name: "migrate-abc", phase: "Failed", containers: [{ exitCode: 2 }] },
          { name: "migrate-def", phase: "Succeeded", containers: [{ exitCode: 0 }] },
        ],
      },
    },
  },
  rows: [
    {
      signature: "jobSucceeded job",
      summary: "Whether a pod of it has completed.",
      example: ["{{ jobSucceeded .children.job }}", "true"],
      call: (args) => isEvery(args.objects(0), (job) => numberAt(job, "status", "succeeded") > 0),
    },
    {
      signature: "jobFailed job",
      summary: "Whether a pod of it has failed.",
      example: ["{{ jobFailed .children.job }}", "false"],
      call: (args) => args.objects(0).some((job) => numberAt(job, "status", "failed") > 0),
    },
    {
      signature: "jobActive job",
      summary: "Whether a pod of it is running.",
      example: ["{{ jobActive .children.job }}", "false"],
      call: (args) => args.objects(0).some((job) => numberAt(job, "status", "active") > 0),
    },
    {
      signature: "jobFirstExitCode job",
      summary: "The exit code of the first pod that has ended; -1 while none has.",
      example: ["{{ jobFirstExitCode .children.job }}", "2"],
      needs: "pods",
      call: (args) =>
        args
          .objects(0)
          .flatMap(podsOf)
          .flatMap((pod) => pod.exitCodes)[0] ?? NOT_ENDED,
    },
    namesRow("jobActivePodNames", "The names of the pods that have not ended.", [
      "",
      (pod) => pod.phase !== "Succeeded" && pod.phase !== "Failed",
    ]),
    namesRow("jobSucceededPodNames", "The names of the pods that completed.", [
      "migrate-def",
      (pod) => pod.phase === "Succeeded",
    ]),
    namesRow("jobFailedPodNames", "The names of the pods that failed.", [
      "migrate-abc",
      (pod) => pod.phase === "Failed",
    ]),
  ],
});

function namesRow(
  name: string,
  summary: string,
  [output, isWanted]: readonly [string, (pod: PodFacts) => boolean],
): FunctionRow {
  return {
    signature: `${name} job`,
    summary,
    example: [`{{ ${name} .children.job }}`, output],
    needs: "pods",
    call: (args: Arguments) =>
      commaText(
        args
          .objects(0)
          .flatMap(podsOf)
          .filter(isWanted)
          .map((pod) => pod.name),
      ),
  };
}
