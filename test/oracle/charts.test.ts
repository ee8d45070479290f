/** Charts of our own, rendered here and by Helm 4: the same bytes, or a failure of both. */
import { expect, test } from "bun:test";
import { helmFunctionTable } from "../../src/chart/dialect.ts";
import { describeWithOracle, type OracleChart } from "../support/oracle.ts";
import { CHARTS } from "./cases/charts.ts";
import { EXPRESSION_GROUPS, FAILING_EXPRESSIONS } from "./cases/expressions.ts";
import { ORACLE_CHART } from "./cases/values.ts";
import { renderOurs } from "./render.ts";

interface Named extends OracleChart {
  readonly name: string;
}

const API_VERSIONS = ["example.com/v1"];

function chartOf(name: string, template: string): Named {
  const files = { ...ORACLE_CHART, "templates/out.yaml": template };
  return { name, files, valueFiles: [], kubeVersion: "", apiVersions: API_VERSIONS };
}

/** Each expression as Go prints it, in a block of its own. */
function line(expression: string, index: number): string {
  return `e${index}: |\n  <{{ printf "%v" (${expression}) | replace "\\n" "\\n  " }}>\n`;
}

const groups = EXPRESSION_GROUPS.map(({ name, expressions }) =>
  chartOf(`expressions of ${name}`, expressions.map(line).join("")),
);
const trees: readonly Named[] = CHARTS.map(
  ({ valueFiles = [], kubeVersion = "", apiVersions = [], ...chart }) => ({
    ...chart,
    valueFiles,
    kubeVersion,
    apiVersions,
  }),
);
const failing = FAILING_EXPRESSIONS.map((expression) => chartOf(expression, line(expression, 0)));
const charts = [...groups, ...trees, ...failing];

/** Their results differ each time; `test/unit/chart/render.test.ts` says what can be said of them. */
const RANDOM = new Set(
  (
    "ago genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey " +
    "now randAlpha randAlphaNum randAscii randBytes randInt randNumeric shuffle uuidv4"
  ).split(" "),
);

describeWithOracle("renderChart() renders as Helm does", {
  request: { charts },
  tests(answers) {
    test("on enough charts", () => {
      expect(groups.length + trees.length).toBeGreaterThanOrEqual(40);
    });

    test.each(charts.map(({ name }, index) => [name, index] as const))("%s", (_name, index) => {
      const chart = charts[index] as Named;
      const helm = answers().charts[index];
      const ours = renderOurs(chart);
      if (helm?.error === undefined) expect(ours).toEqual({ output: helm?.output ?? "" });
      else expect(ours.error).toEqual(expect.any(String));
    });

    test("with the same functions, each of them used at least once", () => {
      const own = helmFunctionTable.map(({ name }) => name);
      expect(own.length).toBe(new Set(own).size);
      expect(answers().functions.filter((name) => !own.includes(name))).toEqual([]);
      const used = new Set(
        [...EXPRESSION_GROUPS.flatMap(({ expressions }) => expressions), ...FAILING_EXPRESSIONS]
          .concat(CHARTS.flatMap(({ files }) => Object.values(files)))
          .flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []),
      );
      expect(own.filter((name) => !used.has(name) && !RANDOM.has(name))).toEqual([]);
    });
  },
});
