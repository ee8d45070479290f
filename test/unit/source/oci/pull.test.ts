import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseAllowedAddress } from "../../../../src/source/address-rules.ts";
import { writeTarGz } from "../../../../src/source/archive.ts";
import { basicCredentials } from "../../../../src/source/credentials.ts";
import {
  CHART_TYPE,
  CONTENT_TYPE,
  MANIFEST_TYPE,
  PROVENANCE_TYPE,
  TITLE,
} from "../../../../src/source/oci/media-types.ts";
import { type PullOptions, pullArtifact, pullLayers } from "../../../../src/source/oci/pull.ts";
import { packArtifact, packManifest, pushArtifact } from "../../../../src/source/oci/push.ts";
import { parseOciReference } from "../../../../src/source/oci/reference.ts";
import { Registry } from "../../../../src/source/oci/registry.ts";
import { SourceError } from "../../../../src/source/source-error.ts";
import { openWeb, type WebOptions } from "../../../../src/source/web.ts";
import { type Authority, createAuthority } from "../../../support/certificates.ts";
import { stride } from "../../../support/effort.ts";
import { FakeRegistry } from "../../../support/fake-registry.ts";

const HOST = "registry.example.io";
const LOCATION = `oci://${HOST}/org/web:v1`;
const SECRET = "s3cr3t-canary-0123456789";
const FILES = new Map([
  ["crds/web.yaml", Buffer.from("kind: CustomResourceDefinition\n")],
  ["katalog.yaml", Buffer.from("kind: Katalog\n")],
]);

let authority: Authority;
let registry: FakeRegistry;
/** Of {@link push} alone: what is read opens connections of its own. */
let pushing: PullOptions;

beforeAll(async () => {
  authority = createAuthority();
  registry = await FakeRegistry.start(authority.issue([HOST]));
  pushing = options();
});
beforeEach(push);
afterEach(() => {
  registry.intercept = undefined;
  registry.blobs.clear();
  registry.manifests.clear();
});
afterAll(() => registry[Symbol.asyncDispose]());

function options(more: WebOptions = {}): PullOptions {
  const loopback = parseAllowedAddress("127.0.0.1");
  return {
    web: openWeb({
      certificateAuthorities: authority.cert,
      allowedAddresses: loopback ? [loopback] : [],
      resolveHost: async () => [registry.server.address],
      timeoutMs: 5_000,
      ...more,
    }),
  };
}

async function push(): Promise<void> {
  const artifact = await packArtifact({ files: FILES, annotations: {} });
  await pushArtifact(new Registry(parseOciReference(LOCATION), pushing), artifact, "v1");
}

function pull(location = LOCATION, more: WebOptions = {}) {
  return pullArtifact({ location, name: location }, options(more));
}

async function failure(work: Promise<unknown>): Promise<SourceError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SourceError) return error;
  throw new Error("expected a SourceError", { cause: error });
}

/** Changes the manifest that is stored under the tag. */
function remake(change: (manifest: Record<string, unknown>) => unknown): void {
  const stored = registry.manifests.get("org/web:v1");
  if (!stored) throw new Error("nothing is stored");
  const root = JSON.parse(Buffer.from(stored.bytes).toString()) as Record<string, unknown>;
  registry.addManifest("org/web", "v1", {
    ...stored,
    bytes: Buffer.from(JSON.stringify(change(root))),
  });
}

const MANIFEST = "/manifests/";
const BLOB = "/blobs/";

/** Answers requests for one kind of thing by itself. */
function on(part: string, answer: (response: ServerResponse, request: IncomingMessage) => void) {
  registry.intercept = (request, response) => {
    if (!request.url?.includes(part)) return false;
    answer(response, request);
    return true;
  };
}

test("pullArtifact() gives the files, with the digest of the manifest", async () => {
  const bundle = await pull();
  expect(bundle).toMatchObject({ origin: LOCATION, version: "v1" });
  expect([...bundle.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])).toEqual(
    [...FILES].map(([path, bytes]) => [path, bytes.toString()]),
  );
  const pinned = await pull(`oci://${HOST}/org/web@${bundle.digest}`);
  expect(pinned.digest).toBe(bundle.digest);
  expect(pinned.version).toBeUndefined();
});

