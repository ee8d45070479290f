import { expect, test } from "bun:test";
import { restoreConstant } from "../../../src/hook/inlined-constant.ts";

const GONE = "undefined is not an object (evaluating '(void 0)";

test.each<[string, string, [number, number], string, [number, number]]>([
  [
    "const x: any = undefined;\nexport const y = x.foo;",
    `${GONE}.foo')`,
    [1, 16],
    "x.foo",
    [2, 18],
  ],
  [
    "export const x = null;\n\ncall(x!.a.b);",
    "null is not an object (evaluating 'null.a')",
    [1, 18],
    "x.a",
    [3, 6],
  ],
  ["const $a = undefined\nf($a.fool, $a.foo)", `${GONE}.foo')`, [1, 12], "$a.foo", [2, 12]],
  ["const x = undefined;\no.x[3]; x[3]", `${GONE}[3]')`, [1, 11], "x[3]", [2, 9]],
])("restoreConstant() finds the use in %j", (text, message, ...places) => {
  const [[line, column], word, place] = places;
  const position = { file: "a.ts", line, column };
  const found = restoreConstant({ message, position }, [{ name: "a.ts", text }]);
  expect(found.message).toContain(`(evaluating '${word}')`);
  expect([found.position.line, found.position.column]).toEqual(place);
});

test.each<[string, string, number]>([
  ["const x = undefined; y.foo", `${GONE}.foo')`, 11],
  ["const x = undefined; x.foo", `${GONE}.foo')`, 1],
  ["let x = undefined; x.foo", `${GONE}.foo')`, 9],
  ["const x = undefined; x.foo", "x is not a function", 11],
  ["const x = f(); x.foo", `${GONE}.foo')`, 11],
])("restoreConstant() leaves %j with %j at column %i as it is", (text, message, column) => {
  const placed = { message, position: { file: "a.ts", line: 1, column } };
  expect(restoreConstant(placed, [{ name: "a.ts", text }])).toEqual(placed);
  expect(restoreConstant(placed, [{ name: "b.ts", text }])).toEqual(placed);
});
