/**
 * The sandbox as a server of tests: `ork sandbox` in a process of its own, seen through the same door as
 * every other cluster. It ends with the test process, however that ends.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtOrk } from "./built-ork.ts";
import { Cluster } from "./cluster-client.ts";
import { eventually } from "./eventually.ts";
import { startServer } from "./server-process.ts";

/** The one piece of state that test files share. */
let ofThisProcess: Promise<Cluster> | undefined;

/** For test files. Nobody disposes it: the end of the process does. */
export function sharedSandbox(): Promise<Cluster> {
  ofThisProcess ??= startSandboxProcess();
  return ofThisProcess;
}

/** A sandbox of a test's own: `await using sandbox = await startSandboxProcess()`. */
export async function startSandboxProcess(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), "orkestra-sandbox-test-"));
  const kubeconfig = join(folder, "sandbox.kubeconfig");
  const server = startServer({
    command: (await builtOrk()).executable,
    args: ["sandbox", "--write-kubeconfig", kubeconfig],
    logPath: join(folder, "sandbox.log"),
    leashed: false,
  });
  const address = await eventually("the sandbox serves", async () => {
    const failure = server.ended();
    if (failure !== undefined) return { failure };
    const { clusters } = (await Bun.file(kubeconfig).json()) as Kubeconfig;
    return { url: clusters[0].cluster.server };
  });
  if ("failure" in address) throw new Error(`Cannot start a sandbox: ${address.failure}`);
  // It asks nobody who he is.
  const anybody = { kind: "token", token: "anybody" } as const;
  const close = async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  return new Cluster(
    {
      provider: "sandbox",
      server: address.url,
      ca: "",
      users: { admin: anybody, operator: anybody },
      kubectlPath: "kubectl",
      folder,
      features: { controllers: true, pods: true, audit: false },
    },
    close,
  );
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string } }];
}
