/** What changed between the version of the object that was seen last and this one. */
import { getPath, isDeepEqual, type PathSegment } from "../../std/json.ts";
import type { Scope } from "../template.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";

const UNSUPPORTED =
  "it compares with the previous version of the object (preReconcile.sentinels), which this build does not keep";

export const sentinelFunctions = functionGroup({
  title: "Sentinels",
  about:
    "They take no argument and compare `.metadata` with `.previous.metadata`; without a previous version nothing has changed.",
  given: {
    metadata: {
      name: "shop",
      generation: 3,
      labels: { tier: "gold" },
      deletionTimestamp: "2026-11-22T11:59:00Z",
    },
    previous: { metadata: { name: "shop", generation: 2, labels: { tier: "gold" } } },
  },
  rows: [
    changeRow("generationChanged", "generation", "true"),
    changeRow("labelsChanged", "labels", "false"),
    changeRow("annotationsChanged", "annotations", "false"),
    {
      signature: "deletionStarted",
      summary: "Whether the deletion has begun since.",
      example: ["{{ deletionStarted }}", "true"],
      unsupported: UNSUPPORTED,
      call: ({ call: { root } }) =>
        hasPrevious(root) &&
        !isSet(valueIn(root, ["previous", "metadata", "deletionTimestamp"])) &&
        isSet(valueIn(root, ["metadata", "deletionTimestamp"])),
    },
    changeRow("finalizersChanged", "finalizers", "false"),
    changeRow("nameChanged", "name", "false"),
    changeRow("namespaceChanged", "namespace", "false"),
    changeRow("generateNameChanged", "generateName", "false"),
    changeRow("uidChanged", "uid", "false"),
    changeRow("resourceVersionChanged", "resourceVersion", "false"),
    changeRow("creationTimestampChanged", "creationTimestamp", "false"),
    changeRow("deletionGracePeriodSecondsChanged", "deletionGracePeriodSeconds", "false"),
    changeRow("ownerReferenceChanged", "ownerReferences", "false"),
    changeRow("managedFieldsChanged", "managedFields", "false"),
  ],
});

function changeRow(name: string, field: string, output: string): FunctionRow {
  return {
    signature: name,
    summary: `Whether \`metadata.${field}\` has changed.`,
    example: [`{{ ${name} }}`, output],
    unsupported: UNSUPPORTED,
    call: ({ call: { root } }) =>
      hasPrevious(root) &&
      !isDeepEqual(
        valueIn(root, ["metadata", field]) ?? null,
        valueIn(root, ["previous", "metadata", field]) ?? null,
      ),
  };
}

function hasPrevious(root: Scope): boolean {
  return isSet(valueIn(root, ["previous", "metadata"]));
}

function valueIn(root: Scope, path: readonly PathSegment[]): unknown {
  return getPath(root, path);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
