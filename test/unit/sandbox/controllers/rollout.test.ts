import { describe, expect, test } from "bun:test";
import { rollingStep } from "../../../../src/sandbox/controllers/rollout.ts";

describe("rollingStep()", () => {
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };

  test.each([1, 2, 3, 5] as number[])(
    "brings %d pods from the old set to the new one, never too few or too many",
    (wanted) => {
      let current = 0;
      let old = wanted;
      let oldPresent = wanted;
      for (let turn = 0; turn < 50 && (current < wanted || old > 0); turn++) {
        // What was asked for in the last turn is there and ready by now.
        const step = rollingStep({
          wanted,
          strategy,
          current: { wanted: current, present: current, available: current },
          old: [{ wanted: old, present: oldPresent, available: oldPresent }],
        });
        current = step.current;
        old = step.old[0] ?? 0;
        expect(current + old).toBeLessThanOrEqual(wanted + 1);
        oldPresent = old;
        expect(current + oldPresent).toBeGreaterThanOrEqual(wanted);
      }
      expect([current, old]).toEqual([wanted, 0]);
    },
  );

  test("Recreate waits until the old pods are gone", () => {
    const recreate = { type: "Recreate" };
    const current = { wanted: 0, present: 0, available: 0 };
    const old = [{ wanted: 2, present: 2, available: 2 }];
    expect(rollingStep({ wanted: 2, strategy: recreate, current, old })).toEqual({
      current: 0,
      old: [0],
    });
    const gone = [{ wanted: 0, present: 0, available: 0 }];
    expect(rollingStep({ wanted: 2, strategy: recreate, current, old: gone }).current).toBe(2);
  });
});
