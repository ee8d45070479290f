/**
 * Every case against the sandbox, and again against a real kube-apiserver with the same answers
 * expected, word for word, after masking what differs from run to run. Without a real Kubernetes
 * the second half is skipped, loudly.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { findControlPlane } from "../support/controlplane-build.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { crudCases } from "./cases/crud.ts";
import { customCases } from "./cases/custom.ts";
import { deleteCases } from "./cases/delete.ts";
import { discoveryCases } from "./cases/discovery.ts";
import { kubectlCases } from "./cases/kubectl.ts";
import { listCases } from "./cases/list.ts";
import { nameCases } from "./cases/names.ts";
import { ownershipCases } from "./cases/ownership.ts";
import { patchCases } from "./cases/patch.ts";
import { tableCases } from "./cases/table.ts";
import { watchCases } from "./cases/watch.ts";
import { workloadCases } from "./cases/workload.ts";
import { type ConformanceServer, realServer, runCase, sandboxServer } from "./servers.ts";

const GROUPS = {
  crud: crudCases,
  names: nameCases,
  patch: patchCases,
  ownership: ownershipCases,
  list: listCases,
  watch: watchCases,
  delete: deleteCases,
  custom: customCases,
  discovery: discoveryCases,
  table: tableCases,
  workload: workloadCases,
};
const CASE_TIMEOUT_MS = 60_000;

const cases = Object.entries(GROUPS).flatMap(([group, members]) =>
  members.map((one) => ({ title: `${group}: ${one.name}`, one, needsKubectl: false })),
);
const withKubectl = kubectlCases.map((one) => ({
  title: `kubectl: ${one.name}`,
  one,
  needsKubectl: true,
}));

let sandbox: ConformanceServer | undefined;
const transcripts = new Map<string, Promise<readonly unknown[]>>();

/** The sandbox's transcript, taken once for both halves. */
function ofSandbox({ title, one }: (typeof cases)[number]): Promise<readonly unknown[]> {
  if (sandbox === undefined) throw new Error("The sandbox is not running");
  const known = transcripts.get(title) ?? runCase(sandbox, one);
  transcripts.set(title, known);
  return known;
}

beforeAll(async () => {
  sandbox = await sandboxServer(
    findControlPlane(process.env)?.kubectl ?? Bun.which("kubectl") ?? undefined,
  );
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
});

describe("sandbox", () => {
  for (const one of cases) {
    test(
      one.title,
      async () => {
        expect((await ofSandbox(one)).length).toBeGreaterThan(0);
      },
      CASE_TIMEOUT_MS,
    );
  }
});

describeWithCluster("conformance of the sandbox with a real kube-apiserver", {
  needs: ["controllers", "pods"],
  tests: (cluster) => {
    let real: ConformanceServer | undefined;
    beforeAll(async () => {
      real = await realServer(cluster());
    }, CASE_TIMEOUT_MS);
    afterAll(async () => {
      await real?.[Symbol.asyncDispose]();
    });
    for (const one of [...cases, ...withKubectl]) {
      test(
        one.title,
        async () => {
          if (real === undefined) throw new Error("The real server is not prepared");
          const [expected, actual] = await Promise.all([runCase(real, one.one), ofSandbox(one)]);
          expect(actual).toEqual([...expected]);
        },
        CASE_TIMEOUT_MS,
      );
    }
  },
});
