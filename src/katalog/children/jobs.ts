/** `jobs`: one container that runs to its end. Created once and never updated, unless `recreate` says so. */
import type { ChildKind } from "./child.ts";
import { container, containerFields } from "./container.ts";
import { object } from "./field.ts";
import { rankOf } from "./rank.ts";
import { readFields } from "./read.ts";

const fields = object({ ...containerFields, backoffLimit: { kind: "integer", min: 0 } });

export const jobs: ChildKind = {
  key: "jobs",
  apiVersion: "batch/v1",
  kind: "Job",
  plural: "jobs",
  namespaced: true,
  rank: rankOf("jobs"),
  fields,
  defaultName: (ownerName) => `${ownerName}-job`,
  expand(raw, context) {
    const given = readFields(raw, fields.fields);
    return {
      spec: {
        backoffLimit: given["backoffLimit"] ?? 3,
        template: {
          // The Job controller adds a selector of its own; a workload's must not match these pods.
          metadata: { labels: context.podLabels },
          spec: { restartPolicy: "Never", containers: [container(given, context)] },
        },
      },
    };
  },
};
