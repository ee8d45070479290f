/**
 * Keys that stand a level too high or too low: where each of them belongs. Only those whose name says
 * enough; what is called `name` or `fields` may be anybody's.
 */
import type { PathSegment } from "../std/json.ts";
import { CHILD_KEYS } from "./child-keys.ts";

interface Home {
  /** Canonical path of the block; `*` is any step. */
  readonly block: string;
  /** Ends the sentence. */
  readonly say: string;
  readonly keys: readonly string[];
}

const HOMES: readonly Home[] = [
  {
    block: "",
    say: "to the top of the document",
    keys: ["apiVersion", "kind", "metadata", "spec", "imports", "policy"],
  },
  { block: "spec", say: 'into "spec"', keys: ["crds"] },
  {
    block: "spec.crds.*",
    say: 'into the CRD entry itself, beside "operatorBox"',
    keys: [
      "apiTypes",
      "crdFile",
      "crFiles",
      "dependsOn",
      "fieldSelector",
      "labelSelector",
      "operatorBox",
    ],
  },
  {
    block: "spec.crds.*.operatorBox",
    say: 'into "operatorBox"',
    keys: [
      "emit",
      "hooks",
      "normalize",
      "onCreate",
      "onDelete",
      "onReconcile",
      "reconcile",
      "remote",
      "requeue",
      "runtime",
      "status",
    ],
  },
  {
    block: "spec.crds.*.operatorBox.reconcile.onReconcile",
    say: 'into "onReconcile"',
    keys: CHILD_KEYS,
  },
];

/** `"emit" belongs into "operatorBox"`; `undefined` where the key is none of another block. */
export function homeHint(key: string, block: readonly PathSegment[]): string | undefined {
  const home = HOMES.find(({ keys }) => keys.includes(key));
  if (!home || isAt(home.block, block)) return undefined;
  return `"${key}" belongs ${home.say}`;
}

function isAt(pattern: string, block: readonly PathSegment[]): boolean {
  const steps = pattern === "" ? [] : pattern.split(".");
  const isSame = steps.every((step, index) => step === "*" || step === String(block[index]));
  return isSame && steps.length === block.length;
}