test("pullArtifact() reads what oras push makes: a layer for each file, and folders packed", async () => {
  const folder = await writeTarGz(new Map([["crds/a.yaml", Buffer.from("a")]]));
  const made = packManifest({
    artifactType: "application/vnd.acme.thing",
    layers: [
      {
        mediaType: "application/yaml",
        bytes: Buffer.from("k"),
        annotations: { [TITLE]: "katalog.yaml" },
      },
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        bytes: folder,
        annotations: { [TITLE]: "crds", "io.deis.oras.content.unpack": "true" },
      },
    ],
  });
  await pushArtifact(new Registry(parseOciReference(LOCATION), options()), made, "oras");
  expect([...(await pull(`oci://${HOST}/org/web:oras`)).files.keys()]).toEqual([
    "crds/a.yaml",
    "katalog.yaml",
  ]);
});

test("pullLayers() gives a chart as it was packed, with its provenance", async () => {
  const chart = await writeTarGz(new Map([["web/Chart.yaml", Buffer.from("name: web\n")]]));
  const made = packManifest({
    config: { mediaType: "application/vnd.cncf.helm.config.v1+json", bytes: Buffer.from("{}") },
    layers: [
      { mediaType: CHART_TYPE, bytes: chart },
      { mediaType: PROVENANCE_TYPE, bytes: Buffer.from("-----BEGIN PGP") },
    ],
  });
  await pushArtifact(new Registry(parseOciReference(LOCATION), options()), made, "chart");
  const location = `oci://${HOST}/org/web:chart`;
  expect([...(await pull(location)).files.keys()]).toEqual(["web/Chart.yaml"]);
  const { layers } = await pullLayers({ location, name: location }, options());
  expect(layers.map(({ mediaType, bytes }) => [mediaType, bytes.length])).toEqual([
    [CHART_TYPE, chart.length],
    [PROVENANCE_TYPE, 14],
  ]);
});

test("pullArtifact() follows an index with one manifest in it, and no other", async () => {
  const { digest, files } = await pull();
  const size = registry.manifests.get("org/web:v1")?.bytes.length ?? 0;
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const index = (manifests: readonly object[]) => ({
    mediaType,
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })),
  });
  const one = { mediaType: MANIFEST_TYPE, digest, size };
  registry.addManifest("org/web", "index", index([one]));
  const pulled = await pull(`oci://${HOST}/org/web:index`);
  expect([pulled.digest, pulled.files.size]).toEqual([digest, files.size]);
  registry.addManifest("org/web", "index", index([one, { ...one, platform: { os: "linux" } }]));
  expect((await failure(pull(`oci://${HOST}/org/web:index`))).message).toContain(
    "an index of 2 manifests",
  );
  registry.addManifest(
    "org/web",
    "index",
    index([{ ...one, digest: registry.addManifest("org/web", "inner", index([one])) }]),
  );
  expect((await failure(pull(`oci://${HOST}/org/web:index`))).message).toContain(
    "index of indexes",
  );
});

test("pushArtifact() sends nothing twice, and the same files are the same artifact", async () => {
  const target = new Registry(parseOciReference(LOCATION), options());
  const again = await packArtifact({ files: new Map([...FILES].reverse()), annotations: {} });
  expect(again.digest).toBe((await pull()).digest);
  expect(await pushArtifact(target, again, "v1")).toEqual({ sentBytes: 0 });
});

const zeros = `sha256:${"0".repeat(64)}`;
type Fields = Record<string, unknown>;
const layerOf = (root: Fields) => (root["layers"] as Fields[])[0] as Fields;
const withLayer = (more: Fields) => (root: Fields) => ({
  ...root,
  layers: [{ ...layerOf(root), ...more }],
});

