/**
 * The service account of the pod that we run in. Its token is a file that the kubelet replaces
 * before it expires (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/), so it
 * is named here and read when credentials are.
 */
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { ClusterEntry, UserEntry } from "./kubeconfig.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Where all this comes from, for people. */
export const SERVICE_ACCOUNT = "the service account of this pod";

export interface ServiceAccount {
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  readonly namespace?: string;
  readonly description: string;
}

/** `undefined` outside a pod, or in one whose token is not mounted. */
export async function findServiceAccount(
  env: Readonly<Record<string, string | undefined>>,
  folder = FOLDER,
): Promise<ServiceAccount | undefined> {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"];
  if (!host || !port || (await readOptional(join(folder, "token"))) === undefined) return undefined;
  const namespace = (await readOptional(join(folder, "namespace")))?.trim();
  return {
    cluster: {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      ca: { kind: "file", path: join(folder, "ca.crt") },
      isInsecure: false,
    },
    user: { name: "service account", token: { kind: "file", path: join(folder, "token") } },
    ...(namespace && { namespace }),
    description: SERVICE_ACCOUNT,
  };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw new Error(`Cannot read the service account from "${path}"`, { cause: error });
  }
}
