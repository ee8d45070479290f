import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineSplitter } from "../../../src/kube/line-splitter.ts";

function split(chunks: readonly Uint8Array[]): string[] {
  const splitter = new LineSplitter();
  return chunks.flatMap((chunk) => [...splitter.push(chunk)]);
}

test("LineSplitter gives the same lines wherever the chunks end", () => {
  const lines = fc.array(
    fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\n")),
  );
  fc.assert(
    fc.property(lines, fc.array(fc.nat()), (wanted, cuts) => {
      const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(""));
      const places = [
        ...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]),
      ];
      places.sort((a, b) => a - b);
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(split(chunks)).toEqual(wanted.map((text) => Buffer.from(text).toString()));
    }),
  );
});

test("LineSplitter leaves out empty lines and keeps a line without an end to itself", () => {
  expect(split([Buffer.from("\n\na\n\nb")])).toEqual(["a"]);
});

test("LineSplitter refuses a line without end", () => {
  const splitter = new LineSplitter();
  const chunk = new Uint8Array(16 << 20).fill(120);
  const push = () => {
    for (let count = 0; count < 6; count++) for (const _ of splitter.push(chunk));
  };
  expect(push).toThrow("Cannot read a line of a watch");
});
