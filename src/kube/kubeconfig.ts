/**
 * Kubeconfig files: reading, merging, choosing cluster and user. Pure but for reading the files
 * that the caller names; credentials are made of the result in `credentials.ts`.
 *
 * Merging follows kubectl: of two entries with one name the first file wins, `current-context` is
 * the first that is set, relative paths count from the file that holds them. Source:
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/.
 */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { formatPosition } from "../std/issue.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { parseYaml } from "../std/yaml.ts";
import { toJson } from "../std/yaml-node.ts";

/** An entry of `clusters`, `users` or `contexts`, with the folder of its file. */
interface Entry {
  readonly value: JsonObject;
  readonly folder: string;
}

export interface Kubeconfig {
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
}

/** What names override the current context, as kubectl's flags do. */
export interface Choice {
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
}

/** PEM as it is, or the path of a file that is read again when credentials are. */
export type Material =
  | { readonly kind: "inline"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

export interface ClusterEntry {
  readonly server: string;
  readonly ca?: Material;
  readonly isInsecure: boolean;
  readonly serverName?: string;
  readonly proxyUrl?: string;
}

export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly installHint?: string;
  readonly providesClusterInfo: boolean;
}

export interface UserEntry {
  readonly name: string;
  readonly cert?: Material;
  readonly key?: Material;
  readonly token?: Material;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly exec?: ExecPlugin;
  readonly authProvider?: { readonly name: string; readonly config: Record<string, string> };
  readonly asUser?: string;
  readonly asGroups?: readonly string[];
}

export interface ChosenContext {
  /** Empty when neither a context nor a flag names one. */
  readonly name: string;
  readonly namespace?: string;
  readonly cluster?: ClusterEntry;
  readonly user: UserEntry;
}

/**
 * Reads and merges files in order of precedence. Files of `optional` kind that are absent are left
 * out, as kubectl does with the paths of `$KUBECONFIG`.
 * @throws Error that names the file when one cannot be read or is no kubeconfig.
 */
export async function readKubeconfig(
  paths: readonly string[],
  options: { readonly areOptional: boolean },
): Promise<Kubeconfig | undefined> {
  const merged = {
    currentContext: "",
    clusters: new Map<string, Entry>(),
    users: new Map<string, Entry>(),
    contexts: new Map<string, Entry>(),
  };
  let found = false;
  for (const path of paths) {
    const document = await readDocument(path, options.areOptional);
    if (document === undefined) continue;
    found = true;
    merged.currentContext ||= textOf(document, "current-context") ?? "";
    for (const list of ["clusters", "users", "contexts"] as const) {
      addEntries(merged[list], document[list], { item: list.slice(0, -1), path });
    }
  }
  return found ? merged : undefined;
}

async function readDocument(path: string, isOptional: boolean): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (isOptional && (cause as { code?: unknown }).code === "ENOENT") return undefined;
    throw new Error(`Cannot read kubeconfig "${path}"`, { cause });
  }
  const { documents, issues } = parseYaml(text, { file: path });
  const issue = issues.find(({ severity }) => severity === "error");
  if (issue !== undefined) {
    const place = issue.position ? formatPosition(issue.position) : path;
    throw new Error(`Cannot read kubeconfig "${place}": ${issue.message}`);
  }
  const [document] = documents;
  const value = document === undefined ? {} : toJson(document);
  if (isJsonObject(value)) return value;
  throw new Error(`Cannot read kubeconfig "${path}": expected a document of kind Config`);
}

function addEntries(
  target: Map<string, Entry>,
  list: unknown,
  { item, path }: { readonly item: string; readonly path: string },
): void {
  if (!Array.isArray(list)) return;
  for (const element of list) {
    const name = isJsonObject(element) ? textOf(element, "name") : undefined;
    if (name === undefined) {
      throw new Error(`Cannot read kubeconfig "${path}": a ${item} has no name`);
    }
    const value = (element as JsonObject)[item];
    if (target.has(name)) continue;
    target.set(name, { value: isJsonObject(value) ? value : {}, folder: dirname(path) });
  }
}

