/**
 * Credentials as Docker keeps them: in `config.json`, or with a helper program that it names. Read at
 * start only, and only for the registry that is asked.
 *
 * Guarantees: no shell; a helper has its time and is ended after it; what it says and what the file
 * holds never stands in a message.
 * Source: https://docs.docker.com/reference/cli/docker/login, "Credential helpers".
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemFault } from "../std/system-fault.ts";
import { jsonObject, parseJsonObject } from "./json-text.ts";
import { SourceError } from "./source-error.ts";

/** What a registry is told who asks. */
export type RegistryLogin =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token. */
  | { readonly kind: "identity"; readonly token: string };

/** By the name of a registry (`ghcr.io`, `docker.io`); nothing when there is none. Throws `SourceError`. */
export type FindLogin = (registry: string) => Promise<RegistryLogin | undefined>;

export interface DockerConfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The content of a file, nothing when there is none; the local ones when absent. */
  readonly read?: (path: string) => Promise<string | undefined>;
  /** Runs a helper; the real ones when absent. */
  readonly run?: RunHelper;
}

export interface HelperCall {
  /** `docker-credential-<name>`. */
  readonly program: string;
  readonly input: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What it printed and how it ended. Throws when it cannot be run or takes too long. */
export type RunHelper = (
  call: HelperCall,
) => Promise<{ readonly code: number; readonly output: string }>;

const HELPER_TIMEOUT_MS = 10_000;
const MAX_HELPER_BYTES = 64 * 1024;

/** Its key for Docker's own registry. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

export function openDockerConfig({
  env,
  read = readText,
  run = runHelper,
}: DockerConfigOptions): FindLogin {
  const folder = env["DOCKER_CONFIG"] || (env["HOME"] && join(env["HOME"], ".docker"));
  if (!folder) return async () => undefined;
  const path = join(folder, "config.json");
  let config: Promise<DockerConfig | undefined> | undefined;
  return async (registry) => {
    config ??= readConfig(path, read);
    const found = await config;
    if (!found) return undefined;
    const helper = found.credHelpers.get(registry) ?? found.credsStore;
    if (helper === undefined) return loginOf(found, registry, path);
    const server = registry === "docker.io" ? DOCKER_HUB_KEY : registry;
    const answer = await askHelper(helper, server, { env, run, path });
    return answer ?? loginOf(found, registry, path);
  };
}

interface DockerConfig {
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

async function readConfig(
  path: string,
  read: NonNullable<DockerConfigOptions["read"]>,
): Promise<DockerConfig | undefined> {
  const text = await read(path);
  if (text === undefined) return undefined;
  const root = parseJsonObject(text);
  if (!root) throw new SourceError("unreadable", `Cannot use "${path}": it is no JSON object`);
  const helpers = Object.entries(jsonObject(root["credHelpers"]) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  const { credsStore } = root;
  return {
    auths: jsonObject(root["auths"]) ?? {},
    credHelpers: new Map(helpers),
    credsStore: typeof credsStore === "string" && credsStore !== "" ? credsStore : undefined,
  };
}

function loginOf(
  { auths }: DockerConfig,
  registry: string,
  path: string,
): RegistryLogin | undefined {
  const key = Object.keys(auths).find((one) => registryOf(one) === registry);
  const entry = key === undefined ? undefined : jsonObject(auths[key]);
  if (!entry) return undefined;
  const { identitytoken, username, password, auth } = entry;
  if (typeof identitytoken === "string" && identitytoken !== "") {
    return { kind: "identity", token: identitytoken };
  }
  if (typeof username === "string" && typeof password === "string") {
    return { kind: "password", username, password };
  }
  // `docker logout` leaves an empty entry, and so does a helper's.
  if (typeof auth !== "string" || auth === "") return undefined;
  const pair = /^([^:]*):(.*)$/s.exec(Buffer.from(auth, "base64").toString("utf8"));
  if (pair) return { kind: "password", username: pair[1] ?? "", password: pair[2] ?? "" };
  throw new SourceError(
    "unreadable",
    `Cannot use "${path}": its entry for "${registry}" is damaged`,
  );
}

/** `https://ghcr.io/v2/` → `ghcr.io`. */
function registryOf(key: string): string {
  const host = key
    .replace(/^https?:\/\//i, "")
    .replace(/\/.*$/, "")
    .toLowerCase();
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}

async function askHelper(
  helper: string,
  server: string,
  {
    env,
    run,
    path,
  }: Required<Pick<DockerConfigOptions, "env" | "run">> & { readonly path: string },
): Promise<RegistryLogin | undefined> {
  // A path would be a program of somebody's choice.
  if (!/^[\w][\w.-]*$/.test(helper)) {
    const message = `Cannot use "${path}": it names a credential helper that is no plain name`;
    throw new SourceError("unreadable", message);
  }
  const program = `docker-credential-${helper}`;
  const { code, output } = await run({ program, input: `${server}\n`, env }).catch(
    (cause: unknown) => {
      throw helperFault(program, server, { found: reasonOf(cause), cause });
    },
  );
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw helperFault(program, server, { found: `it ended with code ${code}` });
  }
  const { Username: username, Secret: secret } = parseJsonObject(output) ?? {};
  if (typeof username !== "string" || typeof secret !== "string") {
    throw helperFault(program, server, { found: "it answered with something else" });
  }
  if (username === "<token>") return { kind: "identity", token: secret };
  return { kind: "password", username, password: secret };
}

function helperFault(
  program: string,
  server: string,
  { found, cause }: { readonly found: string; readonly cause?: unknown },
): SourceError {
  const message = `Cannot get the credentials for "${server}" from "${program}": ${found}`;
  const hint = `Try it: echo ${server} | ${program} get`;
  return new SourceError("credentials", message, { cause, hint });
}

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENOENT" ? "there is no such program" : `it failed (${code ?? "no code"})`;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const { words = code ?? "unknown error", hint } = systemFault(cause) ?? {};
    throw new SourceError("unreadable", `Cannot read "${path}": ${words}`, { cause, hint });
  }
}

function runHelper({ program, input, env }: HelperCall): ReturnType<RunHelper> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      shell: false,
      timeout: HELPER_TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output.length > MAX_HELPER_BYTES) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code !== null) resolve({ code, output });
      else reject(Object.assign(new Error("The helper was ended"), { code: signal ?? "ended" }));
    });
    // One that reads nothing may be gone before everything is written.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
