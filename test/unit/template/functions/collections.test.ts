/** Functions over lists, maps, versions, addresses and quantities. */
import { describe, expect, test } from "bun:test";
import { TemplateError } from "../../../../src/template/error.ts";
import { type Case, callFunction } from "./call-function.ts";

const HOSTILE = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');

const CASES: readonly Case[] = [
  ["listHas", [["eu", "us"], "us"], true],
  ["listHas", [[1, 2], "2"], true],
  ["listHas", [[{ a: 1 }], { a: 1 }], true],
  ["listHas", [undefined, "us"], false],
  ["listGet", [["a", "b"], 1], "b"],
  ["listGet", [["a"], 5], undefined],
  ["listGet", [undefined, 0], undefined],
  ["listLen", [[1, 2, 3]], 3],
  ["mapGet", [{ app: "shop" }, "app"], "shop"],
  ["mapGet", [{ app: "shop" }, "toString"], undefined],
  ["mapGet", [undefined, "app"], undefined],
  ["mapKeys", [{ b: 1, a: 2 }], ["a", "b"]],
  ["mapValues", [{ b: 1, a: 2 }], [2, 1]],
  ["mapPick", [{ a: 1, b: 2, c: 3 }, "a", ["c", "x"]], { a: 1, c: 3 }],
  ["mapOmit", [{ a: 1, b: 2 }, "a"], { b: 2 }],
  ["mapOmit", [undefined, "a"], {}],
  ["get", [{ a: [{ b: 2 }] }, "a", 0, "b"], 2],
  ["get", [{ a: 1 }, "a", "b"], undefined],
  ["get", [["x"], "length"], undefined],
  ["get", [{}, "constructor"], undefined],
  ["getOr", [0, 1], 1],
  ["getOr", ["x", 1], "x"],
  ["getStringOr", [3, "x"], "x"],
  ["getStringOr", ["y", "x"], "y"],
  ["getIntOr", [3.7, 1], 3],
  ["getIntOr", ["3", 1], 1],
  ["getBoolOr", [false, true], false],
  ["getBoolOr", ["true", false], false],

  ["semverMajor", ["v1.2.3-rc.1+b5"], "1"],
  ["semverMinor", ["1.2.3"], "2"],
  ["semverPatch", ["1.2"], "0"],
  ["semverMajor", ["latest"], ""],
  ["semverValid", ["1.2.3"], true],
  ["semverValid", ["1.2.3.4"], false],
  ["semverValid", ["01.2.3"], false],
  ["semverCompare", ["1.10.0", "1.9.0"], 1],
  ["semverCompare", ["1.0.0-rc.1", "1.0.0"], -1],
  ["semverCompare", ["v1", "1.0.0"], 0],
  ["semverCompare", ["1.0.0", undefined], 1],
  ["semverCompare", ["", "latest"], 0],
  ["semverBump", ["1.2.3", "patch"], "1.2.4"],
  ["semverBump", ["2.1.0-rc1", "patch"], "2.1.1"],
  ["semverBump", ["v1.2.3", "major"], "v2.0.0"],
  ["semverBump", ["latest", "patch"], "latest"],
  ["semverBump", ["1.2.3", "none"], "1.2.3"],
  ["semverConstraint", ["1.5.0", ">=1.0.0,<2.0.0"], true],
  ["semverConstraint", ["2.0.0", ">=1.0.0, <2.0.0"], false],
  ["semverConstraint", ["1.2.9", "~1.2.0"], true],
  ["semverConstraint", ["1.3.0", "~1.2.0"], false],
  ["semverConstraint", ["1.9.9", "^1.2"], true],
  ["semverConstraint", ["1.9.9", "1.x"], true],
  ["semverConstraint", ["3.1.0", "^1.0 || ^3.0"], true],
  ["semverConstraint", ["1.4.0", ">=1.0.0,!=1.4.0"], false],
  ["semverConstraint", ["1.4.1", "!=1.4.0"], true],
  ["semverConstraint", ["latest", "^1.0"], false],

  ["cidrContains", ["10.0.0.0/8", "10.255.0.1"], true],
  ["cidrContains", ["192.168.0.0/16", "10.0.0.1"], false],
  ["cidrContains", ["2001:db8::/32", "2001:db8::1"], true],
  ["cidrContains", ["bad", "10.0.0.1"], false],
  ["cidrContains", ["10.0.0.0/33", "10.0.0.1"], false],
  ["cidrContains", ["10.0.0.0/8", "nonsense"], false],
  ["ipValid", ["10.0.0.1"], true],
  ["ipValid", ["10.0.0.256"], false],
  ["ipValid", [""], false],
  ["ipIsPrivate", ["172.20.0.5"], true],
  ["ipIsPrivate", ["172.32.0.5"], false],
  ["ipIsPrivate", ["fd00::1"], true],
  ["ipIsPrivate", ["2001:db8::1"], false],

  ["parseQuantity", ["100m"], 0.1],
  ["parseQuantity", ["1Gi"], 1073741824],
  ["parseQuantity", [2], 2],
  ["parseQuantity", [undefined], 0],
  ["formatQuantity", [0.1], "100m"],
  ["formatQuantity", [0.5], "500m"],
  ["formatQuantity", [1], "1"],
  ["formatQuantity", [1073741824], "1Gi"],
  ["formatQuantity", [0.0001], "1m"],
  ["formatQuantity", [-0.5], "-500m"],
  ["sumQuantity", ["100m", "200m"], "300m"],
  ["sumQuantity", ["500m", "500m"], "1"],
  ["sumQuantity", ["1Gi", "512Mi"], "1536Mi"],
  ["sumQuantity", ["1Gi", "1Gi", undefined], "2Gi"],
  ["resourceCPU", [{ spec: {} }], ""],
  ["resourceMemory", [undefined], ""],
];

