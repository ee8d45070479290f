import { expect, test } from "bun:test";
import { parseBoolean } from "../../../src/std/boolean.ts";

test.each([
  ["true", true],
  [" False ", false],
  ["YES", true],
  ["no", false],
  ["on", true],
  ["off", false],
  ["", undefined],
  ["1", undefined],
  ["constructor", undefined],
] as const)("parseBoolean() reads %j as %p", (text, value) => {
  expect(parseBoolean(text)).toBe(value as boolean);
});
