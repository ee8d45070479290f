import { expect, test } from "bun:test";
import { escapeRegex } from "../../../src/std/escape-regex.ts";

test.each(["$a", "a.b", "[x](y)*+?^{1}|\\", ""])("escapeRegex() of %j matches just it", (text) => {
  expect(new RegExp(`^${escapeRegex(text)}$`).test(text)).toBe(true);
  expect(new RegExp(`^${escapeRegex(text)}$`).test(`${text}b`)).toBe(false);
  expect(new RegExp(`^${escapeRegex("a.b")}$`).test("axb")).toBe(false);
});
