/**
 * From a user entry of a kubeconfig to credentials. Exec plugins and OpenID Connect go through
 * `@kubernetes/client-node`, loaded only when a user needs it: its OpenID client alone costs more
 * start-up time and memory than the rest of this program.
 */
import { readFile } from "node:fs/promises";
import type { Clock } from "../std/clock.ts";
import { CredentialCache, type CredentialSource, type Credentials } from "./credentials.ts";
import type { ClusterEntry, ExecPlugin, Material, UserEntry } from "./kubeconfig.ts";

/** Files are read again this often, as client-go does; a rotated token outlives its successor's birth. */
const FILE_FRESH_MS = 60_000;
const PLUGIN_TIMEOUT_MS = 60_000;

/** Authentication plugins write headers and certificate into this. */
interface PluginOutput {
  headers: Record<string, string>;
  cert?: string;
  key?: string;
}

type Plugin = (isForced: boolean) => Promise<PluginOutput>;

export interface UserCredentialsOptions {
  /** Read anew after a 401, in case a login command rewrote the kubeconfig. */
  readonly readUser: () => Promise<{ readonly user: UserEntry; readonly cluster: ClusterEntry }>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Credentials of a kubeconfig's user, kept current. */
export function userCredentials(options: UserCredentialsOptions): CredentialSource {
  let loaded: { user: UserEntry; cluster: ClusterEntry; plugin: Plugin | undefined } | undefined;
  return new CredentialCache({
    clock: options.clock,
    async load(isForced) {
      if (loaded === undefined || (isForced && loaded.plugin === undefined)) {
        const entry = await options.readUser();
        loaded = { ...entry, plugin: await choosePlugin(entry, options) };
      }
      const { user, cluster, plugin } = loaded;
      const credentials = await readCredentials(user, cluster);
      if (plugin === undefined) {
        return { credentials, freshForMs: hasFiles(user, cluster) ? FILE_FRESH_MS : Infinity };
      }
      const output = await withDeadline(plugin(isForced), user);
      const headers = { ...output.headers, ...credentials.headers };
      // The plugin itself knows when its token ends and answers at once until then.
      return { credentials: { ...credentials, ...output, headers }, freshForMs: 0 };
    },
  });
}

async function readCredentials(user: UserEntry, cluster: ClusterEntry): Promise<Credentials> {
  const headers: Record<string, string | readonly string[]> = {};
  if (user.basic !== undefined) {
    const pair = `${user.basic.username}:${user.basic.password}`;
    headers["Authorization"] = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  if (user.token !== undefined) {
    headers["Authorization"] = `Bearer ${(await readMaterial(user.token, "token")).trim()}`;
  }
  if (user.asUser !== undefined) headers["Impersonate-User"] = user.asUser;
  if (user.asGroups?.length) headers["Impersonate-Group"] = user.asGroups;
  const ca = cluster.ca && (await readMaterial(cluster.ca, "certificate authority"));
  const cert = user.cert && (await readMaterial(user.cert, "client certificate"));
  const key = user.key && (await readMaterial(user.key, "client key"));
  return { headers, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function readMaterial(material: Material, what: string): Promise<string> {
  if (material.kind === "inline") return material.text;
  try {
    return await readFile(material.path, "utf8");
  } catch (cause) {
    throw new Error(`Cannot read the ${what} from "${material.path}"`, { cause });
  }
}

function hasFiles(user: UserEntry, cluster: ClusterEntry): boolean {
  const materials = [user.cert, user.key, user.token, cluster.ca];
  return materials.some((material) => material?.kind === "file");
}

async function choosePlugin(
  { user, cluster }: { readonly user: UserEntry; readonly cluster: ClusterEntry },
  { env }: Pick<UserCredentialsOptions, "env">,
): Promise<Plugin | undefined> {
  // An explicit token wins over what would fetch one, as in kubectl.
  if (user.token !== undefined) return undefined;
  if (user.exec !== undefined) return execPlugin({ user, cluster, exec: user.exec, env });
  if (user.authProvider === undefined) return undefined;
  const { name, config } = user.authProvider;
  if (name === "oidc") return oidcPlugin(user, config);
  throw new Error(
    `Cannot authenticate as user "${user.name}": auth provider "${name}" was removed from Kubernetes, use its exec plugin`,
  );
}

async function execPlugin({
  user,
  cluster,
  exec,
  env,
}: {
  readonly user: UserEntry;
  readonly cluster: ClusterEntry;
  readonly exec: ExecPlugin;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<Plugin> {
  const { ExecAuth } = await import("@kubernetes/client-node/dist/exec_auth.js");
  const variables = [
    ...Object.entries(env).map(([name, value]) => ({ name, value: value ?? "" })),
    ...exec.env,
    { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(execInfo(exec, cluster)) },
  ];
  const entry = {
    name: user.name,
    exec: { command: exec.command, args: [...exec.args], env: variables },
  };
  let auth = new ExecAuth();
  return async (isForced) => {
    // A new instance has nothing cached.
    if (isForced) auth = new ExecAuth();
    const output: PluginOutput = { headers: {} };
    try {
      await auth.applyAuthentication(entry, output as never);
    } catch (cause) {
      const isMissing = (cause as { code?: unknown }).code === "ENOENT";
      const problem = isMissing ? "is not installed" : "failed";
      const hint = isMissing && exec.installHint ? `. ${exec.installHint}` : "";
      throw new Error(
        `Cannot authenticate as user "${user.name}": exec plugin "${exec.command}" ${problem}${hint}`,
        { cause },
      );
    }
    return output;
  };
}

/** The input of a plugin: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/. */
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

async function oidcPlugin(user: UserEntry, config: Record<string, string>): Promise<Plugin> {
  const { OpenIDConnectAuth } = await import("@kubernetes/client-node/dist/oidc_auth.js");
  const auth = new OpenIDConnectAuth();
  const entry = { name: user.name, authProvider: { name: "oidc", config } };
  return async (isForced) => {
    // In seconds since 1970: one that is long past makes it fetch a new token. The instance stays,
    // because it alone holds the refresh token that the provider gave last.
    if (isForced) Object.assign(auth, { currentTokenExpiration: 1 });
    const output: PluginOutput = { headers: {} };
    try {
      await auth.applyAuthentication(entry, output as never);
    } catch (cause) {
      throw new Error(
        `Cannot authenticate as user "${user.name}": identity provider "${config["idp-issuer-url"]}" gave no token`,
        { cause },
      );
    }
    return output;
  };
}

async function withDeadline<T>(work: Promise<T>, user: UserEntry): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const seconds = PLUGIN_TIMEOUT_MS / 1000;
      reject(new Error(`Cannot authenticate as user "${user.name}": no token within ${seconds} s`));
    }, PLUGIN_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
