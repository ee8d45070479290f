import { describe, expect, test } from "bun:test";
import { renderTree, type TreeEntry } from "../../../src/cli/tree.ts";
import type { KubeObject } from "../../../src/schema/object.ts";

function entry(name: string, reason: string): TreeEntry {
  const metadata = { name, namespace: "default" };
  const object = { apiVersion: "x.test/v1", kind: "Thing", metadata } as KubeObject;
  return { object, readiness: { kind: "failed", reason } };
}

describe("renderTree()", () => {
  const long = entry("one", "x".repeat(800));

  test("cuts a reason to the width of the terminal", () => {
    const [line = ""] = renderTree([long], { hasColor: false, columns: 80 }).split("\n");
    expect(line).toHaveLength(80);
    expect(line).toEndWith("x…");
  });

  test("keeps it whole where there is no terminal, and some of it on a narrow one", () => {
    expect(renderTree([long], { hasColor: false })).toContain("x".repeat(800));
    expect(renderTree([long], { hasColor: false, columns: 10 })).toEndWith(`✗ ${"x".repeat(19)}…`);
  });

  test("one object is one line, whatever a server says", () => {
    const text = renderTree([entry("two", "no:\n  because\n")], { hasColor: false });
    expect(text).toEndWith("✗ no: because ");
  });
});
