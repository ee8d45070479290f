/**
 * A registry of its own for a test: the real program behind TLS, with no, basic or token
 * authentication. Gone when disposed, and when the process is.
 */
import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authority, Certificate } from "./certificates.ts";
import { freePorts } from "./free-port.ts";
import { registryProgram } from "./registry-program.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { WebServer } from "./web-server.ts";

export interface RegistryServerOptions {
  readonly authority: Authority;
  /** Names that its certificate is for. */
  readonly hosts: readonly string[];
  readonly auth: "none" | "basic" | "token";
  /** URL of the token server as the registry tells it; its own when absent. */
  readonly realm?: string;
}

export const REGISTRY_USER = "robot";
export const REGISTRY_PASSWORD = "pa55-canary-registry-0123456789";

export class RegistryServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ServerProcess;
  readonly tokens: WebServer | undefined;

  private constructor(parts: {
    readonly port: number;
    readonly folder: string;
    readonly process: ServerProcess;
    readonly tokens: WebServer | undefined;
  }) {
    this.port = parts.port;
    this.#folder = parts.folder;
    this.#process = parts.process;
    this.tokens = parts.tokens;
  }

  static async start(options: RegistryServerOptions): Promise<RegistryServer> {
    const program = registryProgram();
    if (program.kind === "none") throw new Error(`Cannot start a registry: ${program.why}`);
    const { authority, hosts, auth } = options;
    const [port = 0] = await freePorts(1);
    const folder = mkdtempSync(join(tmpdir(), "ork-registry-"));
    const tls = authority.issue([...hosts, "localhost"]);
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const tokens = auth === "token" ? await startTokenServer(options, tls) : undefined;
    const config = {
      version: "0.1",
      log: { level: "warn", accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: join(folder, "data") },
        delete: { enabled: true },
      },
      http: {
        addr: `127.0.0.1:${port}`,
        tls: { certificate: file("tls.crt", tls.cert), key: file("tls.key", tls.key) },
      },
      ...(auth === "basic" && {
        auth: { htpasswd: { realm: "test", path: file("htpasswd", await passwordFile()) } },
      }),
      ...(auth === "token" && {
        auth: {
          token: {
            realm: options.realm ?? `https://localhost:${tokens?.port}/token`,
            service: "test-registry",
            issuer: ISSUER,
            rootcertbundle: file("issuer.crt", authority.cert),
          },
        },
      }),
    };
    const process = startServer({
      command: program.path,
      args: ["serve", file("config.yml", JSON.stringify(config))],
      logPath: join(folder, "log"),
      leashed: false,
    });
    await answers(port, authority.cert, process);
    return new RegistryServer({ port, folder, process, tokens });
  }

  /** Where the host names of a test lead. */
  get address() {
    return { address: "127.0.0.1", port: this.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
    await this.tokens?.[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function passwordFile(): Promise<string> {
  const hash = await Bun.password.hash(REGISTRY_PASSWORD, { algorithm: "bcrypt", cost: 4 });
  return `${REGISTRY_USER}:${hash}\n`;
}

const ISSUER = "test-issuer";

/** Gives a token for whatever is asked, to who has the password; to others for pulling only. */
function startTokenServer(
  { authority }: RegistryServerOptions,
  tls: Certificate,
): Promise<WebServer> {
  const signer = authority.issue(["token signer"]);
  const right = `Basic ${btoa(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`)}`;
  return WebServer.start((asked, response) => {
    const url = new URL(asked.url ?? "/", "https://localhost");
    const given = asked.headers.authorization;
    if (given !== undefined && given !== right) return void response.writeHead(401).end();
    const [type, name, actions = ""] = (url.searchParams.get("scope") ?? "").split(":");
    const granted = actions.split(",").filter((one) => given === right || one === "pull");
    const token = jsonWebToken(signer, {
      iss: ISSUER,
      aud: url.searchParams.get("service"),
      sub: given ? REGISTRY_USER : "",
      exp: Math.floor(Date.now() / 1000) + 300,
      nbf: Math.floor(Date.now() / 1000) - 60,
      iat: Math.floor(Date.now() / 1000),
      jti: randomUUID(),
      access: type ? [{ type, name, actions: granted }] : [],
    });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ token, expires_in: 300 }));
  }, tls);
}

/** Source: https://distribution.github.io/distribution/spec/auth/jwt. */
function jsonWebToken({ cert, key }: Certificate, claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const chain = [new X509Certificate(cert).raw.toString("base64")];
  const text = `${encode({ typ: "JWT", alg: "ES256", x5c: chain })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(text), {
    key: createPrivateKey(key),
    dsaEncoding: "ieee-p1363",
  });
  return `${text}.${signature.toString("base64url")}`;
}

async function answers(port: number, ca: string, server: ServerProcess): Promise<void> {
  for (const until = Date.now() + 15_000; Date.now() < until; ) {
    const ended = server.ended();
    if (ended) throw new Error(`Cannot start a registry: ${ended}`);
    const isUp = await new Promise<boolean>((resolve) => {
      const asked = request({ host: "127.0.0.1", port, path: "/v2/", ca, servername: "localhost" });
      asked.on("response", (answer) => {
        answer.resume();
        resolve(true);
      });
      asked.on("error", () => resolve(false));
      asked.end();
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("Cannot start a registry: it does not answer");
}
