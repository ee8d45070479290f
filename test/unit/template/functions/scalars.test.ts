/** Functions over text, numbers, conditions, types and encodings. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TemplateError } from "../../../../src/template/error.ts";
import { anyText } from "../../../support/any-text.ts";
import { type Case, callFunction } from "./call-function.ts";

const CASES: readonly Case[] = [
  ["toLower", ["PROD"], "prod"],
  ["toLower", [undefined], ""],
  ["toUpper", [true], "TRUE"],
  ["trimSpace", ["\t a b\n"], "a b"],
  ["trim", ["  a "], "a"],
  ["trim", ["xxaxbxx", "x"], "axb"],
  ["trim", ["xxx", "x"], ""],
  ["trim", ["a", ""], "a"],
  ["trimPrefix", ["app-app-web", "app-"], "app-web"],
  ["trimPrefix", ["web", "app-"], "web"],
  ["trimSuffix", ["nginx:latest", ":latest"], "nginx"],
  ["trimSuffix", ["nginx", ""], "nginx"],
  ["hasPrefix", ["gcr.io/app", "gcr.io/"], true],
  ["hasPrefix", [undefined, "gcr.io/"], false],
  ["hasSuffix", [8080, "80"], true],
  ["contains", ["production", "prod"], true],
  ["contains", ["prod", "production"], false],
  ["contains", [["a", 3], "3"], true],
  ["contains", [["a"], "b"], false],
  ["replace", ["a.b.c", ".", "-"], "a-b-c"],
  ["replace", ["a.b", ".", "$&"], "a$&b"],
  ["split", ["a,b,", ","], ["a", "b", ""]],
  ["split", ["", ","], []],
  ["split", ["ab", ""], ["a", "b"]],
  ["join", [["a", 1, true], "-"], "a-1-true"],
  ["join", ["-", ["a", "b"]], "a-b"],
  ["join", ["alone", "-"], "alone"],
  ["concat", ["a", 1, undefined, "b"], "a1b"],
  ["concat", [["a"], ["b", "c"]], ["a", "b", "c"]],
  ["concat", [], ""],
  ["repeat", ["ha", "3"], "hahaha"],
  ["repeat", ["ha", 0], ""],
  ["camelToKebab", ["WebsiteOperator"], "website-operator"],
  ["camelToKebab", ["myHTTPServer2Go"], "my-http-server2-go"],
  ["camelToKebab", ["snake_case name"], "snake-case-name"],
  ["truncate", ["abcdef", 6], "abcdef"],
  ["truncate", ["abcdefg", 6], "abc..."],
  ["truncate", ["abcdefg", 2], "ab"],
  ["truncate", ["👍👍👍👍👍", 4], "👍..."],
  ["slugify", ["My Team / Platform"], "my-team-platform"],
  ["slugify", ["---"], ""],
  ["slugify", [`${"a".repeat(62)} b`], "a".repeat(62)],
  ["truncateName", ["short"], "short"],
  ["truncateName", ["payments-frontend", 9], "payments"],
  ["domainHost", [" http://acme.example.com:8080/x?y "], "acme.example.com:8080"],
  ["domainHost", ["acme.example.com"], "acme.example.com"],

  ["add", [8080, "1000"], 9080],
  ["add", [1, 2, 3], 6],
  ["add", [undefined, 1], 1],
  ["sub", [3, 5], -2],
  ["mul", ["1.5", 2], 3],
  ["div", [8, 4], 2],
  ["div", [7, 2], 3.5],
  ["mod", [8080, 100], 80],
  ["mod", [-7, 3], -1],
  ["mod", [-6, 3], 0],
  ["min", [15, 10], 10],
  ["max", [1, "2", 0], 2],
  ["clamp", [0, 1, 20], 1],
  ["clamp", [5, 1, 20], 5],
  ["abs", ["-300"], 300],

  ["ternary", ["false", "a", "b"], "a"],
  ["ternary", [0, "a", "b"], "b"],
  ["ternary", [[], "a", "b"], "b"],
  ["boolTernary", [false, "a", "b"], "b"],
  ["boolTernary", ["true", "a", "b"], "a"],
  ["boolTernary", [undefined, "a", "b"], "b"],
  ["boolDefault", [false, true], false],
  ["boolDefault", ["false", true], true],
  ["eqTernary", [true, "true", 1, 2], 1],
  ["eqTernary", [undefined, "x", 1, 2], 2],
  ["coalesce", ["", 0, "x", "y"], "x"],
  ["coalesce", ["", null], undefined],
  ["default", ["x", ""], "x"],
  ["default", ["x", "y"], "y"],
  ["default", [5, 0], 5],
  ["empty", ["<no value>"], true],
  ["empty", [{}], true],
  ["notEmpty", [[0]], true],

  ["toInt", ["3.9"], 3],
  ["toInt", [-3.9], -3],
  ["toInt", [true], 1],
  ["toFloat", ["1e3"], 1000],
  ["toFloat", [""], 0],
  ["toBool", ["On"], true],
  ["toBool", ["no"], false],
  ["toBool", [2], true],
  ["toBool", [undefined], false],
  ["toString", [3.5], "3.5"],
  ["toString", [null], ""],
  ["toString", [{ b: 1, a: [true] }], '{"a":[true],"b":1}'],
  ["toList", [" a , b"], ["a", "b"]],
  ["toList", [["a"]], ["a"]],
  ["asList", ['["x"]'], ["x"]],
  ["asList", ["x"], []],
  ["asMap", ['{"a":1}'], { a: 1 }],
  ["asMap", [[1]], {}],
  ["asString", [3], "3"],
  ["typeOf", ["x"], "string"],
  ["typeOf", [1], "number"],
  ["typeOf", [false], "bool"],
  ["typeOf", [{}], "map"],
  ["typeOf", [[]], "slice"],
  ["typeOf", [null], "null"],
  ["isScalar", [null], false],
  ["isComposite", [[]], true],
  ["len", ["héllo👍"], 6],
  ["len", [{ a: 1, b: 2 }], 2],

  ["toBase64", ["grüß"], "Z3LDvMOf"],
  ["toBase64", [8080], "ODA4MA=="],
  ["fromBase64", ["Z3LDvMOf"], "grüß"],
  ["fromBase64", ["ODA4MA"], "8080"],
  ["toJSON", [{ b: 1, a: "<" }], '{"a":"<","b":1}'],
  ["sha256sum", ["hello"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"],
];

const REFUSALS: readonly (readonly [name: string, args: Case[1], message: string])[] = [
  ["toLower", [["a"]], 'Cannot evaluate "toLower": text is a list, expected text'],
  ["join", [3, ","], 'Cannot evaluate "join": list is 3, expected a list'],
  ["repeat", ["x", -1], 'Cannot evaluate "repeat": count is -1, expected 0 or more'],
  [
    "repeat",
    ["xx", 1e6],
    'Cannot evaluate "repeat": result has 2000000 characters, limit is 1048576',
  ],
  ["join", [["a".repeat(1e6), "b".repeat(1e6)], ","], "limit is 1048576"],
  ["replace", ["x".repeat(2000), "x", "y".repeat(2000)], "limit is 1048576"],
  ["add", [1, "x"], 'Cannot evaluate "add": number is "x", expected a number'],
  ["add", [1, true], 'Cannot evaluate "add": number is true, expected a number'],
  ["div", [1, 0], 'Cannot evaluate "div": divisor is 0, expected another number'],
  ["mod", [1, 0.5], 'Cannot evaluate "mod": divisor is 0, expected another number'],
  ["boolTernary", ["maybe", 1, 2], 'Cannot evaluate "boolTernary": condition is "maybe"'],
  ["toInt", ["many"], 'Cannot evaluate "toInt": value is "many", expected a number'],
  ["toBool", ["maybe"], 'Cannot evaluate "toBool": value is "maybe"'],
  ["len", [3], 'Cannot evaluate "len": value is 3'],
  ["fromBase64", ["%%%"], 'Cannot evaluate "fromBase64": text is not base64'],
  ["fromBase64", ["/w=="], 'Cannot evaluate "fromBase64": text does not decode to UTF-8'],
];

describe("scalar functions", () => {
  test.each(CASES)("%s %j gives %j", (name, args, result) => {
    expect(callFunction(name, args)).toEqual(result as never);
  });

  test.each(REFUSALS)("%s is refused (%#)", (name, args, message) => {
    expect(() => callFunction(name, args)).toThrow(TemplateError);
    expect(() => callFunction(name, args)).toThrow(message);
  });

  test("default takes a path first and a literal second as value and fallback", () => {
    const pathFirst = { isLiteral: [false, true] };
    expect(callFunction("default", ["set", "x"], pathFirst)).toBe("set");
    expect(callFunction("default", ["", "x"], pathFirst)).toBe("x");
    const literalFirst = { isLiteral: [true, false] };
    expect(callFunction("default", ["x", "set"], literalFirst)).toBe("set");
    expect(callFunction("default", ["x", ""], { isLiteral: [true, true] })).toBe("x");
  });

  test("fromBase64 undoes toBase64", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(callFunction("fromBase64", [callFunction("toBase64", [text])])).toBe(text);
      }),
    );
  });

  test("camelToKebab leaves its own result as it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = callFunction("camelToKebab", [text]);
        expect(callFunction("camelToKebab", [once])).toBe(once as string);
      }),
    );
  });

  test("slugify gives a DNS label or nothing", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(callFunction("slugify", [text])).toMatch(
          /^$|^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
        );
      }),
    );
  });

  test("truncateName keeps names within 63 characters and apart", () => {
    const middle = fc.string({ unit: fc.constantFrom("a", "7", "-"), maxLength: 100 });
    const label = middle.map((text) => `a${text}z`);
    fc.assert(
      fc.property(label, label, (left, right) => {
        const fitted = callFunction("truncateName", [left]) as string;
        expect(fitted.length).toBeLessThanOrEqual(63);
        expect(fitted).toMatch(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/);
        expect(callFunction("truncateName", [left])).toBe(fitted);
        expect(fitted === callFunction("truncateName", [right])).toBe(left === right);
      }),
    );
  });

  test("truncateName tells long names with the same beginning apart", () => {
    const left = callFunction("truncateName", [`${"a".repeat(80)}-left`]) as string;
    const right = callFunction("truncateName", [`${"a".repeat(80)}-right`]) as string;
    expect(left).toMatch(/^a{54}-[0-9a-f]{8}$/);
    expect(right).not.toBe(left);
    expect(callFunction("truncateName", ["-".repeat(64)])).toMatch(/^[0-9a-f]{8}$/);
  });

  test("join and split are each other's reverse for parts without the separator", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]+$/), { minLength: 1 }), (parts) => {
        const joined = callFunction("join", [parts, ","]);
        expect(callFunction("split", [joined, ","])).toEqual(parts);
      }),
    );
  });
});

describe("random functions", () => {
  test("randomAlphanumeric has the length asked for and only letters and digits", () => {
    expect(callFunction("randomAlphanumeric", [40])).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  test("randomHex and randomBase64 encode the bytes of the environment", () => {
    expect(callFunction("randomHex", [4])).toBe("00010203");
    expect(callFunction("randomBase64", [4])).toBe("AAECAw");
  });

  test("randomAlphanumeric follows its bytes: same bytes, same text", () => {
    const zeros = { environment: { random: (size: number) => new Uint8Array(size) } };
    expect(callFunction("randomAlphanumeric", [3], zeros)).toBe("AAA");
    expect(callFunction("randomAlphanumeric", [3])).not.toBe("AAA");
  });

  test.each([0, -1, 5000])("a size of %p is refused", (size) => {
    expect(() => callFunction("randomHex", [size])).toThrow("expected 1 to 4096");
  });
});
