/** The entries of a box, wherever they stand in it. Pure. */
import type { ChildEntry, DeleteStep, OperatorBox } from "./resolved.ts";

/** The steps of `onDelete`, of all groups, in their order. */
export function deleteStepsOf({ onDelete }: OperatorBox): readonly DeleteStep[] {
  return onDelete.groups.flatMap(({ steps }) => steps);
}

/** All that makes something: the children, and what runs at a deletion. */
export function makingEntriesOf(box: OperatorBox): readonly ChildEntry[] {
  const ran = deleteStepsOf(box).flatMap((step) => (step.kind === "run" ? [step.entry] : []));
  return [...box.children, ...ran];
}