/** What goes wrong, how it is made, what is said of it. */
const FAULTS: readonly (readonly [
  what: string,
  make: () => WebOptions | undefined,
  code: string,
  message: RegExp,
])[] = [
  [
    "the host is not known",
    () => ({
      resolveHost: () => Promise.reject(Object.assign(new Error(SECRET), { code: "ENOTFOUND" })),
    }),
    "unreachable",
    /host is not known/,
  ],
  [
    "nothing listens",
    () => ({ resolveHost: async () => [{ address: "127.0.0.1", port: 1 }] }),
    "unreachable",
    /nothing listens/,
  ],
  [
    "its address is private",
    () => ({ resolveHost: async () => [{ address: "10.0.0.1" }] }),
    "address",
    /10\.0\.0\.1 is private/,
  ],
  [
    "its certificate is a stranger's",
    () => ({ certificateAuthorities: createAuthority("Somebody").cert }),
    "certificate",
    /not trusted/,
  ],
  [
    "a 401 without a challenge",
    () => void on(MANIFEST, (r) => r.writeHead(401).end()),
    "status",
    /401 Unauthorized/,
  ],
  [
    "a 401 that never ends",
    () =>
      void on(MANIFEST, (r) =>
        r.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end(SECRET),
      ),
    "status",
    /401 Unauthorized/,
  ],
  [
    "a challenge that nobody knows",
    () => void on(MANIFEST, (r) => r.writeHead(401, { "www-authenticate": "Negotiate abc" }).end()),
    "status",
    /401 Unauthorized/,
  ],
  [
    "a 403",
    () => void on(MANIFEST, (r) => r.writeHead(403).end(SECRET)),
    "status",
    /403 Forbidden/,
  ],
  ["a tag that is not there", () => void registry.manifests.clear(), "status", /404 Not Found/],
  [
    "a 429",
    () => void on(MANIFEST, (r) => r.writeHead(429).end()),
    "status",
    /429 Too Many Requests/,
  ],
  [
    "a 500",
    () => void on(MANIFEST, (r) => r.writeHead(500).end(SECRET)),
    "status",
    /500 Internal Server Error/,
  ],
  [
    "a 500 for a blob",
    () => void on(BLOB, (r) => r.writeHead(500).end(SECRET)),
    "status",
    /500 Internal Server Error/,
  ],
  ["a blob that is not there", () => void registry.blobs.clear(), "status", /404 Not Found/],
  [
    "a manifest that never comes",
    () => {
      on(MANIFEST, () => {});
      return { timeoutMs: 200 };
    },
    "timeout",
    /no whole answer within 0.2 s/,
  ],
  [
    "a blob that never ends",
    () => {
      on(BLOB, (r) => void r.writeHead(200).write("x"));
      return { timeoutMs: 200 };
    },
    "timeout",
    /no whole answer within 0.2 s/,
  ],
  [
    "a manifest that is cut",
    () =>
      void on(MANIFEST, (r) => {
        r.writeHead(200, { "content-length": 500 });
        r.write("{");
        setTimeout(() => r.destroy(), 10);
      }),
    "cut-off|unreachable",
    /ended after|cut|failed/,
  ],
  [
    "a blob that is cut",
    () =>
      void on(BLOB, (r) => {
        r.writeHead(200, { "content-length": 500 });
        r.write("{");
        setTimeout(() => r.destroy(), 10);
      }),
    "cut-off|unreachable",
    /ended after|cut|failed/,
  ],
  [
    "a blob that is shorter",
    () => void on(BLOB, (r) => r.writeHead(200).end("x")),
    "digest",
    /1 bytes, its manifest says/,
  ],
  [
    "a blob that is longer",
    () => void on(BLOB, (r) => r.writeHead(200).end(new Uint8Array(9000))),
    "digest",
    /larger than the \d+ bytes/,
  ],
  [
    "a blob of other bytes",
    () =>
      void on(BLOB, (r, q) =>
        r
          .writeHead(200)
          .end(Buffer.alloc(registry.blobs.get(q.url?.split("/").at(-1) ?? "")?.length ?? 0)),
      ),
    "digest",
    /blob has the digest/,
  ],
  [
    "a manifest that is not what its digest says",
    () =>
      void on(MANIFEST, (r) =>
        r
          .writeHead(200, { "content-type": MANIFEST_TYPE, "docker-content-digest": zeros })
          .end("{}"),
      ),
    "digest",
    /manifest has the digest .* expected sha256:0000/,
  ],
  [
    "a manifest of 5 MiB",
    () => void on(MANIFEST, (r) => r.writeHead(200).end(new Uint8Array(5 * 1024 * 1024))),
    "too-large",
    /the limit is 4194304/,
  ],
  [
    "a web page",
    () => void on(MANIFEST, (r) => r.writeHead(200, { "content-type": "text/html" }).end("<p>")),
    "wrong-type",
    /no OCI manifest/,
  ],
  [
    "an image of a container",
    () =>
      void remake((m) => ({
        ...m,
        config: {
          ...(m["config"] as object),
          mediaType: "application/vnd.oci.image.config.v1+json",
        },
      })),
    "wrong-type",
    /image of a container/,
  ],
  [
    "a manifest of version 1",
    () => void remake((m) => ({ ...m, schemaVersion: 1 })),
    "wrong-type",
    /schemaVersion/,
  ],
  [
    "a manifest that says to be something else",
    () => void remake((m) => ({ ...m, mediaType: "application/vnd.oci.image.index.v1+json" })),
    "wrong-type",
    /disagree/,
  ],
  [
    "a manifest that is also an index",
    () => void remake((m) => ({ ...m, manifests: [] })),
    "wrong-type",
    /not what its media type says/,
  ],
  [
    "no layers",
    () => void remake((m) => ({ ...m, layers: [] })),
    "wrong-type",
    /no file in its 0 layers/,
  ],
  [
    "1,001 layers",
    () => void remake((m) => ({ ...m, layers: Array(1001).fill(layerOf(m)) })),
    "wrong-type",
    /1001 items/,
  ],
  [
    "11 MiB of layers",
    () => void remake(withLayer({ size: 11 * 1024 * 1024 })),
    "wrong-type",
    /11534336 bytes, the limit is 10485760/,
  ],
  [
    "a layer without digest",
    () => void remake(withLayer({ digest: "../../etc/passwd" })),
    "wrong-type",
    /no SHA-256 digest/,
  ],
  ["a layer without size", () => void remake(withLayer({ size: -1 })), "wrong-type", /no size/],
  [
    "a layer without media type",
    () => void remake(withLayer({ mediaType: 7 })),
    "wrong-type",
    /no media type/,
  ],
  [
    "annotations that are no texts",
    () => void remake((m) => ({ ...m, annotations: { a: 1 } })),
    "wrong-type",
    /no map of texts/,
  ],
  [
    "a layer that is no archive",
    () => {
      const bytes = Buffer.from("kind: Katalog");
      const digest = registry.addBlob(bytes);
      remake(withLayer({ digest, size: bytes.length }));
      return undefined;
    },
    "archive",
    /no gzip archive/,
  ],
  [
    "a file whose name leads out",
    () =>
      void remake(
        withLayer({ mediaType: "application/yaml", annotations: { [TITLE]: "../../x" } }),
      ),
    "archive",
    /leads out/,
  ],
  [
    "one file twice",
    () => void remake((m) => ({ ...m, layers: [layerOf(m), layerOf(m)] })),
    "archive",
    /twice/,
  ],
  [
    "a redirect without end",
    () => void on(MANIFEST, (r, q) => r.writeHead(307, { location: q.url }).end()),
    "redirect",
    /more than 5 redirects/,
  ],
  [
    "a redirect to plain http",
    () => void on(BLOB, (r) => r.writeHead(307, { location: `http://${HOST}/x` }).end()),
    "redirect",
    /away from https/,
  ],
  [
    "a redirect to a metadata service",
    () => void on(BLOB, (r) => r.writeHead(307, { location: "https://169.254.169.254/" }).end()),
    "address",
    /link-local/,
  ],
  [
    "a token server that gives none",
    () =>
      void on("", (r, q) =>
        q.url?.startsWith("/token")
          ? r.end("{}")
          : r.writeHead(401, { "www-authenticate": `Bearer realm="https://${HOST}/token"` }).end(),
      ),
    "wrong-type",
    /holds no token/,
  ],
  [
    "a token server that refuses",
    () =>
      void on("", (r, q) =>
        q.url?.startsWith("/token")
          ? r.writeHead(403).end(SECRET)
          : r.writeHead(401, { "www-authenticate": `Bearer realm="https://${HOST}/token"` }).end(),
      ),
    "status",
    /403 Forbidden/,
  ],
  [
    "a token that would begin a header",
    () =>
      void on("", (r, q) =>
        q.url?.startsWith("/token")
          ? r.end('{"token":"a\\r\\nX-Y: z"}')
          : r.writeHead(401, { "www-authenticate": `Bearer realm="https://${HOST}/token"` }).end(),
      ),
    "wrong-type",
    /holds no token/,
  ],
];

