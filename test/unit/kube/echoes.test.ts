import { describe, expect, test } from "bun:test";
import { Echoes } from "../../../src/kube/echoes.ts";
import type { JsonObject } from "../../../src/std/json.ts";

/** Parses, and counts how often. */
function counting() {
  const parsed: string[] = [];
  const parse = (text: string): JsonObject => {
    parsed.push(text);
    return JSON.parse(text);
  };
  return { parsed, parse };
}

describe("Echoes", () => {
  test("parses once what comes as answer and then as event", () => {
    const echoes = new Echoes();
    const { parsed, parse } = counting();
    const answered = echoes.expectAnswer();
    const answer = echoes.answer('{"a":1}', parse);
    answered();
    expect(echoes.isIdle).toBe(false);
    expect(echoes.event('{"a":1}', parse)).toBe(answer);
    expect(parsed).toEqual(['{"a":1}']);
    expect(echoes.isIdle).toBe(true);
  });

  test("parses once what comes as event and then as answer", () => {
    const echoes = new Echoes();
    const { parsed, parse } = counting();
    const answered = echoes.expectAnswer();
    const event = echoes.event('{"a":1}', parse);
    expect(echoes.answer('{"a":1}', parse)).toBe(event);
    answered();
    expect(parsed).toEqual(['{"a":1}']);
    expect(echoes.isIdle).toBe(true);
  });

  test("parses each text of its own, and the third of the same text again", () => {
    const echoes = new Echoes();
    const { parsed, parse } = counting();
    const answered = echoes.expectAnswer();
    expect(echoes.answer('{"a":1}', parse)).toEqual({ a: 1 });
    expect(echoes.event('{"a":2}', parse)).toEqual({ a: 2 });
    expect(echoes.event('{"a":1}', parse)).toEqual({ a: 1 });
    expect(echoes.event('{"a":1}', parse)).toEqual({ a: 1 });
    answered();
    expect(parsed).toEqual(['{"a":1}', '{"a":2}', '{"a":1}']);
  });

  test("keeps nothing of events while nothing is written, nor after the last write", () => {
    const echoes = new Echoes();
    const { parsed, parse } = counting();
    echoes.event('{"a":1}', parse);
    const first = echoes.expectAnswer();
    const second = echoes.expectAnswer();
    echoes.event('{"a":2}', parse);
    first();
    first();
    expect(echoes.answer('{"a":2}', parse)).toEqual({ a: 2 });
    echoes.event('{"a":3}', parse);
    second();
    echoes.answer('{"a":1}', parse);
    echoes.answer('{"a":3}', parse);
    expect(parsed).toEqual(['{"a":1}', '{"a":2}', '{"a":3}', '{"a":1}', '{"a":3}']);
  });

  test("keeps a bounded number of texts, and no large ones", () => {
    const echoes = new Echoes();
    const { parsed, parse } = counting();
    const texts = Array.from({ length: 1_000 }, (_, index) => `{"a":${index}}`);
    for (const text of texts) echoes.answer(text, parse);
    for (const text of texts) echoes.event(text, parse);
    expect(parsed.length).toBe(2_000 - 64);
    const large = JSON.stringify({ a: "x".repeat(40_000) });
    echoes.answer(large, parse);
    echoes.event(large, parse);
    expect(parsed.slice(-2)).toEqual([large, large]);
  });

  test("keeps nothing of a text that cannot be parsed", () => {
    const echoes = new Echoes();
    const { parse } = counting();
    expect(() => echoes.answer("{", parse)).toThrow(SyntaxError);
    expect(() => echoes.event("{", parse)).toThrow(SyntaxError);
    expect(echoes.isIdle).toBe(true);
  });
});
