/**
 * What a stranger does first, without a cluster: `npm run demo`, and `ork run --sandbox` with kubectl.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { ROOT } from "../support/built-ork.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { OrkProcess } from "../support/ork-process.ts";
import { outputOf } from "../support/process-output.ts";

const LONGEST_MS = 60_000;

test(
  "the demo without a terminal says each step, shows that it happened, and ends with 0",
  async () => {
    const foldersBefore = await demoFolders();
    const started = performance.now();
    const child = Bun.spawn(["node", "scripts/bootstrap.mjs", "demo"], {
      cwd: ROOT,
      env: { ...process.env, FORCE_COLOR: undefined },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: 2 * LONGEST_MS,
    });
    const { stdout, stderr, code } = await outputOf(child);
    expect({ code, stderr: withoutDownloads(stderr) }).toEqual({ code: 0, stderr: "" });
    // What had to be downloaded first is told apart.
    expect(performance.now() - started - downloadMs(stderr)).toBeLessThan(LONGEST_MS);
    const steps = [...stdout.matchAll(/^(\d+\. .+)\n {2}\$ (\w+)/gm)].map(
      ([, title, tool]) => `${title} (${tool})`,
    );
    expect(steps).toEqual([
      "1. Start ork with its built-in API server (ork)",
      "2. Create a Website (kubectl)",
      "3. Edit it: three replicas (kubectl)",
      "4. Delete a child behind its back (kubectl)",
      "5. Delete the Website (kubectl)",
    ]);
    for (const shown of [
      "Website/hello               default  ✓ ready",
      "├─ ConfigMap/hello-content  default  ✓ ready",
      "├─ Deployment/hello         default  ✓ ready 2/2",
      "├─ Deployment/hello         default  ✓ ready 3/3",
      "It came back as a new Deployment after",
      "Its finalizer held it until the cleanup was done",
      "All steps happened",
      "What to try next",
    ]) {
      expect(stdout).toContain(shown);
    }
    // After the edit, and after the deletion behind its back.
    expect(stdout.split("Deployment/hello         default  ✓ ready 3/3")).toHaveLength(3);
    expect(stdout).not.toContain("\u001b[");
    expect(await demoFolders()).toEqual(foldersBefore);
  },
  2 * LONGEST_MS,
);

describeWithCluster("kubectl on the sandbox", {
  tests(cluster) {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "ork-sandbox-test-"));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    test.each([
      ["website", "website.yaml", ["website/hello"]],
      ["fleet", "fleet.yaml", ["fleet/shop"]],
      ["platform", "resources.yaml", ["database/orders", "cache/sessions", "application/orders"]],
      ["monitoring", "monitor.yaml", ["monitor/checkout"]],
      ["tenant", "tenant.yaml", ["tenant/rocket"]],
    ])(
      "applies, sees, edits and deletes what is in examples/%s",
      async (name, manifest, resources) => {
        const kubeconfig = join(folder, `${name}.kubeconfig`);
        const args = ["-f", `examples/${name}`, "--sandbox", "--sandbox-kubeconfig", kubeconfig];
        await using ork = await OrkProcess.serve(args);
        const kubectl = (...words: string[]) =>
          cluster().kubectl(["--kubeconfig", kubeconfig, ...words]);
        const namespace = name === "tenant" ? "team-rocket" : "default";
        const file = join(ROOT, "examples", name, manifest);
        await eventually("the manifest is applied", () => kubectl("apply", "-f", file));
        for (const resource of resources) {
          await kubectl(
            "wait",
            "-n",
            namespace,
            "--for=condition=Ready",
            resource,
            "--timeout=30s",
          );
          expect(await kubectl("describe", "-n", namespace, resource)).toContain("Reconciled");
        }
        const [first = ""] = resources;
        const [type = "", own = ""] = first.split("/");
        expect(await kubectl("get", "-n", namespace, type)).toMatch(
          new RegExp(`^NAME .*\\n${own} `),
        );
        await kubectl("label", "-n", namespace, first, "mine=yes");
        // Deletion runs through the finalizer; of an Application through its export Job.
        await kubectl("delete", "-n", namespace, ...[...resources].reverse(), "--timeout=30s");
        await eventually("the children are gone", async () => {
          const selector = "app.kubernetes.io/managed-by=orkestra";
          const left = await kubectl(
            "get",
            "-n",
            namespace,
            "deployments,services,configmaps,secrets,jobs",
            "-l",
            selector,
            "-o",
            "name",
          );
          return left === "";
        });
        expect(ork.log.filter(({ level }) => level === "error")).toEqual([]);
        expect(await ork.stop()).toBe(EXIT.ok);
      },
    );
  },
});

test(
  "the demo takes its folder along when its terminal is closed",
  async () => {
    const before = await demoFolders();
    const child = Bun.spawn(["bun", "scripts/demo.ts"], {
      cwd: ROOT,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      timeout: LONGEST_MS,
    });
    for await (const chunk of child.stdout) if (Buffer.from(chunk).includes("1. Start ork")) break;
    expect(await demoFolders()).not.toEqual(before);
    child.kill("SIGHUP");
    expect(await child.exited).toBe(129);
    expect(await demoFolders()).toEqual(before);
  },
  2 * LONGEST_MS,
);

async function demoFolders(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("ork-demo-")).sort();
}

const DOWNLOADS = /^Downloading .*\n|^Downloads took ([\d.]+) s .*\n\n?/gm;

function withoutDownloads(stderr: string): string {
  return stderr.replaceAll(DOWNLOADS, "");
}

function downloadMs(stderr: string): number {
  return [...stderr.matchAll(DOWNLOADS)].reduce(
    (sum, [, seconds = "0"]) => sum + Number(seconds) * 1000,
    0,
  );
}
