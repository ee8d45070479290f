/** Every function of Helm, called with arguments that a generator picks: right ones and wrong ones. */
import { expect, test } from "bun:test";
import { helmFunctionTable } from "../../src/chart/dialect.ts";
import { describeWithOracle, type OracleAnswer, type OracleChart } from "../support/oracle.ts";
import { generateCalls } from "./cases/calls.ts";
import { ORACLE_CHART } from "./cases/values.ts";
import { renderOurs } from "./render.ts";

const calls = generateCalls(helmFunctionTable, { seed: 20_261_122, perFunction: 8 });

const charts = calls.map((call): OracleChart => {
  const template = `out: |\n  <{{ printf "%v" (${call}) | replace "\\n" "\\n  " }}>\n`;
  const files = { ...ORACLE_CHART, "templates/out.yaml": template };
  return { files, valueFiles: [], kubeVersion: "", apiVersions: [] };
});

/** Parsers put what they say of a text in place of its value, each in words of its own. */
function isOtherWords(call: string, helm: OracleAnswer, ours: OracleAnswer): boolean {
  const areErrors = [helm, ours].every(({ output }) => output.includes("Error:"));
  return areErrors || /^from(?:Json|Yaml)Array/.test(call);
}

/** A copy of a version is empty in Helm, because its fields are private to another package. */
function isKnown(call: string): boolean {
  return /^(?:mustD|d)eepCopy \(semver/.test(call);
}

describeWithOracle("Helm's functions answer as Helm's do", {
  request: { charts },
  tests(answers) {
    test(`in ${calls.length} generated calls`, () => {
      let answered = 0;
      const apart = calls.flatMap((call, index) => {
        const helm = answers().charts[index] as OracleAnswer;
        const ours = renderOurs(charts[index] as OracleChart);
        if (helm.error === undefined) answered++;
        const isSame =
          helm.error === undefined
            ? ours.error === undefined && ours.output === helm.output
            : ours.error !== undefined;
        return isSame || isOtherWords(call, helm, ours) || isKnown(call)
          ? []
          : [{ call, helm, ours }];
      });
      expect(apart).toEqual([]);
      expect(answered).toBeGreaterThan(calls.length / 4);
    }, 60_000);
  },
});
