import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FieldPath, FieldSet, printPath } from "../../../../src/sandbox/fields/field-set.ts";

const element = fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', 'v:"y"', "i:0");
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 8 }).map((paths) => FieldSet.of(...paths));

function members(fields: FieldSet): string[] {
  return [...fields.paths()].map((one) => one.join(" ")).sort();
}

describe("FieldSet", () => {
  test("toJson() and fromJson() are each other's reverse", () => {
    fc.assert(
      fc.property(set, (fields) => {
        expect(members(FieldSet.fromJson(fields.toJson()))).toEqual(members(fields));
      }),
    );
  });

  test("union, intersection and difference are those of the member paths", () => {
    fc.assert(
      fc.property(set, set, (left, right) => {
        const [a, b] = [new Set(members(left)), new Set(members(right))];
        expect(members(left.union(right))).toEqual([...a.union(b)].sort());
        expect(members(left.intersection(right))).toEqual([...a.intersection(b)].sort());
        expect(members(left.difference(right))).toEqual([...a.difference(b)].sort());
      }),
    );
  });

  test("operations leave their operands as they were", () => {
    fc.assert(
      fc.property(set, set, path, (left, right, extra) => {
        const before = [members(left), members(right)];
        for (const result of [left.union(right), left.clone()]) result.clone().insert(extra);
        expect([members(left), members(right)]).toEqual(before);
      }),
    );
  });

  test("without() drops what is below a member of the other set", () => {
    const fields = FieldSet.of(["f:status"], ["f:status", "f:phase"], ["f:spec"]);
    expect(members(fields.without(FieldSet.of(["f:status"])))).toEqual(["f:spec"]);
  });

  test("toJson() writes a dot for a member that has members below", () => {
    const fields = FieldSet.of(["f:a"], ["f:a", "f:b"], ["f:c"]);
    expect(fields.toJson()).toEqual({ "f:a": { ".": {}, "f:b": {} }, "f:c": {} });
  });
});

test.each([
  [["f:spec", "f:replicas"], ".spec.replicas"],
  [["f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name"], '.ports[port=80,protocol="TCP"].name'],
  [["f:finalizers", 'v:"a/b"'], '.finalizers[="a/b"]'],
  [["f:list", "i:3"], ".list[3]"],
] as [FieldPath, string][])("printPath() writes %j as the server does", (given, expected) => {
  expect(printPath(given)).toBe(expected);
});
