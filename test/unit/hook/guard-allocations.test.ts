import { afterAll, expect, test } from "bun:test";

const thread = new Worker(new URL("./guarded-thread.ts", import.meta.url));
afterAll(() => thread.terminate());

function run(code: string): Promise<unknown> {
  return new Promise((resolve) => {
    thread.addEventListener("message", ({ data }) => resolve(data), { once: true });
    thread.postMessage(code);
  });
}

test.each([
  ["new ArrayBuffer(2e6)", 2e6],
  ["new ArrayBuffer(8, { maxByteLength: 4e6 }).resize(2e6)", 2e6 - 8],
  ["new ArrayBuffer(8).transfer(2e6)", 2e6 - 8],
  ["new ArrayBuffer(8).transferToFixedLength(2e6)", 2e6 - 8],
  ["new SharedArrayBuffer(2e6)", 2e6],
  ["new SharedArrayBuffer(8, { maxByteLength: 4e6 }).grow(2e6)", 2e6 - 8],
  ["new Uint8Array(2e6)", 2e6],
  ["new Uint8Array({ length: 2e6 })", 2e6],
  ["new Float64Array(5e5)", 4e6],
  ["Float64Array.from({ length: 5e5 })", 4e6],
  ["Buffer.alloc(2e6)", 2e6],
  ["Buffer.allocUnsafe(2e6)", 2e6],
  ["Buffer.from({ length: 2e6 })", 2e6],
  ["new Array(5e5)", 4e6],
  ["Array(5e5)", 4e6],
  ["new (class extends Array {})(5e5)", 4e6],
  ["Array.from({ length: 5e5 })", 4e6],
  ["(() => { const list = []; list.length = 5e5; return list.fill(0); })()", 4e6],
  ['new Array(1e5).join("twenty characters. .")', 2e6],
  ['"ab".repeat(1e6)', 2e6],
  ['"".padStart(2e6)', 2e6],
  ['"".padEnd(2e6)', 2e6],
  ["new WebAssembly.Memory({ initial: 100 })", 6_553_600],
  ["new WebAssembly.Memory({ initial: 1 }).grow(100)", 6_553_600],
])("guardAllocations() is asked before %s", async (code, bytes) => {
  expect(await run(code)).toBe(`RangeError: refused ${bytes}`);
});

test.each([
  ["new Array(3).length", 3],
  ["Array(3).length", 3],
  ["new Array(1, 2).join()", "1,2"],
  ['new Array("1e9").length', 1],
  ["(() => { try { new Array(-1); } catch (error) { return error.name; } })()", "RangeError"],
  ["[].constructor === Array && [] instanceof Array", true],
  ["Array.isArray(new Array(2)) && Array.isArray([1].map(String))", true],
  ["Array.name + Array.length + Array.of(7)", "Array17"],
  ["(class List extends Array {}).from([1, 2]).map((x) => x).constructor.name", "List"],
  ["new Uint8Array(2).constructor === Uint8Array", true],
  ["new Uint8Array([1, 2]).map((x) => 2 * x).join()", "2,4"],
  ["new Uint8Array(new ArrayBuffer(8), 2, 3).length", 3],
  ["Buffer.from('abc') instanceof Uint8Array", true],
  ["Uint8Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT", 9],
  ["ArrayBuffer.isView(new Uint8Array(1))", true],
  ['"ab".repeat(2) + "c".padStart(2)', "abab c"],
])("guardAllocations() leaves %s as it is", async (code, value) => {
  expect(await run(code)).toEqual(value);
});
