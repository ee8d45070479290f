import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { templateJson } from "../../../src/cli/template-json.ts";
import { resolve } from "../../../src/resolve/resolve.ts";
import { isJsonObject, type Json } from "../../../src/std/json.ts";

const EXAMPLES = join(import.meta.dir, "../../../examples");

async function jsonOf(example: string) {
  const resolved = await resolve({ paths: [join(EXAMPLES, example)], env: {} });
  if (resolved.kind === "failed") throw new Error(JSON.stringify(resolved.issues));
  // What a reader of the output has.
  return { resolved, json: JSON.parse(JSON.stringify(templateJson(resolved))) as Json };
}

/** Source: RFC 6901 section 4. */
function evaluate(document: Json, pointer: string): Json | undefined {
  const steps = pointer.split("/").slice(1);
  return steps.reduce<Json | undefined>((value, step) => {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    return (value as Record<string, Json> | undefined)?.[key];
  }, document);
}

/** Of what holds nothing further. */
function countValues(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  const inner = Object.values(value);
  return inner.length === 0
    ? 1
    : inner.reduce<number>((sum, one) => sum + countValues(one as Json), 0);
}

const folders = readdirSync(EXAMPLES).filter((name) => name !== "no-auto-sync");

test.each(folders)(
  "templateJson() has an origin for each value of %s, and for nothing else",
  async (name) => {
    const { resolved, json } = await jsonOf(name);
    if (!isJsonObject(json)) throw new Error("no object");
    const { digest, document, origins } = json;
    expect(digest).toBe(resolved.digest);
    expect(document).toEqual(JSON.parse(JSON.stringify(resolved.katalog)) as Json);
    if (!isJsonObject(origins) || document === undefined) throw new Error("no origins");
    expect(Object.keys(origins)).toHaveLength(countValues(document));
    for (const [pointer, origin] of Object.entries(origins)) {
      const value = evaluate(document, pointer);
      const isInner = typeof value === "object" && value !== null && Object.keys(value).length > 0;
      expect({ pointer, value, isInner }).toMatchObject({ isInner: false });
      expect({ pointer, isThere: value !== undefined }).toEqual({ pointer, isThere: true });
      const keys = isJsonObject(origin) ? Object.keys(origin).sort().join() : "";
      expect(["by", "column,file,line"]).toContain(keys);
    }
  },
);

test("templateJson() says the places that --origins writes behind the lines", async () => {
  const { json } = await jsonOf("composed");
  const origins = (json as { readonly origins: Record<string, Json> }).origins;
  expect(origins["/crds/1/workers"]).toMatchObject({ line: 19, column: 20 });
  expect(origins["/crds/0/customResources"]).toEqual({ by: "default" });
});
