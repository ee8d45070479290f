/** Our side of the comparison: a chart as the oracle's answers look. */
import { renderChart } from "../../src/chart/render.ts";
import type { OracleAnswer, OracleChart } from "../support/oracle.ts";

export const environment = {
  nowMs: Date.UTC(2026, 10, 22, 12, 0, 0),
  timeZone: "UTC",
  random: (size: number) => crypto.getRandomValues(new Uint8Array(size)),
};

/** Every issue of a failure with its place. */
export function renderOurs(chart: OracleChart): OracleAnswer {
  const { files, valueFiles, kubeVersion, apiVersions } = chart;
  const result = renderChart(chartFiles(files), {
    releaseName: "release",
    namespace: "space",
    valueFiles: valueFiles.map((text, index) => ({ name: `values-${index}.yaml`, text })),
    ...(kubeVersion !== "" && { kubeVersion }),
    apiVersions,
    environment,
  });
  if (result.kind === "failed") {
    const issues = result.issues.map(({ message, position }) => {
      return `${position ? `${position.file}:${position.line}: ` : ""}${message}`;
    });
    return { output: "", error: issues.join("; ") };
  }
  const documents = result.documents.map(
    ({ template, text }) => `---\n# Source: ${template}\n${text}\n`,
  );
  return { output: documents.join("") };
}

function chartFiles(files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  const encoder = new TextEncoder();
  return new Map(
    Object.entries(files).map(([path, text]) => [path, encoder.encode(text)] as const),
  );
}
