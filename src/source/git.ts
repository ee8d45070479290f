/**
 * git over https as a source: the files of one commit, without its history, by protocol version 2.
 *
 * Flow: what the server can · which commit the ref means · that commit alone, as a pack · its files.
 * Guarantees: those of `web.ts` for every request; the files are those of the commit, by the SHA-1
 * of each; nothing is written, and no program is started. Source: gitprotocol-http(5),
 * gitprotocol-v2(5).
 */
import { shownAnswer, statusFault } from "./answer-check.ts";
import type { Bundle } from "./bundle.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { PackError, readPack } from "./git-pack.ts";
import { decodePackets, encodePackets, type Packet, packetText } from "./git-packets.ts";
import { filesOfCommit } from "./git-tree.ts";
import type { Ledger } from "./ledger.ts";
import type { GitReference } from "./reference.ts";
import { SourceError } from "./source-error.ts";
import type { Web } from "./web.ts";

const MAX_PACK_BYTES = 10 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 100 * 1024 * 1024;
const MAX_OBJECTS = 30_000;
const MAX_FILES = 10_000;
const MAX_REFS_BYTES = 1024 * 1024;
/** Larger files are of no use here: servers that can leave them out. */
const LARGEST_FILE = "5m";

/** Throws `SourceError`. */
export async function readGit(reference: GitReference, web: Web, ledger?: Ledger): Promise<Bundle> {
  const repository = new Repository(reference, web);
  const commit = await repository.commit();
  const pack = await repository.pack(commit);
  const files = repository.filesOf(pack, commit);
  const { ref, name } = reference;
  for (const [, { length }] of files) ledger?.take(length, name);
  const isShown = ref !== undefined && !name.endsWith(`@${ref}`);
  return {
    origin: isShown ? `${name}@${ref}` : name,
    digest: `sha1:${commit}`,
    files,
  };
}

interface Capabilities {
  /** What is asked next: redirects of the first answer are kept. */
  readonly url: URL;
  readonly lines: readonly string[];
}

class Repository {
  readonly #reference: GitReference;
  readonly #web: Web;
  #capabilities: Promise<Capabilities> | undefined;

  constructor(reference: GitReference, web: Web) {
    this.#reference = reference;
    this.#web = web;
  }

