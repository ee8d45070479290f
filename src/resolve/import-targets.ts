/**
 * One entry of `imports` → the documents that it means: variables replaced, credentials taken from
 * the environment, folders and globs found, artifacts, commits and charts fetched. Everything that
 * is wrong with it is told at its place.
 */
import type { PlacedImport } from "../katalog/komposer.ts";
import { SourceError } from "../source/source-error.ts";
import { findChart } from "./import-chart.ts";
import { findFiles } from "./import-files.ts";
import { findPackage } from "./import-registry.ts";
import type { FoundDocument, ImportScope } from "./import-scope.ts";
import { sourceIssue } from "./load.ts";

/** Nothing when it was reported. */
export async function importTargets(
  one: PlacedImport,
  scope: ImportScope,
): Promise<readonly FoundDocument[]> {
  try {
    switch (one.kind) {
      case "file":
        return await findFiles(one, scope);
      case "registry":
        return await findPackage(one, scope);
      case "chart":
        return await findChart(one, scope);
      default:
        return one satisfies never;
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    scope.report(sourceIssue(error));
    return [];
  }
}
