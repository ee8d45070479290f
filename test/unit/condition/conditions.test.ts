import { describe, expect, test } from "bun:test";
import { compileConditions } from "../../../src/condition/conditions.ts";
import type { Json } from "../../../src/std/json.ts";
import { canonical, dialect, environmentAt, judge, NOON_MS } from "./harness.ts";

const scope = {
  metadata: { name: "web", labels: { app: "shop", "app.kubernetes.io/name": "web" } },
  spec: {
    replicas: 3,
    image: "nginx:1.27",
    tier: "gold",
    size: "500m",
    memory: "1Gi",
    empty: "",
    nothing: null,
    on: true,
    off: false,
    list: ["a", "b"],
    emptyList: [],
    ports: [{ name: "http", port: 80 }],
    map: { a: 1 },
    limit: 5,
    pattern: "^ngi",
    allowed: ["gold", "silver"],
  },
  status: {},
};

/** The condition, and what it says of the scope above. */
const TABLE: readonly (readonly [raw: Json, expected: boolean])[] = [
  [{ field: "spec.tier", equals: "gold" }, true],
  [{ field: "spec.tier", equals: "silver" }, false],
  [{ field: ".spec.tier", equals: "gold" }, true],
  [{ field: "spec.replicas", equals: "3" }, true],
  [{ field: "spec.replicas", equals: 3 }, true],
  [{ field: "spec.on", equals: true }, true],
  [{ field: "spec.on", equals: "true" }, true],
  [{ field: "spec.missing", equals: "" }, true],
  [{ field: "spec.empty", equals: "" }, true],
  [{ field: "spec.nothing", equals: "" }, true],
  [{ field: "spec.emptyList", equals: "" }, true],
  [{ field: "spec.tier", equals: "" }, false],
  [{ field: "spec.off", equals: "" }, false],
  [{ field: "spec.missing", equals: "x" }, false],
  [{ field: "spec.tier", notEquals: "silver" }, true],
  [{ field: "spec.tier", notEquals: "" }, true],
  [{ field: "spec.missing", notEquals: "" }, false],
  [{ field: "spec.tier", equals: "gold", negate: true }, false],
  [{ field: "spec.tier", equals: "silver", negate: true }, true],
  [{ field: "spec.image", contains: "1.27" }, true],
  [{ field: "spec.image", contains: "apache" }, false],
  [{ field: "spec.list", contains: "b" }, true],
  [{ field: "spec.image", notContains: "apache" }, true],
  [{ field: "spec.missing", notContains: "apache" }, true],
  [{ field: "spec.image", prefix: "nginx:" }, true],
  [{ field: "spec.image", notPrefix: "nginx:" }, false],
  [{ field: "spec.image", suffix: ":1.27" }, true],
  [{ field: "spec.image", notSuffix: ":latest" }, true],
  [{ field: "spec.image", regex: "^nginx:[0-9.]+$" }, true],
  [{ field: "spec.image", regex: "^apache" }, false],
  [{ field: "spec.image", regex: "{{ .spec.pattern }}" }, true],
  [{ field: "spec.tier" }, true],
  [{ field: "spec.missing" }, false],
  [{ field: "spec.nothing" }, false],
  [{ field: "spec.off", exists: true }, true],
  [{ field: "spec.tier", exists: "" }, true],
  [{ field: "spec.missing", exists: false }, true],
  [{ field: "spec.tier", exists: false }, false],
  [{ field: "spec.missing", notExists: true }, true],
  [{ field: "spec.tier", notExists: false }, true],
  [{ field: "{{ .spec.missing }}", exists: true }, false],
  [{ field: "spec.tier", exists: "{{ .spec.on }}" }, true],
  [{ field: "spec.tier", exists: "{{ .spec.off }}" }, false],
  [{ field: "spec.replicas", greaterThan: 2 }, true],
  [{ field: "spec.replicas", greaterThan: 3 }, false],
  [{ field: "spec.replicas", gt: "2" }, true],
  [{ field: "spec.replicas", gte: 3 }, true],
  [{ field: "spec.replicas", min: 4 }, false],
  [{ field: "spec.replicas", max: 3 }, true],
  [{ field: "spec.replicas", lte: 2 }, false],
  [{ field: "spec.replicas", lt: "{{ .spec.limit }}" }, true],
  [{ field: "spec.replicas", lessThan: "10" }, true],
  [{ field: "spec.missing", lessThan: 1 }, true],
  [{ field: "spec.missing", greaterThan: 0 }, false],
  [{ field: "spec.missing", greaterThanOrEqual: 0 }, true],
  [{ field: "spec.size", lessThan: "1" }, true],
  [{ field: "spec.memory", greaterThan: "1023Mi" }, true],
  [{ field: "spec.memory", lessThanOrEqual: "1024Mi" }, true],
  [{ field: "spec.tier", greaterThan: 0 }, false],
  [{ field: "spec.replicas", between: "1,3" }, true],
  [{ field: "spec.replicas", between: [4, 5] }, false],
  [{ field: "spec.replicas", between: [1, "{{ .spec.limit }}"] }, true],
  [{ field: "spec.memory", between: "512Mi, 2Gi" }, true],
  [{ field: "spec.replicas", notBetween: [4, 5] }, true],
  [{ field: "spec.tier", in: ["gold", "silver"] }, true],
  [{ field: "spec.tier", in: "silver, gold" }, true],
  [{ field: "spec.tier", in: "{{ .spec.allowed }}" }, true],
  [{ field: "spec.tier", in: ["{{ .spec.allowed }}"] }, true],
  [{ field: "spec.tier", oneOf: "silver" }, false],
  [{ field: "spec.missing", in: "gold," }, true],
  [{ field: "spec.missing", in: "gold" }, false],
  [{ field: "spec.replicas", in: [1, 2, 3] }, true],
  [{ field: "spec.tier", notIn: ["gold"] }, false],
  [{ field: "spec.tier", notOneOf: "bronze" }, true],
  [{ field: "spec.map", typeOf: "map" }, true],
  [{ field: "spec.list", typeOf: "list" }, true],
  [{ field: "spec.list", operator: "typeOf", value: "slice" }, true],
  [{ field: "spec.map", typeMap: true }, true],
  [{ field: "spec.map", typeMap: false }, false],
  [{ field: "spec.list", typeList: true }, true],
  [{ field: "spec.tier", typeString: true }, true],
  [{ field: "spec.replicas", typeNumber: true }, true],
  [{ field: "spec.on", typeBool: true }, true],
  [{ field: "spec.nothing", typeNull: true }, true],
  [{ field: "spec.missing", typeNull: true }, true],
  [{ field: "spec.tier", typeNumber: true }, false],
  [{ field: "spec.tier", operator: "equals", value: "gold" }, true],
  [{ field: "spec.tier", operator: "in", value: "a,gold" }, true],
  [{ field: "spec.tier", value: "gold" }, true],
  [{ field: "spec.tier", equals: "gold", operator: "notEquals", value: "gold" }, true],
  [{ field: "{{ .spec.tier | toUpper }}", equals: "GOLD" }, true],
  [{ field: "{{ len .spec.list }}", equals: 2 }, true],
  [{ field: "spec.tier", equals: "{{ index .spec.allowed 0 }}" }, true],
  [{ field: "spec.ports[0].name", equals: "http" }, true],
  [{ field: "spec.ports.0.port", equals: 80 }, true],
  [{ field: "spec.ports.length", exists: true }, false],
  [{ field: "metadata.labels.app.kubernetes.io/name", equals: "web" }, true],
  [{ field: "metadata.labels['app.kubernetes.io/name']", equals: "web" }, true],
  [{ field: "spec.__proto__", exists: true }, false],
  [{ field: "spec.constructor", exists: true }, false],
];