test("there are at least 20 faults", () => {
  expect(FAULTS.length).toBeGreaterThanOrEqual(20);
});

test.each(FAULTS)("pullArtifact() says that %s", async (...[, make, code, message]) => {
  const more = make();
  const credentials = basicCredentials("user", SECRET, ["U", "P"]);
  const error = await failure(
    pullArtifact({ location: LOCATION, name: LOCATION, credentials }, options(more)),
  );
  expect(code.split("|")).toContain(error.code);
  expect(error.message).toMatch(message);
  expect(error.message).toContain(LOCATION);
  expect(error.hint).toBeString();
  expect(`${error.message} ${error.hint}`).not.toContain(SECRET);
});

test("pullArtifact() refuses what changed since its digest was taken", async () => {
  const { digest } = await pull();
  remake((manifest) => ({ ...manifest, annotations: { changed: "yes" } }));
  const changed = registry.manifests.get("org/web:v1");
  if (changed) registry.manifests.set(`org/web@${digest}`, changed);
  const error = await failure(pull(`oci://${HOST}/org/web@${digest}`));
  expect(error).toMatchObject({ code: "digest", hint: expect.stringContaining("do not use it") });
  expect((await pull()).digest).not.toBe(digest);
});

test("every byte of the manifest and of the blobs counts", async () => {
  const { digest } = await pull();
  const location = `oci://${HOST}/org/web@${digest}`;
  const key = `org/web@${digest}`;
  const stored = registry.manifests.get(key);
  const manifest = stored?.bytes ?? new Uint8Array();
  const { web } = options();
  const refused = async () => {
    const reference = { location, name: location };
    const error = await failure(pullArtifact(reference, { web }));
    expect(["digest", "wrong-type", "archive"]).toContain(error.code);
  };
  for (let at = 0; at < manifest.length; at += stride(7)) {
    const bytes = Buffer.from(manifest);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    registry.manifests.set(key, { bytes, mediaType: MANIFEST_TYPE });
    await refused();
  }
  registry.manifests.set(key, { bytes: manifest, mediaType: MANIFEST_TYPE });
  for (const [blob, bytes] of [...registry.blobs].filter(([, one]) => one.length > 2)) {
    for (let at = 0; at < bytes.length; at += stride(31)) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      registry.blobs.set(blob, changed);
      await refused();
    }
    registry.blobs.set(blob, bytes);
  }
  expect((await pull(location)).files.size).toBe(2);
}, 60_000);

