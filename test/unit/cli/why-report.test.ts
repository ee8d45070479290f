import { expect, test } from "bun:test";
import { painter } from "../../../src/cli/io.ts";
import { whyReport } from "../../../src/cli/why-report.ts";
import type { Why } from "../../../src/server/why.ts";

const NOW = Date.UTC(2026, 0, 1);
const PLAIN = { nowMs: NOW, paint: painter(false) };

const WHY: Why = {
  crd: "website",
  kind: "Website",
  name: "hello",
  namespace: "shop",
  ready: { status: "False", reason: "Error", message: "no image" },
  blockedBy: { kind: "error", message: "no route", failures: 2 },
  next: { why: "retry", at: new Date(NOW + 8_400).toISOString() },
  history: [
    {
      at: new Date(NOW - 65_000).toISOString(),
      lastAt: new Date(NOW - 5_000).toISOString(),
      times: 4,
      tookMs: 12,
      causes: [{ kind: "retry", text: "retry after a failure" }],
      result: "retry",
      message: "no route",
      changes: [],
    },
    {
      at: new Date(NOW - 70_000).toISOString(),
      tookMs: 3,
      causes: [
        { kind: "child", text: 'ConfigMap "hello" updated by "kubectl-edit"' },
        { kind: "resync", text: "resync" },
      ],
      result: "settled",
      changes: [
        {
          action: "configured",
          kind: "ConfigMap",
          name: "hello",
          fields: [
            { path: "data.text", before: "x", after: "a", manager: "kubectl-edit" },
            { path: "data.more", after: 1 },
            { path: "data.less", before: true },
            { path: "data.quoted", after: 'say "x"\n' },
            { path: "data.secret" },
          ],
        },
        { action: "created", kind: "Service", name: "hello", reason: "recreated" },
        { action: "deleted", kind: "Ingress", name: "old" },
      ],
      moreChanges: 3,
    },
  ],
};

test("whyReport() tells the state first, then the last reconciles", () => {
  expect(whyReport(WHY, PLAIN)).toBe(`Website "hello" in "shop"
  Ready    False, Error: no image
  Blocked  fails, and is tried again (2 times): no route
  Next     another try in 8s

1m5s ago  failed in 12 ms
  because: retry after a failure
  as above
  same error, 3 more times, last 5s ago

1m10s ago  settled in 3 ms
  because: ConfigMap "hello" updated by "kubectl-edit"; resync
  ~ ConfigMap "hello"
      data.text: "x" → "a", was set by "kubectl-edit"
      data.more: 1
      data.less: true → gone
      data.quoted: "say "x"\\n"
      data.secret: not shown
  + Service "hello" (recreated)
  - Ingress "old"
  and 3 more`);
});

test("whyReport() of nothing says so", () => {
  const { namespace: _, blockedBy: __, next: ___, ready: ____, ...rest } = WHY;
  expect(whyReport({ ...rest, history: [] }, PLAIN)).toBe(`Website "hello"

No reconcile has changed anything or failed since this process works.`);
});

test("whyReport() has colour only where somebody wants it", () => {
  expect(whyReport(WHY, PLAIN)).not.toContain("\u001b");
  expect(whyReport(WHY, { ...PLAIN, paint: painter(true) })).toContain("\u001b[31m");
});

test("whyReport() tells what is wrong once, and briefly", () => {
  const reason = `Cannot write Service "shop/No_Name": the API server refused it (Invalid): Service "No_Name" is invalid: metadata.name: Invalid value: "No_Name": a name (regex used for validation is '[a-z]')`;
  const short = `Cannot write Service "shop/No_Name": the API server refused it (Invalid): metadata.name: Invalid value: "No_Name": a name`;
  const failed = { action: "failed", kind: "Service", name: "No_Name", reason } as const;
  const entry = {
    at: new Date(NOW - 65_000).toISOString(),
    tookMs: 12,
    causes: [{ kind: "resync", text: "resync" }],
    result: "stuck",
    message: reason,
    changes: [failed],
  } as const;
  const history = [
    { ...entry, times: 2, lastAt: new Date(NOW - 5_000).toISOString() },
    { ...entry, at: new Date(NOW - 70_000).toISOString() },
  ];
  const ready = { status: "False", reason: "ChildError", message: short };
  const blockedBy = { kind: "stuck", message: reason } as const;
  const { next: _, ...rest } = WHY;
  expect(whyReport({ ...rest, ready, blockedBy, history }, PLAIN)).toBe(`Website "hello" in "shop"
  Ready    False, ChildError
  Blocked  stuck, tried again when it or a child changes, and at each resync: ${short}

1m5s ago  stuck in 12 ms
  because: resync
  as above
  ! Service "No_Name"
  same error, 1 more time, last 5s ago

1m10s ago  stuck in 12 ms
  because: resync
  as above
  ! Service "No_Name"`);
});
