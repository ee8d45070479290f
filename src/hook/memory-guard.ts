/**
 * Blocks of memory are counted as they are made, in the thread itself: one that alone is over the limit
 * is refused, and so are many that stay. The watchdog of the main thread sees everything else that
 * grows, but where processors are few it may come too late for what is made as fast as that.
 *
 * Caveat: it guards against accidents in the code of modules, not against malice.
 */

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
  guardBuffers(check);
  guardTexts(check);
  guardLists(check);
  return {
    rest() {
      restBytes = residentBytes();
      allocated = 0;
      seenAt = 0;
    },
  };
}

type Check = (bytes: number) => void;

const TYPED = [
  "ArrayBuffer",
  "SharedArrayBuffer",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Float16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

type Constructor = new (...args: unknown[]) => object;

function guardBuffers(check: Check): void {
  const scope = globalThis as unknown as Record<string, Constructor | undefined>;
  for (const name of TYPED) {
    const original = scope[name];
    if (!original) continue;
    const { BYTES_PER_ELEMENT = 1 } = original as { readonly BYTES_PER_ELEMENT?: number };
    scope[name] = new Proxy(original, {
      construct(target, args: unknown[], newTarget) {
        check(lengthOf(args[0]) * BYTES_PER_ELEMENT);
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
  }
  for (const method of ["alloc", "allocUnsafe", "allocUnsafeSlow"] as const) {
    guard(globalThis.Buffer, method, (_, [size]) => check(lengthOf(size)));
  }
}

function guardTexts(check: Check): void {
  const text = String.prototype;
  guard(text, "repeat", (self, [count]) => check(String(self).length * lengthOf(count)));
  for (const method of ["padStart", "padEnd"] as const) {
    guard(text, method, (_, [length]) => check(lengthOf(length)));
  }
}

const POINTER_BYTES = 8;

function guardLists(check: Check): void {
  guard(Array.prototype, "fill", (self) => check(lengthOf(lengthIn(self)) * POINTER_BYTES));
  guard(Array, "from", (_, [source]) => check(lengthOf(lengthIn(source)) * POINTER_BYTES));
}

function lengthIn(value: unknown): unknown {
  return typeof value === "object" && value !== null
    ? (value as { readonly length?: unknown }).length
    : undefined;
}

/** A length, where the argument is one. */
function lengthOf(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function guard<Name extends string>(
  holder: object,
  name: Name,
  before: (self: unknown, args: readonly unknown[]) => void,
): void {
  const original = Reflect.get(holder, name) as (...args: unknown[]) => unknown;
  const guarded = function (this: unknown, ...args: unknown[]) {
    before(this, args);
    return Reflect.apply(original, this, args) as unknown;
  };
  Object.defineProperty(holder, name, { value: guarded, writable: true, configurable: true });
}
