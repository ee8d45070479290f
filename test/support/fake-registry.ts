/**
 * A registry in this process: the OCI distribution specification 1.1 over TLS, made so that anything can
 * be made to go wrong. The real program is in `registry-server.ts`.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Certificate } from "./certificates.ts";
import { WebServer } from "./web-server.ts";

export interface StoredManifest {
  bytes: Uint8Array;
  mediaType: string;
}

/** True: it answered, and the registry does nothing. */
export type Intercept = (
  request: IncomingMessage,
  response: ServerResponse,
  registry: FakeRegistry,
) => boolean;

export class FakeRegistry implements AsyncDisposable {
  /** By digest. */
  readonly blobs = new Map<string, Uint8Array>();
  /** By `repository:tag` and `repository@digest`. */
  readonly manifests = new Map<string, StoredManifest>();
  intercept: Intercept | undefined;
  readonly server: WebServer;
  #uploads = 0;

  private constructor(server: WebServer) {
    this.server = server;
  }

  static async start(tls?: Certificate): Promise<FakeRegistry> {
    const holder: { registry?: FakeRegistry } = {};
    const server = await WebServer.start((request, response) => {
      void holder.registry?.answer(request, response);
    }, tls);
    const registry = new FakeRegistry(server);
    holder.registry = registry;
    return registry;
  }

  addBlob(bytes: Uint8Array): string {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return digest;
  }

  addManifest(repository: string, tag: string, manifest: StoredManifest): string {
    const digest = digestOf(manifest.bytes);
    this.manifests.set(`${repository}:${tag}`, manifest);
    this.manifests.set(`${repository}@${digest}`, manifest);
    return digest;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.intercept?.(request, response, this)) return;
    const url = new URL(request.url ?? "/", "https://registry");
    const [, repository = "", kind, rest = ""] =
      /^\/v2\/(.+)\/(manifests|blobs|referrers)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") return this.#manifest(request, response, { repository, rest });
    if (kind === "blobs") return this.#blob(request, response, { url, repository, rest });
    response.writeHead(404, { "content-type": "application/json" }).end('{"errors":[]}');
  }

  async #manifest(
    request: IncomingMessage,
    response: ServerResponse,
    { repository, rest }: { repository: string; rest: string },
  ): Promise<void> {
    const key = `${repository}${rest.startsWith("sha256:") ? "@" : ":"}${rest}`;
    if (request.method === "PUT") {
      const bytes = await bodyOf(request);
      const mediaType = request.headers["content-type"] ?? "";
      const digest = this.addManifest(repository, rest, { bytes, mediaType });
      return void response.writeHead(201, { "docker-content-digest": digest }).end();
    }
    const found = this.manifests.get(key);
    if (!found) return void response.writeHead(404).end("{}");
    response.writeHead(200, {
      "content-type": found.mediaType,
      "content-length": found.bytes.length,
      "docker-content-digest": digestOf(found.bytes),
    });
    response.end(request.method === "HEAD" ? undefined : found.bytes);
  }

  async #blob(
    request: IncomingMessage,
    response: ServerResponse,
    { url, repository, rest }: { url: URL; repository: string; rest: string },
  ): Promise<void> {
    if (request.method === "POST") {
      const location = `/v2/${repository}/blobs/uploads/${++this.#uploads}`;
      return void response.writeHead(202, { location }).end();
    }
    if (request.method === "PUT") {
      const bytes = await bodyOf(request);
      const isRight = digestOf(bytes) === url.searchParams.get("digest");
      if (isRight) this.addBlob(bytes);
      return void response.writeHead(isRight ? 201 : 400).end();
    }
    const bytes = this.blobs.get(rest);
    if (!bytes) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
