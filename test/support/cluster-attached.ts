/**
 * An existing cluster as a `Cluster`. kubectl reads its kubeconfig, so that every way to log in works;
 * tests then act as service accounts with tokens, which every cluster has.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "./cluster-client.ts";
import type { ClusterOptions } from "./cluster-options.ts";
import { findControlPlane } from "./controlplane-build.ts";
import type { Credential } from "./kubeconfig.ts";
import { outputOf } from "./process-output.ts";

export interface AttachOptions {
  readonly kubeconfigPath: string;
  readonly options: ClusterOptions;
  readonly provider?: string;
  /** Ends what was started for this cluster. */
  readonly close?: () => Promise<void>;
}

const NAMESPACE = "orkestra-test";
const POWERFUL_USERS = ["admin", "operator", "floor"];

export async function attachCluster(attach: AttachOptions): Promise<Cluster> {
  const { kubeconfigPath, options, provider = "kubeconfig", close } = attach;
  if (options.audit) {
    throw new Error(
      `Cannot count requests on provider "${provider}": its audit log is out of reach`,
    );
  }
  const kubectlPath = findControlPlane(options.env ?? process.env)?.kubectl ?? Bun.which("kubectl");
  if (kubectlPath === null) {
    throw new Error(`Cannot use provider "${provider}": "kubectl" is not in PATH`);
  }
  const run = (args: string[]) => kubectl([kubectlPath, `--kubeconfig=${kubeconfigPath}`, ...args]);
  const config = JSON.parse(
    await run(["config", "view", "--raw", "--flatten", "--minify", "-o", "json"]),
  ) as KubeconfigCluster;
  const entry = config.clusters[0]?.cluster;
  if (entry === undefined) throw new Error(`Cannot read "${kubeconfigPath}": it has no cluster`);
  const folder = await mkdtemp(join(tmpdir(), "orkestra-cluster-"));
  const authority = entry["certificate-authority-data"] ?? "";
  return new Cluster(
    {
      provider,
      server: entry.server,
      ca: Buffer.from(authority, "base64").toString(),
      users: await makeUsers(run),
      kubectlPath,
      folder,
      features: { controllers: true, pods: true, audit: false },
    },
    async () => {
      await close?.();
      await rm(folder, { recursive: true, force: true });
    },
  );
}

/** Running it twice changes nothing, so that an existing cluster can be used again and again. */
async function makeUsers(
  run: (args: string[]) => Promise<string>,
): Promise<Record<string, Credential>> {
  const users: Record<string, Credential> = {};
  await ensure(run, ["create", "namespace", NAMESPACE]);
  for (const name of [...POWERFUL_USERS, "nobody"]) {
    await ensure(run, ["create", "serviceaccount", name, `--namespace=${NAMESPACE}`]);
    if (name !== "nobody") {
      const subject = `--serviceaccount=${NAMESPACE}:${name}`;
      const binding = `orkestra-test-${name}`;
      await ensure(run, [
        "create",
        "clusterrolebinding",
        binding,
        "--clusterrole=cluster-admin",
        subject,
      ]);
    }
    const request = ["create", "token", name, `--namespace=${NAMESPACE}`, "--duration=8h"];
    users[name] = { kind: "token", token: (await run(request)).trim() };
  }
  return users;
}

async function ensure(run: (args: string[]) => Promise<string>, args: string[]): Promise<void> {
  try {
    await run(args);
  } catch (error) {
    if (!/already ?exists/i.test(String(error))) throw error;
  }
}

async function kubectl(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const { stdout: output, stderr: errors, code } = await outputOf(child);
  if (code !== 0) throw new Error(`kubectl ended with ${code}: ${errors.trim()}`);
  return output;
}

interface KubeconfigCluster {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data"?: string };
  }[];
}
