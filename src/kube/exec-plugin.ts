/**
 * Credentials of a program that a kubeconfig names: `aws eks get-token`, `kubelogin` … Running it and keeping its
 * token is done by `@kubernetes/client-node`; told here is how it failed, with what it printed, less any secret.
 *
 * Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { systemFault } from "../std/system-fault.ts";
import { redactOutput } from "../telemetry/redact-output.ts";
import type { ClusterEntry, ExecPlugin, UserEntry } from "./kubeconfig.ts";
import { LoginError } from "./login-error.ts";

/** Authentication plugins write headers and certificate into this. */
export interface PluginOutput {
  headers: Record<string, string>;
  cert?: string;
  key?: string;
}

/** `isForced`: what it gave before was refused. */
export type Plugin = (isForced: boolean) => Promise<PluginOutput>;

export interface ExecPluginOptions {
  readonly user: UserEntry;
  readonly cluster: ClusterEntry;
  readonly exec: ExecPlugin;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @throws LoginError, of the plugin, when the program is not there, fails or gives no credentials. */
export async function execPlugin({ user, cluster, exec, env }: ExecPluginOptions): Promise<Plugin> {
  const { ExecAuth } = await import("@kubernetes/client-node/dist/exec_auth.js");
  const variables = [
    ...Object.entries(env).map(([name, value]) => ({ name, value: value ?? "" })),
    ...exec.env,
    { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(execInfo(exec, cluster)) },
  ];
  const { command } = exec;
  const entry = { name: user.name, exec: { command, args: [...exec.args], env: variables } };
  const ending: Ending = {};
  const create = () => {
    const auth = new ExecAuth();
    // How the program ended is known to nobody else.
    Object.assign(auth, { execFn: watched(ending) });
    return auth;
  };
  let auth = create();
  return async (isForced) => {
    // A new instance has nothing cached.
    if (isForced) auth = create();
    const output: PluginOutput = { headers: {} };
    try {
      await auth.applyAuthentication(entry, output as never);
    } catch (cause) {
      // It keeps what it could not use, and would not run the program again.
      auth = create();
      throw pluginError(cause, { user, exec, ending });
    }
    if (output.headers["Authorization"] || (output.cert && output.key)) return output;
    auth = create();
    const title = titleOf(user, exec);
    throw new LoginError(`${title} gave neither a token nor a client certificate with its key`);
  };
}

/** How the last run of the program ended. */
interface Ending {
  code?: number | null;
  signal?: string | null;
}

function watched(ending: Ending) {
  return (command: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
    const program = spawn(command, args, options);
    program.once("exit", (code, signal) => Object.assign(ending, { code, signal }));
    return program;
  };
}

function titleOf({ name }: UserEntry, { command }: ExecPlugin): string {
  return `exec plugin "${command}" of user "${name}"`;
}

interface FailedPlugin {
  readonly user: UserEntry;
  readonly exec: ExecPlugin;
  readonly ending: Ending;
}

function pluginError(cause: unknown, { user, exec, ending }: FailedPlugin): LoginError {
  const title = titleOf(user, exec);
  const { code } = cause as { readonly code?: unknown };
  if (code === "ENOENT") {
    const problem = `${title} is not installed: there is no such program`;
    const isPath = exec.command.includes("/");
    const hint = isPath ? "Install it there, or look at how it is spelled" : undefined;
    const told = exec.installHint?.trim() || hint;
    return new LoginError(problem, { cause, ...(told && { hint: told }) });
  }
  const fault = systemFault(cause);
  // Engines quote what is no JSON, which may be the token itself, so that it is no cause to show.
  if (cause instanceof SyntaxError || cause instanceof TypeError) {
    return new LoginError(`${title} printed no ExecCredential: expected JSON with a status`);
  }
  if (fault !== undefined) {
    return new LoginError(`${title} cannot be started: ${fault.words}`, { cause });
  }
  const said = cause instanceof Error ? redactOutput(cause.message) : "";
  const failed = `${title} failed with ${endingText(ending)}`;
  if (said === "") return new LoginError(failed);
  return new LoginError(`${failed}: ${firstLine(said)}`, { cause: new Error(said) });
}

function endingText({ code, signal }: Ending): string {
  return signal ? `signal ${signal}` : `exit code ${code ?? "unknown"}`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** What the program may know of its caller. */
function execInfo(exec: ExecPlugin, cluster: ClusterEntry): object {
  const ca = cluster.ca?.kind === "inline" ? cluster.ca.text : undefined;
  return {
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(exec.providesClusterInfo && {
        cluster: {
          server: cluster.server,
          ...(cluster.serverName && { "tls-server-name": cluster.serverName }),
          ...(cluster.isInsecure && { "insecure-skip-tls-verify": true }),
          ...(ca && { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
        },
      }),
    },
  };
}
