/**
 * Repositories over https as git itself serves them: `git http-backend` (gitprotocol-http) behind a
 * server of this process. One folder holds the repositories; each is made of commits given as files.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Certificate } from "./certificates.ts";
import { WebServer } from "./web-server.ts";

/** Without git these tests cannot be; in CI they must. */
export function hasGit(): boolean {
  const has = spawnSync("git", ["http-backend"], { stdio: "ignore" }).error === undefined;
  if (!has && process.env["CI"] === "true") throw new Error("git is not installed");
  if (!has) console.warn("SKIPPED: git is not installed, so nothing over git is tested");
  return has;
}

export interface GitServerOptions {
  readonly tls: Certificate;
  /** `true` lets the request through. */
  readonly allows?: (request: IncomingMessage) => boolean;
  /** True: it answered, and git does nothing. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export class GitServer implements AsyncDisposable {
  readonly web: WebServer;
  readonly #folder: string;

  private constructor(web: WebServer, folder: string) {
    this.web = web;
    this.#folder = folder;
  }

  static async start({
    tls,
    allows = () => true,
    intercept = () => false,
  }: GitServerOptions): Promise<GitServer> {
    const folder = await mkdtemp(join(tmpdir(), "ork-git-"));
    const web = await WebServer.start((request, response) => {
      if (intercept(request, response)) return;
      if (allows(request)) serve(folder, request, response);
      else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    }, tls);
    return new GitServer(web, folder);
  }

  /** Makes the repository when it is not there, and a commit of exactly these files. */
  commit(
    repository: string,
    files: Readonly<Record<string, string | Uint8Array>>,
    branch = "main",
  ) {
    const git = this.repository(repository);
    const isNew = git.run("rev-parse", "--verify", "-q", branch) === "";
    git.run("checkout", "-q", ...(isNew ? ["--orphan", branch] : [branch]));
    for (const name of readdirSync(git.folder)) {
      if (name !== ".git") rmSync(join(git.folder, name), { recursive: true });
    }
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(git.folder, path)), { recursive: true });
      writeFileSync(join(git.folder, path), content);
    }
    git.run("add", "-A");
    git.run("commit", "-q", "--allow-empty", "-m", "change");
    return git.run("rev-parse", "HEAD");
  }

  repository(name: string) {
    const folder = join(this.#folder, name);
    const run = (...parameters: readonly string[]) => gitIn(folder, parameters);
    mkdirSync(folder, { recursive: true });
    gitIn(folder, ["init", "-q", "-b", "main"]);
    return { folder, run };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.web[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const OWN_SETTINGS = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "test",
  GIT_AUTHOR_EMAIL: "test@example.io",
  GIT_COMMITTER_NAME: "test",
  GIT_COMMITTER_EMAIL: "test@example.io",
};

function gitIn(folder: string, parameters: readonly string[]): string {
  const env = { PATH: process.env["PATH"] ?? "", ...OWN_SETTINGS };
  const { stdout } = spawnSync("git", ["-C", folder, ...parameters], { env, encoding: "utf8" });
  return stdout.trim();
}

/** CGI: RFC 3875. */
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      ...OWN_SETTINGS,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "uploadpack.allowFilter",
      GIT_CONFIG_VALUE_0: "true",
      GIT_CONFIG_KEY_1: "safe.directory",
      GIT_CONFIG_VALUE_1: "*",
      REQUEST_METHOD: request.method ?? "GET",
      PATH_INFO: url.pathname.replace(/^(\/[^/]+)\//, "$1/.git/"),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: request.headers["content-length"] ?? "",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  backend.once("close", () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf("\r\n\r\n");
    const head = all.toString("latin1", 0, Math.max(end, 0)).split("\r\n");
    const headers = head.map((line) => line.split(": ", 2) as [string, string]);
    const status = headers.find(([name]) => name.toLowerCase() === "status")?.[1];
    response.statusCode = Number.parseInt(status ?? "200", 10);
    for (const [name, value] of headers) if (name && value) response.setHeader(name, value);
    response.end(all.subarray(end + 4));
  });
}