describe("compileConditions()", () => {
  test.each(TABLE)("%j is %p", (raw, expected) => {
    expect(judge(raw, scope).kind).toBe(expected ? "true" : "false");
  });

  test("says why a condition is false", () => {
    const because = (raw: Json) => {
      const verdict = judge(raw, scope);
      return verdict.kind === "true" ? "" : verdict.because;
    };
    expect(because({ field: "spec.replicas", greaterThan: "3" })).toBe(
      'spec.replicas "3" is not greaterThan "3"',
    );
    expect(because({ field: "spec.missing", equals: "x" })).toBe(
      'spec.missing (absent) does not equal "x"',
    );
    expect(because({ field: "spec.tier", equals: "gold", negate: true })).toBe(
      'spec.tier "gold" equals "gold"',
    );
    expect(because({ field: "spec.missing" })).toBe("spec.missing does not exist");
    expect(because({ field: "spec.tier", exists: "{{ .spec.off }}" })).toBe("spec.tier exists");
    expect(because({ field: "spec.tier", in: ["a", "b"] })).toBe(
      'spec.tier "gold" is not in "a, b"',
    );
  });

  const yes = canonical({ field: "spec.tier", equals: "gold" });
  const no = canonical({ field: "spec.tier", equals: "none" });
  const failing = canonical({ field: "{{ toInt .spec.map }}", equals: "1" });

  test.each([
    ["nothing", {}, "true"],
    ["all of when", { when: [yes, yes] }, "true"],
    ["one false in when", { when: [yes, no] }, "false"],
    ["any of or", { or: [no, yes] }, "true"],
    ["none of or", { or: [no, no] }, "false"],
    ["when without or", { when: [yes], or: [no] }, "false"],
    ["or without when", { when: [no], or: [yes] }, "false"],
    ["both", { when: [yes], or: [no, yes] }, "true"],
    ["unknown beside true", { when: [yes, failing] }, "unknown"],
    ["unknown beside false", { when: [failing, no] }, "false"],
    ["unknown or true", { or: [failing, yes] }, "true"],
    ["unknown or false", { or: [failing, no] }, "unknown"],
    ["unknown when, false or", { when: [failing], or: [no] }, "false"],
  ] as const)("decides %s", (_name, conditional, kind) => {
    const { conditions } = compileConditions(conditional, { dialect });
    expect(conditions.evaluate(scope, environmentAt(NOON_MS)).kind).toBe(kind);
  });

  test("is unknown, with the reason, when a template fails", () => {
    const verdict = judge({ field: "{{ toInt .spec.map }}", equals: 1 }, scope);
    expect(verdict).toMatchObject({ kind: "unknown" });
    expect(verdict.kind === "unknown" && verdict.because).toContain("toInt");
  });

  test("is unknown when a root cannot be read", () => {
    const broken = {
      get external(): never {
        throw new Error("no answer from billing");
      },
    };
    const verdict = judge({ field: "external.billing.ok", equals: true }, broken);
    expect(verdict).toEqual({
      kind: "unknown",
      because: "the condition on external.billing.ok failed: no answer from billing",
    });
  });

  test("is unknown when a computed operand is unusable", () => {
    const verdict = judge({ field: "spec.replicas", greaterThan: "{{ .spec.tier }}" }, scope);
    expect(verdict.kind).toBe("unknown");
  });

  test("warns of a template that does not compile, and is unknown", () => {
    const entry = canonical({ field: "{{ .spec.tier", equals: "gold" });
    const { conditions, issues } = compileConditions(
      { when: [entry] },
      { dialect, path: ["spec"], position: { file: "k.yaml", line: 3, column: 5 } },
    );
    expect(issues).toEqual([
      {
        code: "template-syntax",
        severity: "warning",
        message: "Unclosed action: expected }}",
        path: ["spec", "when", 0],
        position: { file: "k.yaml", line: 3, column: 5 },
      },
    ]);
    expect(conditions.evaluate(scope, environmentAt(NOON_MS)).kind).toBe("unknown");
  });

  test.each([
    [{ field: "spec.x", regex: "a(" }, "Cannot compile pattern"],
    [{ field: "spec.x", regex: "(?=a)" }, "Cannot compile pattern"],
    [{ field: "spec.x", greaterThan: "many" }, "is not a number or a quantity"],
    [{ field: "spec.x", between: "1" }, "is not a range"],
    [{ field: "spec.x", between: "a,b" }, "is not a range"],
    [{ field: "spec.x", typeOf: "strng" }, 'did you mean "string"'],
    [{ field: "spec.x", unique: true }, "not supported by this build"],
    [{ field: "spec x", equals: "1" }, "is neither a path nor a template"],
    [{ time: { after: "25:00" } }, "is not a time of day"],
    [{ time: { afer: "09:00" } }, 'did you mean "after"'],
    [{ time: { after: "09:00", timezone: "Mars/Phobos" } }, "is not a time zone"],
    [{ dayOfWeek: { in: ["Mon", "Foo"] } }, '"Foo" is not a day of the week'],
    [{ cron: "0 25 * * *" }, "is not a cron expression"],
    [{ cron: "0 9 * * *", duration: "soon" }, "is not a duration"],
  ] as const)("refuses %j at load", (raw, message) => {
    const { conditions, issues } = compileConditions({ or: [canonical(raw as Json)] }, { dialect });
    expect(issues).toHaveLength(1);
    expect(issues[0]?.severity).toBe("error");
    expect(issues[0]?.message).toContain(message);
    expect(conditions.evaluate(scope, environmentAt(NOON_MS)).kind).toBe("unknown");
  });

  test("warns of an unknown root with a suggestion", () => {
    const { issues } = compileConditions({ when: [canonical({ field: "spce.x" })] }, { dialect });
    expect(issues).toMatchObject([{ severity: "warning", hint: 'Did you mean "spec"?' }]);
  });

  test("knows the roots of a forEach", () => {
    const options = { dialect, extraRoots: ["item"] };
    const { conditions, issues } = compileConditions(
      { when: [canonical({ field: "item.on", equals: true })] },
      options,
    );
    expect(issues).toEqual([]);
    const at = { item: { on: true } };
    expect(conditions.evaluate(at, environmentAt(NOON_MS)).kind).toBe("true");
  });

  test("collects the paths that it reads", () => {
    const entry = canonical({ field: "status.ready", equals: "{{ .spec.replicas }}" });
    const { conditions } = compileConditions({ when: [entry] }, { dialect });
    expect(conditions.references.map(({ path }) => path.join("."))).toEqual([
      "status.ready",
      "spec.replicas",
    ]);
  });

  test.each(["notIn", "notContains", "notPrefix", "notSuffix"])(
    "%s of a rule fails on a missing field",
    (operator) => {
      const entry = canonical({ field: "spec.missing", [operator]: "x" });
      const when = [entry];
      const rule = compileConditions({ when }, { dialect, isRule: true }).conditions;
      const condition = compileConditions({ when }, { dialect }).conditions;
      expect(rule.evaluate(scope, environmentAt(NOON_MS))).toEqual({
        kind: "false",
        because: "spec.missing is missing",
      });
      expect(condition.evaluate(scope, environmentAt(NOON_MS)).kind).toBe("true");
    },
  );

  test("matches a hostile pattern in linear time", () => {
    const long = { spec: { text: `${"a".repeat(20_000)}!` } };
    expect(judge({ field: "spec.text", regex: "^(a+)+$" }, long).kind).toBe("false");
  });
});

