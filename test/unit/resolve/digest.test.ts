import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { ResolvedKatalog } from "../../../src/katalog/resolved.ts";
import { digestOf } from "../../../src/resolve/resolve.ts";
import { canonicalJson, type Json } from "../../../src/std/json.ts";

test.each([1, 1_000, 30_000])("digestOf() hashes the canonical text of %d values", (count) => {
  const other = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`é${index}`, index]),
  );
  const katalog: ResolvedKatalog = {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name: "x" },
    crds: [],
    other,
  };
  const text = canonicalJson(katalog as unknown as Json);
  expect(digestOf(katalog)).toBe(`sha256:${createHash("sha256").update(text).digest("hex")}`);
});
