/**
 * Settings of the language that this build knows and does not act on, as data. The rule
 * (`katalog.md` section 1): an error when children, status or deletion would come out differently
 * without the setting, a notice when it only concerns something else. Never silence.
 *
 * Paths are canonical; `*` stands for any key or index. First matching row wins.
 */
import { CHILD_KEYS, isChildKey, LANGUAGE_KINDS } from "./child-keys.ts";

export interface UnsupportedSetting {
  readonly path: string;
  readonly verdict: "error" | "notice";
  /** What is missing and, where there is one, the way round it: ends the sentence of the issue. */
  readonly say: string;
  /** Only these values are meant; any other is fine. */
  readonly when?: (text: string | undefined) => boolean;
  /** Needs compiled Go code: `--skip-unsupported` leaves the CRD entry out. */
  readonly isCode?: true;
  /** The whole block around the setting goes with it. */
  readonly takesBlock?: true;
}

const NOT_YET = "this build does not support it yet";
const NO_CROSS = "no CRD of this build reads another";
const OTHER_PROCESS = "it concerns another process";

const PHASES = ["onCreate", "onReconcile", "onDelete", "onDelete.groups.*"].map(
  (phase) => `operatorBox.reconcile.${phase}`,
);

/** The one place of calls that this build makes. */
const EXTERNAL = "operatorBox.reconcile.onDelete.external";

export const UNSUPPORTED: readonly UnsupportedSetting[] = [
  ...rows("error", "only kind Komposer imports Katalogs", ["imports"]),
  ...rows("error", NOT_YET, ["notes", "profiles", "providers"]),
  ...rows("error", NOT_YET, ["spec.imports"]),
  ...rows("error", NOT_YET, ["security.deletionProtection", "security.namespaceProtection"]),
  ...rows("notice", OTHER_PROCESS, [
    "gateway",
    "notification",
    "publish",
    "serve",
    "security",
    "endpoints",
  ]),
  ...rows("notice", "it concerns who imports this Katalog", ["lifecycle", "metadata.deprecation"]),
  ...rows("notice", NO_CROSS, ["crossAccess"]),
  ...entry("notice", OTHER_PROCESS, ["serve", "endpoints", "admission.webhooks"]),
  ...entry("notice", "it concerns who imports this Katalog", ["lifecycle"]),
  ...entry("notice", NO_CROSS, ["crossAccess"]),
  ...entry("notice", "this build emits its own events only", ["operatorBox.emit.events"]),
  ...entry("notice", "the queue of this build drops nothing", [
    "operatorBox.reconcile.queue.behaviour",
    "operatorBox.reconcile.queue.behavior",
  ]),
  ...entry("notice", "only code in Go uses it", [
    "apiTypes.object",
    "apiTypes.objectList",
    "apiTypes.alias",
  ]),
  {
    path: "spec.crds.*.apiTypes.location",
    verdict: "error",
    say: "types compiled from Go cannot be loaded here: give group, version, kind and plural",
    isCode: true,
  },
  {
    path: "spec.crds.*.operatorBox.reconcile.hooks.location",
    verdict: "error",
    say: "hooks in Go cannot run here: write them in TypeScript and name the file with hooks.module",
    isCode: true,
    takesBlock: true,
  },
  {
    path: "spec.crds.*.operatorBox.reconcile.constructor.location",
    verdict: "error",
    say: "a reconciler in Go cannot run here: write it in TypeScript and name the file with constructor.module",
    isCode: true,
    takesBlock: true,
  },
  ...entry("error", NOT_YET, [
    "setup",
    "enrich",
    "enrichAll",
    "admission.validation",
    "admission.mutation",
    "admission.conversion",
    "operatorBox.reconcile.profile",
    "operatorBox.reconcile.providers",
    "operatorBox.reconcile.include",
    "operatorBox.providers",
    "operatorBox.observe.cross",
    "operatorBox.observe.watch",
    "operatorBox.observe.events",
    "operatorBox.preReconcile.sentinels",
    "operatorBox.preReconcile.enqueueGate",
    "operatorBox.preReconcile.reconcileGate",
    "operatorBox.preReconcile.external",
    "operatorBox.emit.status.include",
    "operatorBox.reconcile.normalize.audit",
    "operatorBox.reconcile.normalize.include",
    "operatorBox.rollBackOnError",
    "operatorBox.rollback",
    "operatorBox.runtime.removeFinalizers",
    "operatorBox.runtime.deletionProtection",
    "operatorBox.runtime.restrictedNamespaces",
    "operatorBox.runtime.autoscale",
    "operatorBox.runtime.cleanup",
    "operatorBox.runtime.ignoreStatusPatch",
    "operatorBox.runtime.ignoreObservedGeneration",
  ]),
  ...PHASES.flatMap((phase) =>
    entry(
      "error",
      NOT_YET,
      ["external", "git", "docker", "include"]
        .filter((key) => `${phase}.${key}` !== EXTERNAL)
        .map((key) => `${phase}.${key}`),
    ),
  ),
  ...PHASES.flatMap((phase) =>
    entry(
      "error",
      `this build does not make them yet; it makes ${CHILD_KEYS.filter((key) => key !== "custom").join(", ")}, and custom makes any kind`,
      Object.keys(LANGUAGE_KINDS)
        .filter((key) => !isChildKey(key))
        .map((key) => `${phase}.${key}`),
    ),
  ),
];

/** Kinds of documents that the language has and this build does not run. */
export const UNSUPPORTED_KINDS: readonly string[] = ["E2E", "Simulate"];

function rows(
  verdict: UnsupportedSetting["verdict"],
  say: string,
  paths: readonly string[],
): UnsupportedSetting[] {
  return paths.map((path) => ({ path, verdict, say }));
}

function entry(
  verdict: UnsupportedSetting["verdict"],
  say: string,
  paths: readonly string[],
): UnsupportedSetting[] {
  return rows(
    verdict,
    say,
    paths.map((path) => `spec.crds.*.${path}`),
  );
}
