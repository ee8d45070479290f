/**
 * What makes a block of memory in one call, whose size is in its arguments, asks first: constructors and
 * methods of the language are replaced by ones that do, in the thread that this is called in.
 *
 * Caveats: not asked is what makes much of little in other ways: `replaceAll`, `JSON.stringify`, spreading
 * a list whose `length` was set, `node:` modules, the code of WebAssembly.
 */

/** Told the bytes of a block before it is made; throws when it may not be. */
export type Check = (bytes: number) => void;

const POINTER_BYTES = 8;
/** https://webassembly.github.io/spec/core/exec/runtime.html#page-size */
const WASM_PAGE_BYTES = 65_536;

const BUFFERS = [
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

export function guardAllocations(check: Check): void {
  guardBuffers(check);
  guardTexts(check);
  guardLists(check);
  guardMemories(check);
}

function guardBuffers(check: Check): void {
  for (const name of BUFFERS) {
    guardConstructor(globalThis, name, ([source], { BYTES_PER_ELEMENT: each = 1 }) =>
      check(lengthOf(source) * Number(each)),
    );
  }
  for (const method of ["alloc", "allocUnsafe", "allocUnsafeSlow", "from"]) {
    guardMethod(globalThis.Buffer, method, (_, [source]) => check(lengthOf(source)));
  }
  const grows = (self: unknown, [bytes]: readonly unknown[]) =>
    check(lengthOf(bytes) - (self as ArrayBuffer).byteLength);
  for (const method of ["resize", "transfer", "transferToFixedLength"]) {
    guardMethod(ArrayBuffer.prototype, method, grows);
  }
  guardMethod(SharedArrayBuffer.prototype, "grow", grows);
}

function guardTexts(check: Check): void {
  const text = String.prototype;
  guardMethod(text, "repeat", (self, [count]) => check(String(self).length * lengthOf(count)));
  for (const method of ["padStart", "padEnd"]) {
    guardMethod(text, method, (_, [length]) => check(lengthOf(length)));
  }
}

function guardLists(check: Check): void {
  const list = Array.prototype;
  guardMethod(Array, "from", (_, [source]) => check(itemsIn(source) * POINTER_BYTES));
  guardMethod(list, "fill", (self) => check(itemsIn(self) * POINTER_BYTES));
  guardMethod(list, "join", (self, [separator = ","]) =>
    check(itemsIn(self) * String(separator).length),
  );
  guardConstructor(globalThis, "Array", (args) => {
    if (args.length === 1 && typeof args[0] === "number") check(lengthOf(args[0]) * POINTER_BYTES);
  });
}

function guardMemories(check: Check): void {
  const { WebAssembly: scope } = globalThis;
  guardConstructor(scope, "Memory", ([type]) =>
    check(
      lengthOf((type as { readonly initial?: unknown } | undefined)?.initial) * WASM_PAGE_BYTES,
    ),
  );
  guardMethod(scope.Memory.prototype, "grow", (_, [pages]) =>
    check(lengthOf(pages) * WASM_PAGE_BYTES),
  );
}

/** A length, or that of a list. */
function lengthOf(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : itemsIn(value);
}

function itemsIn(value: unknown): number {
  if (typeof value !== "object" || value === null || !("length" in value)) return 0;
  const { length } = value;
  return typeof length === "number" && length > 0 ? length : 0;
}

type Constructor = (new (...args: unknown[]) => object) & { readonly prototype: object };

/**
 * The one in its place makes the same objects, which name it as theirs. It is no proxy: that costs a
 * hundred times as much in some runtimes.
 */
function guardConstructor(
  holder: object,
  name: string,
  before: (args: readonly unknown[], original: Readonly<Record<string, unknown>>) => void,
): void {
  const original = Reflect.get(holder, name) as Constructor | undefined;
  if (!original) return;
  const guarded = function (...args: unknown[]): unknown {
    before(args, original as unknown as Readonly<Record<string, unknown>>);
    if (new.target === undefined) return Reflect.apply(original, undefined, args) as unknown;
    const target = new.target === (guarded as unknown) ? original : new.target;
    return Reflect.construct(original, args, target) as object;
  };
  Object.setPrototypeOf(guarded, original);
  define(guarded, "name", name);
  define(guarded, "length", original.length);
  Object.defineProperty(guarded, "prototype", { value: original.prototype, writable: false });
  // What its methods make is made by the original, as long as nobody derived from it.
  Object.defineProperty(guarded, Symbol.species, {
    get(this: unknown) {
      return this === guarded ? undefined : this;
    },
    configurable: true,
  });
  define(original.prototype, "constructor", guarded);
  define(holder, name, guarded);
}

function guardMethod(
  holder: object,
  name: string,
  before: (self: unknown, args: readonly unknown[]) => void,
): void {
  const original = Reflect.get(holder, name) as ((...args: unknown[]) => unknown) | undefined;
  if (!original) return;
  define(holder, name, function (this: unknown, ...args: unknown[]): unknown {
    before(this, args);
    return Reflect.apply(original, this, args) as unknown;
  });
}

function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, configurable: true });
}
