/** PersistentVolumeClaims, and what is bound to them. */
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { commaText, isEvery, listAt, textAt } from "./objects.ts";
import { textOf } from "./value.ts";

export const volumeFunctions = functionGroup({
  title: "Volumes",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take a PersistentVolumeClaim (the first of several). Its StorageClass is attached by `enrich: [storageclass]`, its volume by `enrich: [pv]`.",
  given: {
    children: {
      pvc: {
        kind: "PersistentVolumeClaim",
        metadata: {
          annotations: { "volume.kubernetes.io/storage-provisioner": "ebs.csi.aws.com" },
        },
        spec: {
          storageClassName: "fast",
          accessModes: ["ReadWriteOnce"],
          volumeMode: "Filesystem",
          resources: { requests: { storage: "10Gi" } },
        },
        status: { phase: "Bound" },
        _storageClass: { provisioner: "ebs.csi.aws.com", reclaimPolicy: "Delete" },
      },
    },
  },
  rows: [
    textRow("pvcPhase", "Its phase: `Pending`, `Bound` or `Lost`.", {
      paths: [["status", "phase"]],
      output: "Bound",
    }),
    {
      signature: "pvcBound claim",
      summary: "Whether it is bound.",
      example: ["{{ pvcBound .children.pvc }}", "true"],
      call: (args) =>
        isEvery(args.objects(0), (claim) => textAt(claim, "status", "phase") === "Bound"),
    },
    textRow("pvcCapacity", "The storage that it asks for.", {
      paths: [["spec", "resources", "requests", "storage"]],
      output: "10Gi",
    }),
    textRow("pvcStorageClass", "The name of its StorageClass.", {
      paths: [["spec", "storageClassName"]],
      output: "fast",
    }),
    {
      signature: "pvcAccessModes claim",
      summary: "Its access modes.",
      example: ["{{ pvcAccessModes .children.pvc }}", "ReadWriteOnce"],
      call: (args) => commaText(listAt(args.object(0), "spec", "accessModes").map(textOf)),
    },
    textRow("pvcProvisioner", "What made its volume; empty for one made by hand.", {
      paths: [
        ["_pv", "metadata", "annotations", "pv.kubernetes.io/provisioned-by"],
        ["metadata", "annotations", "volume.kubernetes.io/storage-provisioner"],
        ["metadata", "annotations", "volume.beta.kubernetes.io/storage-provisioner"],
      ],
      output: "ebs.csi.aws.com",
    }),
    textRow("pvcVolumeMode", "`Filesystem` or `Block`.", {
      paths: [
        ["_pv", "spec", "volumeMode"],
        ["spec", "volumeMode"],
      ],
      output: "Filesystem",
    }),
    textRow("pvcStorageClassProvisioner", "The provisioner of its StorageClass.", {
      paths: [["_storageClass", "provisioner"]],
      output: "ebs.csi.aws.com",
      needs: "storageclass",
    }),
    textRow("pvcStorageClassReclaimPolicy", "The reclaim policy of its StorageClass.", {
      paths: [["_storageClass", "reclaimPolicy"]],
      output: "Delete",
      needs: "storageclass",
    }),
  ],
});

/** The first of the paths that holds something. */
function textRow(
  name: string,
  summary: string,
  { paths, output, ...row }: { paths: readonly string[][]; output: string; needs?: string },
): FunctionRow {
  return {
    ...row,
    signature: `${name} claim`,
    summary,
    example: [`{{ ${name} .children.pvc }}`, output],
    call: (args) => {
      const claim = args.object(0);
      return paths.map((path) => textAt(claim, ...path)).find((text) => text !== "") ?? "";
    },
  };
}
