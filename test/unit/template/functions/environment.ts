/** A fixed moment, zone and byte source, in which the documented examples hold. */
import type { TemplateEnvironment } from "../../../../src/template/template.ts";

/** A Sunday. */
const NOW = "2026-11-22T12:00:00Z";

export const testEnvironment: TemplateEnvironment = {
  nowMs: Date.parse(NOW),
  timeZone: "UTC",
  random: (size) => Uint8Array.from({ length: size }, (_, index) => index % 256),
};