/** @throws Error with a suggestion when a name is given that the kubeconfig does not have. */
export function chooseContext(config: Kubeconfig, choice: Choice): ChosenContext {
  const name = choice.context ?? config.currentContext;
  const context = name === "" ? undefined : find(config.contexts, "context", name);
  const clusterName = choice.cluster ?? textOf(context?.value, "cluster");
  const userName = choice.user ?? textOf(context?.value, "user");
  const cluster = clusterName ? find(config.clusters, "cluster", clusterName) : undefined;
  const user = userName ? find(config.users, "user", userName) : undefined;
  const namespace = textOf(context?.value, "namespace");
  return {
    name,
    ...(namespace && { namespace }),
    ...(cluster && { cluster: clusterOf(clusterName ?? "", cluster) }),
    user: user ? userOf(userName ?? "", user) : { name: "" },
  };
}

function find(entries: ReadonlyMap<string, Entry>, what: string, name: string): Entry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const near = suggest(name, entries.keys());
  const known = [...entries.keys()].map((key) => `"${key}"`).join(", ") || "none";
  const hint = near === undefined ? `it has ${known}` : `did you mean "${near}"?`;
  throw new Error(`Cannot find ${what} "${name}" in the kubeconfig: ${hint}`);
}

function clusterOf(name: string, { value, folder }: Entry): ClusterEntry {
  const server = textOf(value, "server");
  if (!server) throw new Error(`Cannot use cluster "${name}" of the kubeconfig: it has no server`);
  const ca = materialOf({ value, folder }, "certificate-authority");
  const serverName = textOf(value, "tls-server-name");
  const proxyUrl = textOf(value, "proxy-url");
  return {
    server,
    ...(ca && { ca }),
    isInsecure: value["insecure-skip-tls-verify"] === true,
    ...(serverName && { serverName }),
    ...(proxyUrl && { proxyUrl }),
  };
}

function userOf(name: string, entry: Entry): UserEntry {
  const { value, folder } = entry;
  const cert = materialOf(entry, "client-certificate");
  const key = materialOf(entry, "client-key");
  const tokenFile = textOf(value, "tokenFile");
  const token = textOf(value, "token");
  const username = textOf(value, "username");
  const asUser = textOf(value, "as");
  const groups = value["as-groups"];
  const exec = isJsonObject(value["exec"]) ? execOf(value["exec"], folder) : undefined;
  const provider = value["auth-provider"];
  return {
    name,
    ...(cert && { cert }),
    ...(key && { key }),
    ...(token && { token: { kind: "inline", text: token } }),
    // client-go prefers the file: its content is newer.
    ...(tokenFile && { token: { kind: "file", path: resolvePath(folder, tokenFile) } }),
    ...(username && { basic: { username, password: textOf(value, "password") ?? "" } }),
    ...(exec && { exec }),
    ...(isJsonObject(provider) && { authProvider: authProviderOf(provider) }),
    ...(asUser && { asUser }),
    ...(Array.isArray(groups) && { asGroups: groups.map(String) }),
  };
}

function execOf(value: JsonObject, folder: string): ExecPlugin {
  const command = textOf(value, "command") ?? "";
  const installHint = textOf(value, "installHint");
  const env = Array.isArray(value["env"]) ? value["env"].filter(isJsonObject) : [];
  return {
    // A command with a slash is a path, others are looked up in PATH.
    command: command.includes("/") ? resolvePath(folder, command) : command,
    args: Array.isArray(value["args"]) ? value["args"].map(String) : [],
    env: env.map((item) => ({ name: String(item["name"]), value: String(item["value"]) })),
    apiVersion: textOf(value, "apiVersion") ?? "client.authentication.k8s.io/v1",
    ...(installHint && { installHint }),
    providesClusterInfo: value["provideClusterInfo"] === true,
  };
}

function authProviderOf(value: JsonObject): { name: string; config: Record<string, string> } {
  const config: Record<string, string> = {};
  if (isJsonObject(value["config"])) {
    for (const [key, item] of Object.entries(value["config"])) config[key] = String(item);
  }
  return { name: textOf(value, "name") ?? "", config };
}

/** `<key>-data` in base64 wins over the path in `<key>`. */
function materialOf({ value, folder }: Entry, key: string): Material | undefined {
  const data = textOf(value, `${key}-data`);
  if (data) return { kind: "inline", text: Buffer.from(data, "base64").toString("utf8") };
  const path = textOf(value, key);
  return path ? { kind: "file", path: resolvePath(folder, path) } : undefined;
}

function resolvePath(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function textOf(value: JsonObject | undefined, key: string): string | undefined {
  const text = value?.[key];
  return text === undefined || text === null ? undefined : String(text);
}
