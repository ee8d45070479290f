/** Warning events of a child. */
import type { Json } from "../../std/json.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { commaText, listAt, textAt } from "./objects.ts";

export const warningFunctions = functionGroup({
  title: "Warnings",
  // Of each object they look at a few fields.
  reads: "members",
  about: "They take any child (or several) with its Warning events attached by `enrich: [events]`.",
  given: {
    children: {
      deployment: {
        kind: "Deployment",
        _warnings: [
          { reason: "BackOff", message: "Back-off restarting failed container" },
          { reason: "BackOff", message: "Back-off pulling image" },
        ],
      },
    },
  },
  rows: [
    warningRow("hasWarnings", "Whether there are any.", ["true", (all) => all.length > 0]),
    warningRow("warningCount", "How many there are.", ["2", (all) => all.length]),
    warningRow("firstWarning", "The message of the first.", [
      "Back-off restarting failed container",
      (all) => textAt(all[0], "message"),
    ]),
    warningRow("warningMessages", "All messages.", [
      "Back-off restarting failed container, Back-off pulling image",
      (all) => commaText(all.map((warning) => textAt(warning, "message"))),
    ]),
    warningRow("warningReasons", "All reasons, each once.", [
      "BackOff",
      (all) => commaText([...new Set(all.map((warning) => textAt(warning, "reason")))]),
    ]),
  ],
});

function warningRow(
  name: string,
  summary: string,
  [output, read]: readonly [string, (warnings: readonly Json[]) => string | number | boolean],
): FunctionRow {
  return {
    signature: `${name} child`,
    summary,
    example: [`{{ ${name} .children.deployment }}`, output],
    needs: "events",
    call: (args) => read(args.objects(0).flatMap((object) => listAt(object, "_warnings"))),
  };
}
