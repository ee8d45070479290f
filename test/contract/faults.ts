/**
 * What keeps imports from being read, in one table: what servers answer, what is in the way to them, what
 * references lead to nothing, and what local files are instead of a document.
 *
 * `faultsOf(kind)` is the matrix: what can befall a source of that kind, each of them once.
 */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { katalogOf } from "./sources.ts";

/** `http`: a document by its URL. `helm` has an index, `helm-oci` is a registry. */
export type SourceKind = "file" | "http" | "helm" | "helm-oci" | "oci" | "git";

export const SOURCE_KINDS: readonly SourceKind[] = [
  ...(["file", "http", "helm", "helm-oci", "oci", "git"] as const),
];

export type Fault = AnswerFault | WayFault | ReferenceFault | FileFault;

/** What a server says. */
export interface AnswerFault {
  readonly what: string;
  /** On the first request, or on the one that comes after what the first said. */
  readonly stage?: 2;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Where the name of the host leads. */
export interface WayFault {
  readonly what: string;
  readonly way: Way;
}

export type Way =
  | { readonly kind: "server"; readonly which: "stranger" | "misnamed" | "expired" | "plain" }
  | { readonly kind: "closed" }
  | { readonly kind: "address"; readonly address: string }
  /** The system's resolver is asked for it. */
  | { readonly kind: "host"; readonly host: string };

/** What the import says instead; `base` is where its server is, and leads to nothing of the fault's own. */
export interface ReferenceFault {
  readonly what: string;
  readonly imports: (base: string) => object;
}

/** What lies at the path instead of a document. */
export interface FileFault {
  readonly what: string;
  /** What the import names. */
  readonly file: string;
  /** In a folder of its own. */
  readonly make?: (folder: string) => Promise<unknown>;
  /** Beside the path. */
  readonly more?: object;
}

const status = (code: number): AnswerFault => ({
  what: `a ${code}`,
  answer: (_, response) => void response.writeHead(code).end("no\n"),
});

const body = (what: string, content: string | Uint8Array, type = "text/plain"): AnswerFault => ({
  what,
  answer: (_, response) => void response.writeHead(200, { "content-type": type }).end(content),
});

const redirect = (what: string, location: string): AnswerFault => ({
  what,
  answer: (_, response) => void response.writeHead(302, { location }).end(),
});

/** The same for all servers. */
export const ANSWERS: readonly AnswerFault[] = [
  ...[204, 400, 401, 403, 404, 410, 429, 500, 502, 503].map(status),
  body("a web page", "<html><body>Log in</body></html>", "text/html; charset=utf-8"),
  body("nothing at all", ""),
  body("what is no YAML", "kind: [unclosed\n\tapi: {"),
  body("another document", "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n"),
  body("invalid UTF-8", new Uint8Array([0x6b, 0x3a, 0xff, 0xfe, 0x0a])),
  body("more than anybody reads", `# ${"x".repeat(12 * 1024 * 1024)}`),
  {
    what: "a compressed answer",
    answer: (_, response) =>
      void response.writeHead(200, { "content-encoding": "gzip" }).end("not even gzip"),
  },
  {
    what: "an answer that is cut off",
    answer(_, response) {
      response.writeHead(200, { "content-length": "1000" });
      response.write("apiVersion: orkestra");
      setTimeout(() => response.destroy(), 20);
    },
  },
  { what: "a connection that is cut", answer: (request) => void request.socket.destroy() },
  {
    what: "silence",
    answer() {
      // The client's patience ends it.
    },
  },
  {
    what: "a body that never ends",
    answer(_, response) {
      response.writeHead(200);
      response.write("apiVersion: ");
    },
  },
  {
    what: "a body that comes in drops",
    answer(_, response) {
      response.writeHead(200);
      const dripping = setInterval(() => response.write("#"), 50);
      response.once("close", () => clearInterval(dripping));
    },
  },
  redirect("a redirect to itself", "?again"),
  redirect("a redirect to plain http", "http://plain.example.io/katalog.yaml"),
  redirect("a redirect to a private address", "https://10.0.0.1/katalog.yaml"),
  redirect("a redirect to a metadata service", "https://169.254.169.254/latest/meta-data"),
  redirect("a redirect to a file", "file:///etc/passwd"),
  redirect("a redirect to a name that nobody knows", "https://nowhere.invalid/katalog.yaml"),
  { what: "a redirect to nowhere", answer: (_, response) => void response.writeHead(302).end() },
  { what: "a 404 for what was promised", stage: 2, answer: status(404).answer },
  {
    what: "other content than was promised",
    stage: 2,
    answer: (_, response) => void response.writeHead(200).end("changed between two reads"),
  },
  {
    what: "half of what was promised",
    stage: 2,
    answer(_, response) {
      response.writeHead(200, { "content-length": "5000" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    },
  },
];

/** The same for all hosts. */
const WAYS: readonly WayFault[] = [
  { what: "a certificate of another authority", way: { kind: "server", which: "stranger" } },
  { what: "a certificate for another name", way: { kind: "server", which: "misnamed" } },
  { what: "an expired certificate", way: { kind: "server", which: "expired" } },
  { what: "no TLS", way: { kind: "server", which: "plain" } },
  { what: "nobody there", way: { kind: "closed" } },
  { what: "a private address", way: { kind: "address", address: "10.1.2.3" } },
  { what: "a metadata service", way: { kind: "address", address: "169.254.169.254" } },
  { what: "a name that nobody knows", way: { kind: "host", host: "nowhere.invalid" } },
  { what: "a name that is too long", way: { kind: "host", host: `${"x".repeat(64)}.example.io` } },
  { what: "a name with an empty part", way: { kind: "host", host: "a..example.io" } },
];

const UNSET = { auth: { type: "bearer", fromEnv: "NOBODY_SETS_THIS" } };
const NOBODY = `sha256:${"0".repeat(64)}`;

/** `base` as in the good import: `https://files.example.io/f7`, `oci://registry.example.io/f7`, … */
const REFERENCES: Readonly<Record<Exclude<SourceKind, "file">, readonly ReferenceFault[]>> = {
  http: [
    {
      what: "a pin that does not fit",
      imports: (base) => ({ files: [{ url: `${base}/katalog.yaml`, sha256: "0".repeat(64) }] }),
    },
    {
      what: "credentials that nobody set",
      imports: (base) => ({ files: [{ url: `${base}/katalog.yaml`, ...UNSET }] }),
    },
    {
      what: "an entry that an import brings, too",
      imports: (base) => ({ files: [`${base}/good.yaml`] }),
    },
    {
      what: "a definition beside it that is not there",
      imports: (base) => ({ files: [`${base}/lone.yaml`] }),
    },
  ],
  helm: [
    {
      what: "a chart that is not there",
      imports: (base) => ({ helm: [{ repo: base, chart: "none", version: "1.0.0" }] }),
    },
    {
      what: "a version that is not there",
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: "9.9.9" }] }),
    },
    {
      what: "a range that nothing is in",
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: ">2 <3" }] }),
    },
    {
      what: "credentials that nobody set",
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", ...UNSET }] }),
    },
    {
      what: "values that it fails on",
      imports: (base) => ({
        helm: [{ repo: base, chart: "platform", version: "1.0.0", values: { workers: "[" } }],
      }),
    },
  ],
  "helm-oci": [
    {
      what: "a chart that is not there",
      imports: (base) => ({ helm: [{ repo: base, chart: "none", version: "1.0.0" }] }),
    },
    {
      what: "a version that is not there",
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: "9.9.9" }] }),
    },
    {
      what: "an artifact that is no chart",
      imports: (base) => ({ helm: [{ repo: base, chart: "one", version: "v1" }] }),
    },
    {
      what: "credentials that nobody set",
      imports: (base) => ({
        helm: [{ repo: base, chart: "platform", version: "1.0.0", ...UNSET }],
      }),
    },
  ],
  oci: [
    { what: "a tag that is not there", imports: (base) => ({ registry: [`${base}/one:v9`] }) },
    {
      what: "a digest that is not there",
      imports: (base) => ({ registry: [`${base}/one@${NOBODY}`] }),
    },
    { what: "a chart", imports: (base) => ({ registry: [`${base}/platform:1.0.0`] }) },
    {
      what: "an artifact without a Komposer",
      imports: (base) => ({ registry: [{ url: `${base}/one:v1`, useKomposer: true }] }),
    },
    {
      what: "credentials that nobody set",
      imports: (base) => ({ registry: [{ url: `${base}/one:v1`, ...UNSET }] }),
    },
  ],
  git: [
    {
      what: "a repository that is not there",
      imports: (base) => ({ registry: [`${base}/none@main`] }),
    },
    {
      what: "a branch that is not there",
      imports: (base) => ({ registry: [`${base}/patterns@x`] }),
    },
    {
      what: "a commit that is not there",
      imports: (base) => ({ registry: [`${base}/patterns@${"0".repeat(39)}1`] }),
    },
    {
      what: "a Katalog that is not there",
      imports: (base) => ({
        registry: [{ url: `${base}/patterns@main`, katalog: { none: { version: "v1" } } }],
      }),
    },
    {
      what: "credentials that nobody set",
      imports: (base) => ({ registry: [{ url: `${base}/patterns@main`, ...UNSET }] }),
    },
  ],
};

