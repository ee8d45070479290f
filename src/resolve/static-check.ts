/**
 * What can be said of an entry's templates before any cluster is touched: they parse, their
 * functions and roots exist, and the paths that they read are known to somebody.
 *
 * Errors stop the start. Unknown paths are warnings, since a schema may lag behind its users;
 * so is a condition that does not parse: it counts as unknown. A function that is none is an error everywhere.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { SourcePosition } from "../std/issue.ts";
import { suggest } from "../std/suggest.ts";
import { enrichNeeds, unsupportedFunctions } from "../template/functions/functions.ts";
import type { Dialect, TemplateReference } from "../template/template.ts";
import { checkChildNames } from "./child-check.ts";
import { checkChildLiterals } from "./child-literals.ts";
import { checkDeletions } from "./delete-check.ts";
import type { EntryScope } from "./entry.ts";
import { isOfCalls, judgeCallPath } from "./external-paths.ts";
import { checkForEach } from "./for-each-check.ts";
import { checkIngresses } from "./ingress-check.ts";
import { type KnownPaths, knownPaths } from "./known-paths.ts";
import { checkNormalize, isInNormalize } from "./normalize-check.ts";
import type { Finding } from "./schema-paths.ts";
import { checkStatus } from "./status-check.ts";
import { type TemplatePlace, templatedKeys, templatePlaces } from "./template-places.ts";

/** Reports on all templates of the entry. `crd` is absent when its resource is unknown. */
export function checkEntry(scope: EntryScope, crd: ResolvedCrd | undefined): void {
  const { dialect } = scope.settings;
  const known = crd && knownPaths(crd, scope.refusedKeys());
  const read: (readonly string[])[] = [];
  for (const place of templatePlaces(scope)) {
    const references = place.isBarePath
      ? bareReference(scope, place, dialect)
      : compile(scope, place);
    if (known) checkReferences(scope, { place, references, known, crd });
    if (!isInNormalize(place.path)) read.push(...references.map(({ path }) => path));
  }
  for (const path of templatedKeys(scope)) {
    const message = `The key "${path.at(-1)}" is taken as it is: only values are templates`;
    const at = scope.position(path, "key");
    scope.report({ code: "templated-key", severity: "warning", message, at }, path);
  }
  if (!crd || !known) return;
  checkChildNames(scope, crd, dialect);
  checkChildLiterals(scope, crd);
  checkForEach(scope, crd, { known, dialect });
  checkDeletions(scope, crd);
  checkIngresses(scope, crd);
  checkStatus(scope, crd);
  checkNormalize(scope, crd, read);
  for (const [index, field] of crd.box.status.fields.entries()) {
    const finding = known.judgeWrite(field.path);
    const path = ["operatorBox", "emit", "status", "fields", index, "path"];
    if (!finding) continue;
    scope.report({ ...finding, severity: "warning", hint: hintOf(finding) }, path);
  }
}

interface Reference extends Pick<TemplateReference, "path"> {
  /** Where it is read; asked only of those that are wrong. */
  locate(): SourcePosition;
}

function compile(scope: EntryScope, place: TemplatePlace): readonly Reference[] {
  const { scalar, path, isCondition, extraRoots } = place;
  const source = scalar.text;
  // Counted inside the text; the scalar knows where its characters stand in the file.
  const locate = (at: SourcePosition | undefined) =>
    at ? scalar.positionAt(offsetIn(source, at)) : scalar.position;
  const { issues, facts } = scope.settings.templates.check(source, extraRoots);
  // With its notes refused, a Katalog's own functions are unknown: told already.
  const ignored = scope.declared.katalog.refused.some(([root]) => root === "notes")
    ? "unknown-function"
    : undefined;
  for (const { code, message, hint, severity, position: at } of issues) {
    if (code === ignored) continue;
    // A function that nobody knows is never there later, as a field may be.
    const isMild = isCondition && code !== "unknown-function";
    const level = isMild && severity === "error" ? "warning" : severity;
    scope.report({ code, severity: level, message, hint, at: locate(at) }, path);
  }
  if (!facts) return [];
  checkFunctions(scope, place, facts.functionNames);
  return facts.references.map(({ path, position }) => ({ path, locate: () => locate(position) }));
}

/** Offset of a line and column that were counted inside `text`. */
function offsetIn(text: string, { line, column }: SourcePosition): number {
  let start = 0;
  for (let current = 1; current < line; current++) {
    const newline = text.indexOf("\n", start);
    if (newline < 0) break;
    start = newline + 1;
  }
  return start + column - 1;
}

/** Functions whose data this build does not fetch would answer with zero values: never silently. */
function checkFunctions(
  scope: EntryScope,
  { scalar, path }: TemplatePlace,
  names: ReadonlySet<string>,
): void {
  for (const name of names) {
    const enrich = enrichNeeds.get(name);
    const why =
      unsupportedFunctions.get(name) ??
      (enrich && `it needs data of "${enrich}", which this build does not fetch yet`);
    if (why === undefined) continue;
    const at = scalar.positionAt(Math.max(0, scalar.text.search(new RegExp(`\\b${name}\\b`))));
    const message = `Cannot use the function "${name}": ${why}`;
    scope.report({ code: "unsupported-function", message, at }, path);
  }
}

/** A path without braces: its first step must be a root, as in a template. */
function bareReference(
  scope: EntryScope,
  { scalar, path: place, extraRoots }: TemplatePlace,
  dialect: Dialect,
): readonly Reference[] {
  const path = scalar.text.trim().replace(/^\./, "").split(".");
  if (path.some((step) => !/^[\w*-]+$/.test(step))) return [];
  const roots = new Set([...(dialect.roots ?? []), ...extraRoots]);
  const [root = ""] = path;
  if (dialect.roots && !roots.has(root)) {
    const near = suggest(root, roots);
    const offered = [...roots].filter((one) => !dialect.emptyRoots?.has(one));
    const message = `Unknown context root "${root}": expected one of ${offered.join(", ")}`;
    const hint = near && `Did you mean "${near}"?`;
    scope.report({ code: "unknown-root", severity: "warning", message, hint }, place);
  }
  return [{ path, locate: () => scalar.position }];
}

interface ReferenceCheck {
  readonly place: TemplatePlace;
  readonly references: readonly Reference[];
  readonly known: KnownPaths;
  readonly crd: ResolvedCrd;
}

/** Once per template and finding: `.spec.steps` and what is read below it are one mistake. */
function checkReferences(scope: EntryScope, check: ReferenceCheck): void {
  const { place, references, known, crd } = check;
  const told = new Set<string>();
  for (const reference of references) {
    const { path } = reference;
    const finding = isOfCalls(path, place)
      ? judgeCallPath(path, place, crd)
      : known.judge(path, place.forEach);
    if (!finding || told.has(finding.message)) continue;
    told.add(finding.message);
    const { code, message, isError } = finding;
    const isFatal = isError === "always" || (isError && !place.isCondition);
    const severity = isFatal ? "error" : "warning";
    scope.report(
      { code, severity, message, hint: hintOf(finding), at: reference.locate() },
      place.path,
    );
  }
}

/** More names than this help nobody. */
const MAX_LISTED = 12;

function hintOf({ near, others = [] }: Finding): string | undefined {
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (others.length === 0) return undefined;
  return `Known there: ${others.slice(0, MAX_LISTED).join(", ")}${others.length > MAX_LISTED ? " …" : ""}`;
}
