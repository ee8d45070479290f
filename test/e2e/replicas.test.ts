/** Leader election as a user meets it: the rights that it needs, and what is said without an election. */
import { beforeAll, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../support/built-ork.ts";
import type { Cluster, CrdManifest, PolicyRule } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

const katalog = join(import.meta.dir, "fixtures/why");
/** What the Katalog itself needs. */
const OWN: readonly PolicyRule[] = [
  { apiGroups: ["why.test"], resources: ["lamps", "lamps/status"], verbs: ["*"] },
  { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["*"] },
  {
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    verbs: ["get"],
  },
];

/** The rules of the Role that the page shows, apart from what it calls optional. */
async function documentedRules(): Promise<readonly PolicyRule[]> {
  const page = await readFile(join(ROOT, "docs/high-availability.md"), "utf8");
  const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const role = yaml.split(/^---$/m).find((text) => text.includes("kind: Role"));
  const { rules } = Bun.YAML.parse(role ?? "") as { rules: readonly PolicyRule[] };
  return rules.filter(({ verbs }) => verbs.join() !== "watch");
}

describeWithCluster("replicas", {
  tests(cluster) {
    let namespace: string;
    beforeAll(async () => {
      namespace = await cluster().newNamespace("replicas");
      const text = await readFile(join(katalog, "lamp-crd.yaml"), "utf8");
      await cluster().installCrd(Bun.YAML.parse(text) as CrdManifest);
    });

    async function run(kubeconfig: string, ...args: string[]): Promise<OrkProcess> {
      const place = ["--lease-namespace", namespace, "--listen", "127.0.0.1:0"];
      const log = ["--log-format", "json"];
      return OrkProcess.start([
        ...["run", "-f", katalog, "--kubeconfig", kubeconfig, ...place, ...log, ...args],
      ]);
    }

    test("without rights on leases it is never ready, and says what is missing", async () => {
      const kubeconfig = await account(cluster(), { name: "poor", namespace, rules: [] });
      await using ork = await run(kubeconfig, "--leader-elect");
      const told = await ork.eventually("it tells", () =>
        ork.log.find(({ message }) => message.startsWith("Cannot hold or read the Lease")),
      );
      expect(told["reason"]).toContain('"leases" in API group "coordination.k8s.io"');
      await ork.eventually("its caches are warm", () =>
        ork.log.some(({ message }) => message === "Standing by"),
      );
      expect((await ork.view("/ready")).status).toBe(503);
      expect((await ork.view("/health")).status).toBe(200);
      const { leaderElection } = (await ork.view("/katalog")).body;
      expect(leaderElection).toMatchObject({ state: "standby", holder: "" });
      expect(JSON.stringify(leaderElection)).toContain("forbidden");
    });

    test("the rights of the documentation are enough, also without watching", async () => {
      const rules = await documentedRules();
      const kubeconfig = await account(cluster(), { name: "fair", namespace, rules });
      await using ork = await run(kubeconfig, "--leader-elect");
      await ork.untilReady();
      await untilLeading(ork);
      expect(ork.stderr).not.toContain("forbidden");
      expect(await ork.stop()).toBe(0);
    });

    test("one that works without an election says when another one leads its Katalog", async () => {
      const kubeconfig = cluster().kubeconfig("operator");
      await using leader = await run(kubeconfig, "--leader-elect");
      await untilLeading(leader);
      await using alone = await run(kubeconfig);
      const warning = await alone.eventually("it warns", () =>
        alone.log.find(({ message }) => message.startsWith("Another process leads this Katalog")),
      );
      expect(warning).toMatchObject({
        level: "warn",
        lease: `${namespace}/orkestra-konductor`,
      });
      await leader.stop();
      await using next = await run(kubeconfig);
      await next.untilReady();
      expect(next.stderr).not.toContain("Another process leads");
    });

    test("times that contradict each other are refused before anything is done", async () => {
      const args = ["--leader-elect", "--lease-duration", "5s"];
      const { code, stderr } = await orkOnce(["run", "-f", katalog, ...args]);
      expect(code).toBe(2);
      expect(stderr).toContain('"--renew-deadline" is 10000 ms, expected less than');
    });
  },
});

/** A standby is ready, too. */
function untilLeading(ork: OrkProcess): Promise<unknown> {
  return ork.eventually("it leads", async () => {
    return (await ork.view("/health")).body["leaderElection"] === "leading";
  });
}

function account(
  cluster: Cluster,
  {
    name,
    namespace,
    rules,
  }: { readonly name: string; readonly namespace: string; readonly rules: readonly PolicyRule[] },
): Promise<string> {
  return cluster.serviceAccount({ name, namespace, rules, clusterRules: OWN });
}
