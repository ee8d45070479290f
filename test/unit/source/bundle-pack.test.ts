import { expect, test } from "bun:test";
import fc from "fast-check";
import { packBundle, unpackBundle } from "../../../src/source/bundle-pack.ts";

const digest = `sha256:${"a".repeat(64)}`;

test("unpackBundle() gives back what packBundle() took, whatever the order of the files", () => {
  const files = fc.dictionary(fc.string({ minLength: 1 }), fc.uint8Array());
  fc.assert(
    fc.property(files, fc.string(), fc.option(fc.string()), (content, origin, version) => {
      const entries = Object.entries(content);
      const bundle = (list: typeof entries) => ({
        origin,
        digest,
        ...(version !== null && { version }),
        files: new Map(list),
      });
      const packed = packBundle(bundle(entries));
      expect(packBundle(bundle(entries.toReversed()))).toEqual(packed);
      const unpacked = unpackBundle(packed);
      expect(unpacked).toMatchObject({ origin, digest });
      expect(unpacked?.version).toBe(version ?? undefined);
      expect(Object.fromEntries(unpacked?.files ?? [])).toEqual(content);
    }),
  );
});

test.each([
  ["nothing", ""],
  ["no line", "{}"],
  ["no JSON", "x\n"],
  ["no bundle", "{}\n"],
  ["too few bytes", `{"origin":"o","digest":"d","files":[["a",3]]}\nxx`],
  ["too many bytes", `{"origin":"o","digest":"d","files":[["a",3]]}\nxxxx`],
  ["files that are none", `{"origin":"o","digest":"d","files":[1]}\n`],
])("unpackBundle() refuses %s", (_, text) => {
  expect(unpackBundle(new TextEncoder().encode(text))).toBeUndefined();
});