describe("conditions on the clock", () => {
  const may = (...time: [day: number, hour: number, minute?: number, second?: number]) =>
    Date.UTC(2024, 4, ...time);

  // 1 May 2024 is a Wednesday.
  test.each([
    [{ time: { after: "09:00", before: "17:00" } }, may(1, 9), true],
    [{ time: { after: "09:00", before: "17:00" } }, may(1, 8, 59, 59), false],
    [{ time: { after: "09:00", before: "17:00" } }, may(1, 17), false],
    [{ time: { after: "22:00", before: "06:00" } }, may(1, 23), true],
    [{ time: { after: "22:00", before: "06:00" } }, may(1, 5, 59), true],
    [{ time: { after: "22:00", before: "06:00" } }, may(1, 12), false],
    [{ time: { before: "06:00" } }, may(1, 5), true],
    [{ time: { after: "06:00" } }, may(1, 5), false],
    [{ time: { after: "{{ .spec.opens }}" } }, may(1, 11), true],
    [{ time: { after: "09:00" }, timezone: "America/New_York" }, may(1, 12), false],
    [{ time: { after: "09:00", timezone: "Europe/Berlin" } }, may(1, 7), true],
    [{ time: { after: "09:00" }, negate: true }, may(1, 10), false],
    [{ dayOfWeek: { weekday: true } }, may(1, 12), true],
    [{ dayOfWeek: { weekday: true } }, may(4, 12), false],
    [{ dayOfWeek: { weekday: false } }, may(4, 12), true],
    [{ dayOfWeek: { weekend: true } }, may(5, 12), true],
    [{ dayOfWeek: { in: ["Wed", "friday"] } }, may(1, 12), true],
    [{ dayOfWeek: { in: "Mon,Tue" } }, may(1, 12), false],
    [{ dayOfWeek: { notIn: [3] } }, may(1, 12), false],
    [{ dayOfWeek: "weekend" }, may(4, 12), true],
    [{ dayOfWeek: { in: ["Thu"], timezone: "Asia/Tokyo" } }, may(1, 20), true],
    [{ cron: "0 9 * * *", duration: "8h" }, may(1, 9), true],
    [{ cron: "0 9 * * *", duration: "8h" }, may(1, 16, 59, 59), true],
    [{ cron: "0 9 * * *", duration: "8h" }, may(1, 17), false],
    [{ cron: { schedule: "0 23 * * *", duration: "3h" } }, may(2, 1), true],
    [{ cron: "0 9-16 * * 1-5" }, may(1, 16, 30), true],
    [{ cron: "0 9-16 * * 1-5" }, may(1, 17), false],
    [{ cron: "0 9-16 * * 1-5" }, may(4, 12), false],
    [{ cron: "* 9 * * *" }, may(1, 9, 59, 59), true],
    [{ cron: "* 9 * * *" }, may(1, 10), false],
    [{ cron: "0 9 * * *", duration: "1h", timezone: "Europe/Berlin" }, may(1, 7, 30), true],
  ] as const)("%j at %d is %p", (raw, nowMs, expected) => {
    const verdict = judge(raw as Json, { spec: { opens: "10:00" } }, environmentAt(nowMs));
    expect(verdict.kind).toBe(expected ? "true" : "false");
  });

  test("use the zone of the process", () => {
    const nine: Json = { time: { after: "09:00" } };
    expect(judge(nine, {}, environmentAt(may(1, 7), "Europe/Berlin")).kind).toBe("true");
    expect(judge(nine, {}, environmentAt(may(1, 7), "UTC"))).toEqual({
      kind: "false",
      because: "time (after 09:00) does not hold now",
    });
  });

  test("are unknown when a computed time is none", () => {
    expect(judge({ time: { after: "{{ .spec.none }}" } }, { spec: { none: "x" } }).kind).toBe(
      "unknown",
    );
  });
});
