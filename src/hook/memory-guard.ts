/**
 * Blocks of memory are counted as they are made, in the thread itself: one that alone is over the limit
 * is refused, and so are many that stay. The watchdog of the main thread sees everything else that
 * grows, but where processors are few it may come too late for what is made as fast as that.
 *
 * Caveat: it guards against accidents in the code of modules, not against malice.
 */

import { guardAllocations } from "./guard-allocations.ts";

export interface GuardOptions {
  /** In bytes. */
  readonly limit: number;
  /** Bytes of the whole process that are in memory. */
  residentBytes(): number;
  /** Blocks add up to more than the limit, and the process grew by as much: the thread has to go. */
  onFull(): void;
}

export interface MemoryGuard {
  /** No call is under way: what comes from here on counts. */
  rest(): void;
}

/** So much is allocated between two looks at the process's memory, which cost microseconds. */
const LOOK_BYTES = 8 * 2 ** 20;

/** For the thread that it is called in: what makes blocks of memory throws above the limit. */
export function limitAllocations({ limit, residentBytes, onFull }: GuardOptions): MemoryGuard {
  let restBytes = residentBytes();
  let allocated = 0;
  let seenAt = 0;
  const check = (bytes: number) => {
    if (bytes > limit) {
      throw new RangeError(`Cannot allocate ${bytes} bytes at once: the limit is ${limit}`);
    }
    allocated += bytes;
    if (allocated <= limit || allocated - seenAt < LOOK_BYTES) return;
    seenAt = allocated;
    // Blocks that are gone again do not count, and what others allocate does not alone.
    if (residentBytes() - restBytes <= limit) return;
    onFull();
    throw new RangeError(`Cannot allocate more: the limit is ${limit} bytes`);
  };
  guardAllocations(check);
  return {
    rest() {
      restBytes = residentBytes();
      allocated = 0;
      seenAt = 0;
    },
  };
}
