/**
 * Is what servers made of the last writes for a custom resource known for good? As long as it is not, another pass may
 * have to write again, so none is skipped. Costs two comparisons where nothing was rewritten, as nearly always.
 */
import { isFinal } from "../apply/answers.ts";
import { childEpoch } from "./confirm.ts";
import type { KeyMemory } from "./memory.ts";
import type { Surroundings } from "./surroundings.ts";
import { isStatusFinal } from "./write-status.ts";

export function areAnswersFinal(
  memory: KeyMemory,
  surroundings: Pick<Surroundings, "primary" | "children" | "clock">,
): boolean {
  if (!isStatusFinal(memory, surroundings)) return false;
  if (!memory.answers) return true;
  const nowMs = surroundings.clock.now();
  return memory.answers
    .values()
    .every((answer) => isFinal(answer, { epoch: childEpoch(answer.type, surroundings), nowMs }));
}
