/**
 * Where the API server is and who we are to it, from kubectl's flags, a kubeconfig, or the service
 * account of the pod that we run in. Opens no connection.
 *
 * Order, as in kubectl: `--kubeconfig`, else the files of `$KUBECONFIG` merged, else
 * `~/.kube/config`, else the service account. Flags override what the chosen context says.
 */
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { type Clock, systemClock } from "../std/clock.ts";
import type { CredentialSource } from "./credentials.ts";
import { findServiceAccount, SERVICE_ACCOUNT } from "./in-cluster.ts";
import {
  type ChosenContext,
  type ClusterEntry,
  chooseContext,
  type Material,
  readKubeconfig,
  type UserEntry,
} from "./kubeconfig.ts";
import { type Identity, NAME_ONE } from "./login-error.ts";
import { userCredentials } from "./user-credentials.ts";

export interface ConnectOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly server?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly token?: string | undefined;
  /** Paths of PEM files. */
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly asUser?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long one request may take; 30 s unless given. Watches have their own limits. */
  readonly requestTimeoutMs?: number | undefined;
  readonly clock?: Clock;
  /** Where the service account is mounted; the standard place unless given. */
  readonly serviceAccountFolder?: string;
}

export interface Connection {
  /** `https://host:port`, with the path of a gateway behind it where there is one; no final slash. */
  readonly server: string;
  /** The one that a person means who names none. */
  readonly namespace: string;
  /** Where all this comes from, for people: `context "kind-dev"`. */
  readonly description: string;
  readonly requestTimeoutMs: number;
  /** The name that the server's certificate must carry, where it differs from the host. */
  readonly serverName?: string;
  readonly isInsecure: boolean;
  readonly credentials: CredentialSource;
  /** Whose they are, for whoever tells that they were refused. */
  readonly identity?: Identity;
}

const REQUEST_TIMEOUT_MS = 30_000;

interface Found {
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  readonly namespace?: string;
  readonly description: string;
}

/** @throws Error that says what was looked for, and where, when nothing is configured. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const found = await find(options);
  const server = checkServer(found.cluster);
  return {
    server,
    namespace: options.namespace ?? found.namespace ?? "default",
    description: found.description,
    requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    ...(found.cluster.serverName && { serverName: found.cluster.serverName }),
    isInsecure: found.cluster.isInsecure,
    identity: identityOf(found, options),
    credentials: userCredentials({
      readUser: () => find(options),
      env: options.env,
      clock: options.clock ?? systemClock,
    }),
  };
}

async function find(options: ConnectOptions): Promise<Found> {
  const tried: string[] = [];
  const context = await findContext(options, tried);
  const found = context?.cluster ? fromContext(context, context.cluster) : undefined;
  if (found !== undefined) return override(found, options);
  if (options.server !== undefined) {
    const cluster = { server: options.server, isInsecure: false };
    const user = context?.user ?? { name: "" };
    return override({ cluster, user, description: "the flag --server" }, options);
  }
  const account = await findServiceAccount(options.env, options.serviceAccountFolder);
  if (account !== undefined) return override(account, options);
  tried.push("no service account of a pod is mounted");
  throw new Error(
    `Cannot find a Kubernetes cluster: ${tried.join("; ")}. Name one with --kubeconfig, $KUBECONFIG or --server, or run with --sandbox for a built-in one`,
  );
}

async function findContext(
  options: ConnectOptions,
  tried: string[],
): Promise<ChosenContext | undefined> {
  const { paths, areOptional } = kubeconfigPaths(options);
  const config = await readKubeconfig(paths, { areOptional });
  const names = paths.map((path) => `"${path}"`).join(", ");
  if (config === undefined) {
    tried.push(`no kubeconfig at ${names}`);
    if (options.context !== undefined) {
      throw new Error(`Cannot find context "${options.context}": no kubeconfig at ${names}`);
    }
    return undefined;
  }
  const context = chooseContext(config, options);
  if (context.cluster === undefined) tried.push(`kubeconfig ${names} has no current context`);
  return context;
}

function kubeconfigPaths({ kubeconfig, env }: ConnectOptions): {
  readonly paths: readonly string[];
  readonly areOptional: boolean;
} {
  if (kubeconfig !== undefined) return { paths: [resolve(kubeconfig)], areOptional: false };
  const fromEnv = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  if (fromEnv.length > 0) return { paths: fromEnv.map((path) => resolve(path)), areOptional: true };
  return { paths: [join(env["HOME"] || homedir(), ".kube", "config")], areOptional: true };
}

function fromContext(context: ChosenContext, cluster: ClusterEntry): Found {
  return {
    cluster,
    user: context.user,
    ...(context.namespace && { namespace: context.namespace }),
    description: context.name === "" ? "the kubeconfig" : `context "${context.name}"`,
  };
}

function override(found: Found, options: ConnectOptions): Found {
  const ca = fileOf(options.certificateAuthority);
  const cert = fileOf(options.clientCertificate);
  const key = fileOf(options.clientKey);
  const { server, tlsServerName, insecureSkipTlsVerify, token, asUser, asGroup } = options;
  return {
    ...found,
    cluster: {
      ...found.cluster,
      ...(server && { server }),
      ...(ca && { ca }),
      ...(tlsServerName && { serverName: tlsServerName }),
      ...(insecureSkipTlsVerify !== undefined && { isInsecure: insecureSkipTlsVerify }),
    },
    user: {
      ...found.user,
      ...(cert && { cert }),
      ...(key && { key }),
      ...(token && { token: { kind: "inline", text: token } }),
      ...(asUser && { asUser }),
      ...(asGroup?.length && { asGroups: asGroup }),
    },
  };
}

function identityOf({ user, description }: Found, options: ConnectOptions): Identity {
  if (options.token) {
    return { what: "the token of --token", hint: "Did it expire? Get a new one" };
  }
  if (options.clientCertificate) {
    const hint = "Is it for this cluster, and did it expire? Get a new one";
    return { what: "the client certificate of --client-certificate", hint };
  }
  if (description === SERVICE_ACCOUNT) {
    const hint = "Was the service account, or its pod, deleted?";
    return { what: `the token of ${SERVICE_ACCOUNT}`, hint };
  }
  const { token, cert, basic, exec, authProvider } = user;
  if (!(token || cert || basic || exec || authProvider)) {
    const whose = user.name === "" ? "" : `, and user "${user.name}" has none`;
    return {
      what: `requests without credentials${whose}`,
      hint: NAME_ONE,
    };
  }
  return {
    what: `the credentials of user "${user.name}" (${description})`,
    hint: "Did they expire? Log in again, or look at that user in the kubeconfig",
  };
}

function fileOf(path: string | undefined): Material | undefined {
  return path ? { kind: "file", path: resolve(path) } : undefined;
}

/** The server's URL without what may not be shown or sent. */
function checkServer(cluster: ClusterEntry): string {
  const { server, proxyUrl } = cluster;
  const url = URL.parse(server.includes("://") ? server : `https://${server}`);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    const shown = server.replace(/\/\/[^/]*@/, "//***@");
    throw new Error(`Cannot use server "${shown}": expected an http:// or https:// URL`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new Error(
      `Cannot use server "${url.protocol}//${url.host}": expected no user name or password in its URL`,
    );
  }
  if (proxyUrl !== undefined) {
    throw new Error(
      `Cannot use server "${url.origin}": its kubeconfig entry has a proxy-url, which is not supported`,
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
