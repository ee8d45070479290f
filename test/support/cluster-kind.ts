/** A new cluster of kind (https://kind.sigs.k8s.io) in Docker, deleted when it is disposed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachCluster } from "./cluster-attached.ts";
import type { Cluster } from "./cluster-client.ts";
import type { ClusterOptions } from "./cluster-options.ts";

export async function startKindCluster(options: ClusterOptions): Promise<Cluster> {
  if (Bun.which("kind") === null) throw new Error(`Cannot start kind: "kind" is not in PATH`);
  const folder = await mkdtemp(join(tmpdir(), "orkestra-kind-"));
  const kubeconfigPath = join(folder, "kubeconfig");
  const name = `orkestra-test-${process.pid}-${Date.now().toString(36)}`;
  const close = async () => {
    await kind(["delete", "cluster", `--name=${name}`, `--kubeconfig=${kubeconfigPath}`]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const where = [`--name=${name}`, `--kubeconfig=${kubeconfigPath}`];
    await kind(["create", "cluster", ...where, "--wait=120s"]);
    return await attachCluster({ kubeconfigPath, options, provider: "kind", close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function kind(args: string[]): Promise<void> {
  const child = Bun.spawn(["kind", ...args], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`kind ${args[0]} failed: ${errors.trim()}`);
}
