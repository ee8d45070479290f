/** A thread with guarded allocations, so that the tests' own stay as they are: runs the code that it is sent. */
import { guardAllocations } from "../../../src/hook/guard-allocations.ts";

guardAllocations((bytes) => {
  if (bytes > 1_000_000) throw new RangeError(`refused ${bytes}`);
});

globalThis.addEventListener("message", ({ data }: MessageEvent<string>) => {
  globalThis.postMessage(outcomeOf(data));
});

function outcomeOf(code: string): unknown {
  try {
    return new Function(`return ${code}`)();
  } catch (error) {
    return String(error);
  }
}
