import { expect } from "bun:test";
import { compileConditions } from "../../../src/condition/conditions.ts";
import type { Verdict } from "../../../src/condition/verdict.ts";
import { canonicalCondition } from "../../../src/katalog/conditions.ts";
import type { ConditionEntry } from "../../../src/katalog/resolved.ts";
import type { Json } from "../../../src/std/json.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";
import type { Scope, TemplateEnvironment } from "../../../src/template/template.ts";

export const dialect = createKatalogDialect();

/** Wednesday, 1 May 2024, 12:30:15 UTC. */
export const NOON_MS = Date.UTC(2024, 4, 1, 12, 30, 15);

export function environmentAt(nowMs: number, timeZone = "UTC"): TemplateEnvironment {
  return { nowMs, timeZone, random: (size) => new Uint8Array(size) };
}

/** The canonical form of a condition that must have one. */
export function canonical(raw: Json): ConditionEntry {
  const { entry, issues } = canonicalCondition(raw, { isRule: true });
  expect(issues).toEqual([]);
  return entry as ConditionEntry;
}

/** What one condition, as people write it, says of a scope. */
export function judge(raw: Json, scope: Scope, environment = environmentAt(NOON_MS)): Verdict {
  const { conditions, issues } = compileConditions({ when: [canonical(raw)] }, { dialect });
  expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  return conditions.evaluate(scope, environment);
}
