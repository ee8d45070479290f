import { expect, test } from "bun:test";
import type { AuditReport, Informer } from "../../../src/kube/informer.ts";
import { startAudits } from "../../../src/runtime/audit.ts";
import { createLogger } from "../../../src/telemetry/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

const log = createLogger({
  level: "error",
  format: "json",
  hasColor: false,
  write: () => {},
  now: () => 0,
});

/** As much of an informer as an audit needs. */
function informer(audit: () => Promise<AuditReport>): Informer {
  return { selection: { type: { plural: "sites" } }, audit } as unknown as Informer;
}

test("startAudits() audits each informer once per interval, whatever another one waits for", () => {
  const clock = manualClock();
  let audits = 0;
  const busy = informer(() => new Promise<AuditReport>(() => {}));
  const other = informer(async () => {
    audits++;
    return { kind: "skipped" };
  });
  using _audits = startAudits({ informers: () => [busy, other], intervalMs: 1_000, clock, log });
  clock.advance(5_000);
  expect(audits).toBe(5);
});

test("startAudits() stops when disposed", () => {
  const clock = manualClock();
  let audits = 0;
  const one = informer(async () => {
    audits++;
    throw new Error("The server is away");
  });
  {
    using _audits = startAudits({ informers: () => [one], intervalMs: 1_000, clock, log });
    clock.advance(2_000);
  }
  clock.advance(10_000);
  expect(audits).toBe(2);
  expect(clock.pending).toBe(0);
});
