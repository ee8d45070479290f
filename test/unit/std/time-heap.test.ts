import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TimeHeap } from "../../../src/std/time-heap.ts";

describe("TimeHeap", () => {
  const command = fc.record({
    do: fc.constantFrom("add", "add", "add", "delete", "due"),
    key: fc.nat({ max: 200 }),
    ms: fc.nat({ max: 1000 }),
  });

  test("holds what a plain map would, whatever is added, deleted and due", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 600 }), (commands) => {
        const heap = new TimeHeap<number, undefined>();
        const model = new Map<number, number>();
        for (const { do: what, key, ms } of commands) {
          if (what === "add") {
            heap.add(key, ms, undefined);
            model.set(key, Math.min(ms, model.get(key) ?? ms));
          } else if (what === "delete") expect(heap.delete(key)).toBe(model.delete(key));
          else {
            const due = [...model].filter(([, dueMs]) => dueMs <= ms / 4);
            for (const [gone] of due) model.delete(gone);
            const taken = [...heap.takeDue(ms / 4)].map(([one]) => one);
            expect(taken.sort()).toEqual(due.map(([one]) => one).sort());
          }
          expect(heap.size).toBe(model.size);
          const earliest = model.size === 0 ? undefined : Math.min(...model.values());
          expect(heap.earliestMs).toBe(earliest);
          const first = heap.earliest;
          expect(first === undefined ? undefined : model.get(first)).toBe(earliest);
          expect(heap.has(key)).toBe(model.has(key));
        }
      }),
    );
  });
});