test("pullArtifact() asks who signed it before it reads any content", async () => {
  const seen = registry.server.seen.length;
  const refuse = () => Promise.reject(new SourceError("signature", "no"));
  const error = await failure(
    pullArtifact({ location: LOCATION, name: "x" }, { ...options(), verify: refuse }),
  );
  expect(error.code).toBe("signature");
  expect(registry.server.seen.slice(seen).some(({ path }) => path.includes(BLOB))).toBe(false);
});

test("many blobs of one registry share connections", async () => {
  const layers = Array.from({ length: 40 }, (_, index) => ({
    mediaType: "application/yaml",
    bytes: Buffer.from(`file ${index}`),
    annotations: { [TITLE]: `f${index}.yaml` },
  }));
  await pushArtifact(
    new Registry(parseOciReference(LOCATION), options()),
    packManifest({ layers }),
    "many",
  );
  const sockets = new Set<unknown>();
  registry.intercept = (request) => {
    sockets.add(request.socket.remotePort);
    return false;
  };
  expect((await pull(`oci://${HOST}/org/web:many`)).files.size).toBe(40);
  expect(sockets.size).toBeLessThanOrEqual(6);
}, 60_000);

test("CONTENT_TYPE is what a pushed artifact holds", () => {
  const root = JSON.parse(
    Buffer.from(registry.manifests.get("org/web:v1")?.bytes ?? []).toString(),
  );
  expect(root).toMatchObject({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: "application/vnd.orkestra.document.v1",
    layers: [{ mediaType: CONTENT_TYPE }],
  });
});