  /** The commit that the ref means. */
  async commit(): Promise<string> {
    const { ref = "HEAD" } = this.#reference;
    if (/^[0-9a-f]{40}$/.test(ref)) return ref;
    const names = ref.startsWith("refs/")
      ? [ref]
      : ref === "HEAD"
        ? ["HEAD"]
        : [`refs/tags/${ref}`, `refs/heads/${ref}`];
    const packets = await this.#ask("ls-refs", [
      "peel",
      ...names.map((name) => `ref-prefix ${name}`),
    ]);
    const found = new Map(packets.flatMap((packet) => refOf(packet)));
    const meant = names.flatMap((name) => found.get(name) ?? []);
    const [first, second] = meant;
    if (first !== undefined && (second === undefined || second === first)) return first;
    if (first !== undefined) {
      const hint = `Say which: refs/tags/${ref} or refs/heads/${ref}`;
      throw this.#fault("status", `"${ref}" is a tag and a branch, of different commits`, hint);
    }
    const isShort = /^[0-9a-f]{7,39}$/.test(ref);
    const hint = isShort ? "Give all 40 digits of a commit" : "Is the name right?";
    throw this.#fault("status", `it has no tag, branch or commit "${ref}"`, hint);
  }

  /** The commit with all its files, and nothing of what was before. */
  async pack(commit: string): Promise<Uint8Array> {
    const { lines } = await this.#advertised();
    const fetch = lines.find((line) => line.startsWith("fetch="))?.slice("fetch=".length) ?? "";
    const features = fetch.split(" ");
    if (!features.includes("shallow")) {
      throw this.#fault("wrong-type", "its server gives no single commits");
    }
    const packets = await this.#ask("fetch", [
      "no-progress",
      "ofs-delta",
      "deepen 1",
      ...(features.includes("filter") ? [`filter blob:limit=${LARGEST_FILE}`] : []),
      `want ${commit}`,
      "done",
    ]);
    const start = packets.findIndex((packet) => packetText(packet) === "packfile");
    if (start < 0) throw this.#fault("wrong-type", "its server gave no pack");
    return Buffer.concat(packets.slice(start + 1).flatMap((packet) => this.#packData(packet)));
  }

  filesOf(pack: Uint8Array, commit: string): ReadonlyMap<string, Uint8Array> {
    try {
      const objects = readPack(pack, { objects: MAX_OBJECTS, bytes: MAX_UNPACKED_BYTES });
      return filesOfCommit(objects, commit, MAX_FILES);
    } catch (error) {
      if (!(error instanceof PackError)) throw error;
      const code = error.isTooLarge ? "too-large" : "wrong-type";
      throw this.#fault(code, `of what its server sent ${error.message}`);
    }
  }

  /** Source: gitprotocol-v2(5), "packfile": one byte says what the rest is. */
  #packData(packet: Packet): readonly Uint8Array[] {
    if (packet.kind !== "data") return [];
    const channel = packet.bytes[0];
    if (channel === 3) throw this.#fault("cut-off", "its server gave up while it sent");
    return channel === 1 ? [packet.bytes.subarray(1)] : [];
  }

  #advertised(): Promise<Capabilities> {
    this.#capabilities ??= this.#readCapabilities();
    return this.#capabilities;
  }

  async #readCapabilities(): Promise<Capabilities> {
    const url = withPath(new URL(this.#reference.location), "/info/refs");
    url.search = "?service=git-upload-pack";
    const answer = await this.#web({
      url,
      ...this.#common(url),
      headers: { "git-protocol": "version=2" },
      maxBytes: MAX_REFS_BYTES,
    });
    const type = "application/x-git-upload-pack-advertisement";
    const packets = this.#packets(answer, type);
    const lines = packets.flatMap((packet) => packetText(packet) ?? []);
    if (!lines.includes("version 2")) {
      throw this.#fault("wrong-type", "its server does not speak version 2 of git's protocol");
    }
    const format = lines.find((line) => line.startsWith("object-format="));
    if (format !== undefined && format !== "object-format=sha1") {
      throw this.#fault("wrong-type", `it names objects by ${format.slice(14, 30)}, expected sha1`);
    }
    const base = new URL(answer.url);
    base.pathname = base.pathname.replace(/\/info\/refs$/, "");
    base.search = "";
    return { url: base, lines };
  }

  async #ask(command: string, lines: readonly string[]): Promise<readonly Packet[]> {
    const { url: base } = await this.#advertised();
    const url = withPath(base, "/git-upload-pack");
    const answer = await this.#web({
      url,
      ...this.#common(url),
      // A question is sent like something to be written; to whoever asks it is a read.
      verb: "read",
      method: "POST",
      headers: {
        "git-protocol": "version=2",
        "content-type": "application/x-git-upload-pack-request",
      },
      body: encodePackets([`command=${command}`, "agent=orkestra", null, ...lines]),
      maxBytes: MAX_PACK_BYTES,
    });
    return this.#packets(answer, "application/x-git-upload-pack-result");
  }

  #common(url: URL) {
    const { name, location, credentials } = this.#reference;
    // A server that leads elsewhere does not take the credentials along.
    const isOwn = url.origin === new URL(location).origin;
    return { name, ...(isOwn && credentialsOf(asGitTakesThem(credentials))) };
  }

  #packets(answer: Awaited<ReturnType<Web>>, type: string): readonly Packet[] {
    const { name, credentials } = this.#reference;
    const { status, headers, body } = answer;
    if (status !== 200) {
      const fault = statusFault(name, answer, credentials);
      const isUnknown = status === 404 && !credentials && !answer.place?.isOther;
      throw isUnknown ? new SourceError(fault.code, fault.message, { hint: NOT_GIT }) : fault;
    }
    const found = headers["content-type"]?.replace(/;.*$/, "").trim();
    if (found !== type) {
      const hint = "Name the URL that git clone takes";
      const what = shownAnswer(name, answer.place);
      throw new SourceError("wrong-type", `Cannot read ${what}: no git repository answers there`, {
        hint,
      });
    }
    const packets = decodePackets(body);
    if (typeof packets === "string") throw this.#fault("cut-off", packets);
    if (packets.some((packet) => packetText(packet)?.startsWith("ERR "))) {
      throw this.#fault("status", "its server refuses: is the commit there?");
    }
    return packets;
  }

  #fault(code: SourceError["code"], found: string, hint?: string): SourceError {
    return new SourceError(code, `Cannot read "${this.#reference.name}": ${found}`, { hint });
  }
}

/** A registry, for one, which a URL without a tag does not give away. */
const NOT_GIT =
  "Is it the URL that git clone takes? An artifact has its tag behind it, or says oci: true";

/** `<object> <name> peeled:<commit>`: of a tag that is an object of its own the commit counts. */
function refOf(packet: Packet): readonly (readonly [name: string, commit: string])[] {
  const [object = "", name, ...attributes] = (packetText(packet) ?? "").split(" ");
  if (name === undefined || !/^[0-9a-f]{40}$/.test(object)) return [];
  const peeled = attributes.find((one) => one.startsWith("peeled:"))?.slice("peeled:".length);
  return [[name, peeled ?? object]];
}

function withPath(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  return url;
}

/** GitHub's git takes a token as a password, whatever the user is called; its API takes it as it is. */
function asGitTakesThem(credentials: Credentials | undefined): Credentials | undefined {
  const [token] = credentials?.secrets ?? [];
  if (credentials?.type !== "github" || token === undefined) return credentials;
  const encoded = Buffer.from(`x-access-token:${token}`, "utf8").toString("base64");
  return { ...credentials, authorization: `Basic ${encoded}` };
}