const REFUSALS: readonly (readonly [name: string, args: Case[1], message: string])[] = [
  ["listLen", ["abc"], 'Cannot evaluate "listLen": list is "abc", expected a list'],
  ["mapKeys", [[1]], 'Cannot evaluate "mapKeys": map is a list, expected a map'],
  ["semverConstraint", ["1.0.0", "nonsense"], '"nonsense" is not a version constraint'],
  ["parseQuantity", ["many"], 'Cannot evaluate "parseQuantity": "many" is not a quantity'],
  ["formatQuantity", [Number.POSITIVE_INFINITY], "number is +Inf, expected a number"],
  ["sumQuantity", ["1Gi", "x"], '"x" is not a quantity'],
];

describe("collection functions", () => {
  test.each(CASES)("%s %j gives %j", (name, args, result) => {
    expect(callFunction(name, args)).toEqual(result as never);
  });

  test.each(REFUSALS)("%s %j is refused", (name, args, message) => {
    expect(() => callFunction(name, args)).toThrow(TemplateError);
    expect(() => callFunction(name, args)).toThrow(message);
  });

  test("an own key __proto__ is data, never a prototype", () => {
    expect(callFunction("mapKeys", [HOSTILE])).toEqual(["__proto__", "a"]);
    const picked = callFunction("mapPick", [HOSTILE, "__proto__"]) as object;
    expect(Object.getPrototypeOf(picked)).toBe(Object.prototype);
    expect(Object.keys(picked)).toEqual(["__proto__"]);
    expect(callFunction("get", [HOSTILE, "polluted"])).toBeUndefined();
  });

  test("resourceCPU and resourceMemory sum the containers of a workload", () => {
    const container = (cpu: string) => ({ resources: { requests: { cpu, memory: "64Mi" } } });
    const workload = {
      kind: "Deployment",
      spec: { template: { spec: { containers: [container("250m"), container("1"), {}] } } },
    };
    expect(callFunction("resourceCPU", [workload])).toBe("1250m");
    expect(callFunction("resourceMemory", [workload])).toBe("128Mi");
  });
});
