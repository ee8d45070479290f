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

/** No entry, and no code, can name another namespace than the custom resource's own. */
export function staysAtHome(box: OperatorBox): boolean {
  const places = [
    ...box.children.map(({ namespace }) => namespace),
    ...deleteStepsOf(box).map((step) =>
      step.kind === "run" ? step.entry.namespace : step.namespace,
    ),
  ];
  const managed = [box.hooks, box.remote].flatMap((code) => code?.managedResources ?? []);
  places.push(...managed.map(({ namespace }) => namespace));
  return places.every((namespace) => namespace === undefined);
}
