/**
 * C2, all or nothing: whatever goes wrong with one import, of whatever kind, ends the start before the first
 * request to the cluster, with a message that names the import, its line and what to do. The faults: `faults.ts`.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { mapParallel } from "../../src/std/parallel.ts";
import { AuditLog } from "../support/audit-log.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { hasGit } from "../support/git-server.ts";
import { type OrkResult, orkOnce } from "../support/ork-process.ts";
import { SOURCE_KINDS, wordsOf } from "./fault-kinds.ts";
import { FaultSources } from "./fault-sources.ts";
import { faultsOf } from "./faults.ts";

/** Starts at once: most of them wait for nobody. */
const LANES = 4;
/** Of each kind. */
const LEAST = 20;
/** A start that goes on for so long is none that was refused. */
const LIFE_MS = 20_000;
/** Without git that is said. */
const KINDS = SOURCE_KINDS.filter((kind) => kind !== "git" || hasGit());

describeWithCluster("C2 all or nothing", {
  needs: ["audit"],
  tests(cluster) {
    let faults: FaultSources;
    let kubeconfig = "";
    let audit: AuditLog;
    let user = "";

    beforeAll(async () => {
      faults = await FaultSources.open();
      const namespace = await cluster().newNamespace("all-or-nothing");
      const name = "composer";
      const all = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
      kubeconfig = await cluster().serviceAccount({ name, namespace, clusterRules: [all] });
      user = `system:serviceaccount:${namespace}:${name}`;
      audit = new AuditLog(cluster().auditLogPath ?? "");
    }, 60_000);
    afterAll(() => faults?.[Symbol.asyncDispose]());

    async function requests() {
      // The log is written behind the answers.
      await Bun.sleep(300);
      return audit.take().filter((request) => request.user === user);
    }

    async function ork(command: readonly string[], text: string, flags: readonly string[]) {
      const { sources } = faults;
      const path = await sources.write(`komposer-${crypto.randomUUID()}.yaml`, text);
      const args = [...command, "-f", path, ...sources.flags, ...flags];
      return orkOnce(args, { lifeMs: LIFE_MS });
    }

    test("each source is read when nothing goes wrong", async () => {
      for (const kind of KINDS) {
        const { text } = await faults.good(kind);
        const { code, stderr } = await ork(["validate"], text, []);
        expect({ kind, code, stderr }).toMatchObject({ kind, code: EXIT.ok });
      }
    });

    test("what does not fit its pin is the server's fault, or that of the documents", async () => {
      for (const [kind, expected] of [
        ["http", EXIT.operational],
        ["file", EXIT.issues],
      ] as const) {
        const index = faultsOf(kind).findIndex(({ what }) => what === "a pin that does not fit");
        const { text, flags } = await faults.play(kind, index);
        expect([kind, (await ork(["validate"], text, flags)).code]).toEqual([kind, expected]);
      }
    });

    test.each(KINDS)(
      "every fault ends the start with no request to the cluster: %s",
      async (kind) => {
        const wanted = faultsOf(kind);
        expect(new Set(wanted.map(({ what }) => what)).size).toBe(wanted.length);
        expect(wanted.length).toBeGreaterThanOrEqual(LEAST);
        const start = ["run", "--listen", "0"];
        let hasRun = false;
        const problems = await mapParallel(wanted, LANES, async (fault, index) => {
          const { what } = fault;
          // Each of the others would take as long.
          if (hasRun) return [];
          const { text, named, flags } = await faults.play(kind, index);
          const cluster = ["--kubeconfig", kubeconfig];
          const result = await ork(start, text, [...cluster, ...flags]).catch((error: Error) => {
            hasRun = true;
            return { code: EXIT.ok, stdout: "", stderr: error.message };
          });
          return problemsOf(result, { named, says: wordsOf(fault, kind) }).map(
            (one) => `${what}: ${one}\n${result.stderr}`,
          );
        });
        console.info(`${kind}: ${wanted.length} faults`);
        expect(problems.flat()).toEqual([]);
        expect(await requests()).toEqual([]);
      },
      180_000,
    );
  },
});

/** What a refusal lacks. */
function problemsOf(
  { code, stderr }: OrkResult,
  { named, says }: { readonly named: string; readonly says: RegExp },
): readonly string[] {
  const issues = stderr.replace(/^\d+ (error|warning|notice).*\n$/m, "").split(/^(?=error: )/m);
  const [first = ""] = issues.filter((one) => one.startsWith("error: "));
  // What to do is the last line of an issue.
  const hint = first.trimEnd().split("\n").at(-1) ?? "";
  const wanted: readonly (readonly [string, boolean])[] = [
    [`exit code ${code}`, code === EXIT.issues || code === EXIT.operational],
    ["no error", first !== ""],
    [`not what was played, ${says}`, says.test(first)],
    ["the import is not named", stderr.includes(named)],
    ["no place in a document", /--> \S+:\d+:\d+/.test(first)],
    ["not where it is imported", /\bkomposer-[\w-]+\.yaml:\d+:\d+/.test(first)],
    ["not what to do", /^ {2}\S/.test(hint) && !hint.includes("-->")],
    ["a stack", !/^\s+at .*\(/m.test(stderr)],
  ];
  return wanted.filter(([, isRight]) => !isRight).map(([problem]) => problem);
}
