/**
 * From a user entry of a kubeconfig to credentials. Exec plugins and OpenID Connect go through
 * `@kubernetes/client-node`, loaded only when a user needs it: its OpenID client alone costs more
 * start-up time and memory than the rest of this program.
 */
import { readFile } from "node:fs/promises";
import type { Clock } from "../std/clock.ts";
import { systemFault } from "../std/system-fault.ts";
import { CredentialCache, type CredentialSource, type Credentials } from "./credentials.ts";
import type { Plugin } from "./exec-plugin.ts";
import type { ClusterEntry, Material, UserEntry } from "./kubeconfig.ts";
import { LoginError } from "./login-error.ts";

/** Files are read again this often, as client-go does; a rotated token outlives its successor's birth. */
const FILE_FRESH_MS = 60_000;
const PLUGIN_TIMEOUT_MS = 60_000;

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
        const entry = await readAgain(options);
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

async function readAgain({ readUser }: UserCredentialsOptions) {
  try {
    return await readUser();
  } catch (cause) {
    throw new LoginError("the kubeconfig that names the user cannot be used any more", { cause });
  }
}

async function readCredentials(user: UserEntry, cluster: ClusterEntry): Promise<Credentials> {
  const headers: Record<string, string | readonly string[]> = {};
  if (user.basic !== undefined) {
    const pair = `${user.basic.username}:${user.basic.password}`;
    headers["Authorization"] = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  if (user.token !== undefined) {
    headers["Authorization"] = `Bearer ${(await readMaterial(user.token, "token", user)).trim()}`;
  }
  if (user.asUser !== undefined) headers["Impersonate-User"] = user.asUser;
  if (user.asGroups?.length) headers["Impersonate-Group"] = user.asGroups;
  const ca = cluster.ca && (await readPem(cluster.ca, "certificate authority"));
  const cert = user.cert && (await readPem(user.cert, "client certificate", user));
  const key = user.key && (await readPem(user.key, "client key", user));
  return { headers, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** Whoever reads the message looks in a file or in a kubeconfig: `the client key of user "ann"`. */
function named(what: string, user?: UserEntry): string {
  return user?.name ? `the ${what} of user "${user.name}"` : `the ${what}`;
}

async function readMaterial(material: Material, what: string, user?: UserEntry): Promise<string> {
  if (material.kind === "inline") return material.text;
  const { path } = material;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const why = systemFault(cause)?.words;
    const text = `${named(what, user)} cannot be read from "${path}"`;
    throw new LoginError(why === undefined ? text : `${text}: ${why}`, { cause });
  }
}

/** Certificates and keys, of which TLS would say in the words of its library that it cannot read them (RFC 7468). */
async function readPem(material: Material, what: string, user?: UserEntry): Promise<string> {
  const text = await readMaterial(material, what, user);
  if (text.includes("-----BEGIN ")) return text;
  const place = material.kind === "file" ? ` in "${material.path}"` : "";
  throw new LoginError(`${named(what, user)}${place} is no PEM: expected "-----BEGIN …"`);
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
  // Loaded where they are needed: what they bring stays in memory.
  if (user.exec !== undefined) {
    const { execPlugin } = await import("./exec-plugin.ts");
    return execPlugin({ user, cluster, exec: user.exec, env });
  }
  if (user.authProvider === undefined) return undefined;
  const { name, config } = user.authProvider;
  if (name === "oidc") return (await import("./oidc-plugin.ts")).oidcPlugin(user, config);
  throw new LoginError(
    `auth provider "${name}" of user "${user.name}" was removed from Kubernetes, use its exec plugin`,
  );
}

async function withDeadline<T>(work: Promise<T>, user: UserEntry): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const seconds = PLUGIN_TIMEOUT_MS / 1000;
      reject(new LoginError(`user "${user.name}" got no token within ${seconds} s`));
    }, PLUGIN_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
