/**
 * Loads every module once, before anything is written to a cluster: what does not compile, throws when
 * it is loaded, or exports something else than hooks is an issue with its place in the author's source.
 */
import { escapeRegex } from "../std/escape-regex.ts";
import type { Issue, SourcePosition } from "../std/issue.ts";
import { type ModuleScan, scanModule } from "../std/module-scan.ts";
import { mapParallel } from "../std/parallel.ts";
import { suggest } from "../std/suggest.ts";
import { positionAt } from "../std/text-position.ts";
import { HookError } from "./error.ts";
import { restoreConstant } from "./inlined-constant.ts";
import { type LoadOptions, startThread } from "./load.ts";
import { HANDLERS, type Handler, type ModuleShape } from "./protocol.ts";
import type { ModuleCopy, SourceFile } from "./snapshot.ts";

export type CheckOptions = Pick<
  LoadOptions,
  "start" | "watchdog" | "clock" | "memoryLimit" | "log"
>;

/** Threads at once: each compiles. */
const LANES = 2;

/** What a module turned out to be. */
export interface CheckedModule {
  readonly module: ModuleCopy;
  readonly handlers: ReadonlySet<Handler>;
  /** Empty: it may run. */
  readonly issues: readonly Issue[];
}

export function checkModules(
  modules: Iterable<ModuleCopy>,
  options: CheckOptions,
): Promise<readonly CheckedModule[]> {
  return mapParallel([...new Set(modules)], LANES, (module) => checkModule(module, options));
}

async function checkModule(module: ModuleCopy, options: CheckOptions): Promise<CheckedModule> {
  const stray = Promise.withResolvers<never>();
  stray.promise.catch(() => {});
  const thread = startThread({
    ...options,
    module,
    onStray: (error) => stray.reject(error),
    onDeath() {},
  });
  try {
    const shape = await Promise.race([thread.loaded, stray.promise]);
    const members = shape.kind === "object" ? shape.members : {};
    const handlers = HANDLERS.filter((name) => members[name] === "function");
    return { module, handlers: new Set(handlers), issues: judgeShape(module, shape) };
  } catch (error) {
    if (!(error instanceof HookError)) throw error;
    return { module, handlers: new Set(), issues: [loadIssue(module, error)] };
  } finally {
    await thread.end(new HookError("died", "it was loaded to be checked"));
  }
}

function loadIssue(module: ModuleCopy, error: HookError): Issue {
  const main = mainFile(module);
  const { message, position } = restoreConstant(
    {
      message: error.message,
      position: error.position ?? missingExport(module, error) ?? startOf(main),
    },
    module.files,
  );
  return {
    code: "hook-module",
    severity: "error",
    message: `Cannot load "${main.path}": ${message}`,
    position,
  };
}

/** Bun names the module that lacks an export, not the one that asks for it. */
function missingExport(module: ModuleCopy, { message }: HookError): SourcePosition | undefined {
  const [, name] = /Export named '([^']+)' not found/.exec(message) ?? [];
  if (name === undefined) return undefined;
  for (const file of module.files) {
    const clause = new RegExp(`import[^;"']*\\b${escapeRegex(name)}\\b[^;"']*from`).exec(file.text);
    if (clause) return positionAt(file.text, clause.index + clause[0].indexOf(name), file.name);
  }
  return undefined;
}

const EXPECTED = `expected "export default { async onReconcile(context) { … } }"`;

function judgeShape(module: ModuleCopy, shape: ModuleShape): readonly Issue[] {
  const main = mainFile(module);
  const scan = scanModule(main.text);
  const issue = (why: string, position: SourcePosition, hint?: string): Issue => ({
    code: "hook-shape",
    severity: "error",
    message: `Cannot use "${main.path}": ${why}`,
    ...(hint !== undefined && { hint }),
    position,
  });
  const place = placeOfDefault(main, scan);
  switch (shape.kind) {
    case "none":
      return [issue(`it has no default export, ${EXPECTED}`, place)];
    case "other":
      return [issue(`its default export is ${shape.found}, ${EXPECTED}`, place)];
    case "object": {
      const wrong = Object.entries(shape.members).flatMap(([key, type]) => {
        const fault = judgeMember(key, type);
        return fault ? [issue(fault.why, placeOf(key, main, scan), fault.hint)] : [];
      });
      const isEmpty = HANDLERS.every((name) => shape.members[name] !== "function");
      return isEmpty && wrong.length === 0
        ? [issue(`its default export has no handler, ${EXPECTED}`, place)]
        : wrong;
    }
    default:
      return shape satisfies never;
  }
}

function judgeMember(
  key: string,
  type: string,
): { readonly why: string; readonly hint?: string } | undefined {
  if (!HANDLERS.some((name) => name === key)) {
    const near = suggest(key, HANDLERS);
    const why = `"${key}" is no handler, expected ${HANDLERS.join(" or ")}`;
    return near === undefined ? { why } : { why, hint: `Did you mean "${near}"?` };
  }
  return type === "function"
    ? undefined
    : { why: `"${key}" is of type ${type}, expected a function` };
}

function placeOf(key: string, file: SourceFile, scan: ModuleScan): SourcePosition {
  const offset = scan.offsetOf(key);
  return offset === undefined
    ? placeOfDefault(file, scan)
    : positionAt(file.text, offset, file.name);
}

function placeOfDefault(file: SourceFile, { defaultOffset }: ModuleScan): SourcePosition {
  return defaultOffset === undefined
    ? startOf(file)
    : positionAt(file.text, defaultOffset, file.name);
}

function startOf({ name }: SourceFile): SourcePosition {
  return { file: name, line: 1, column: 1 };
}

function mainFile({ files }: ModuleCopy): SourceFile {
  const [main] = files;
  if (!main) throw new RangeError("A module has at least one file");
  return main;
}