const written = (what: string, content: string | Uint8Array): FileFault => ({
  what,
  file: "katalog.yaml",
  make: (folder) => writeFile(join(folder, "katalog.yaml"), content),
});

const ENTRY = "apiTypes: { group: own.example.io, version: v1, kind: Thing, plural: things }";

const FILES: readonly FileFault[] = [
  { what: "no file", file: "none.yaml" },
  { what: "a folder without a document", file: "." },
  { what: "a glob that meets nothing", file: "*.yaml" },
  {
    what: "a link to nothing",
    file: "link.yaml",
    make: (folder) => symlink("nowhere.yaml", join(folder, "link.yaml")),
  },
  {
    what: "a link to itself",
    file: "link.yaml",
    make: (folder) => symlink("link.yaml", join(folder, "link.yaml")),
  },
  {
    what: "a folder called like a file",
    file: "katalog.yaml",
    make: (folder) => mkdir(join(folder, "katalog.yaml")),
  },
  { what: "a device that ends at once", file: "/dev/null" },
  { what: "a device that never ends", file: "/dev/zero" },
  { what: "a file that fails to be read", file: "/proc/self/mem" },
  { what: "a variable that nobody set", file: "$NOBODY_SETS_THIS/katalog.yaml" },
  { ...written("a pin that does not fit", katalogOf("own")), more: { sha256: "0".repeat(64) } },
  written("nothing at all", ""),
  written("only a comment", "# later\n"),
  written("what is no YAML", "kind: [unclosed\n\tapi: {"),
  written("a list", "- kind: Katalog\n"),
  written("invalid UTF-8", new Uint8Array([0x6b, 0x3a, 0xff, 0xfe, 0x0a])),
  written("control characters", 'kind: "a\u0000b"\n'),
  written("more than anybody reads", `# ${"x".repeat(6 * 1024 * 1024)}`),
  written("another document", "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n"),
  written("another version", katalogOf("own").replace("/v1\n", "/v9\n")),
  written("a Komposer", katalogOf("own").replace("kind: Katalog", "kind: Komposer")),
  written("a Motif", katalogOf("own").replace("kind: Katalog", "kind: Motif")),
  written("a Katalog of no CRD", katalogOf("own").replace(/crds:[\s\S]*/, "crds: {}\n")),
  written("an entry that an import brings, too", katalogOf("good")),
  written("an unknown key", katalogOf("own").replace("spec:", "spec:\n  crd: {}")),
  written(
    "a definition that is not there",
    katalogOf("own").replace(ENTRY, "crdFile: ./none.yaml"),
  ),
  {
    what: "a definition that is none",
    file: "katalog.yaml",
    async make(folder) {
      const text = katalogOf("own").replace(ENTRY, "crdFile: ./crd.yaml");
      await writeFile(join(folder, "katalog.yaml"), text);
      await writeFile(join(folder, "crd.yaml"), "kind: Pod\n");
    },
  },
];

/** Everything that can befall a source of this kind. */
export function faultsOf(kind: SourceKind): readonly Fault[] {
  if (kind === "file") return FILES;
  // A document by its URL is one request.
  const answers = ANSWERS.filter(({ stage }) => kind !== "http" || stage === undefined);
  return [...answers, ...WAYS, ...REFERENCES[kind]];
}
