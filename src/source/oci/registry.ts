/**
 * One repository of a registry: the requests of the OCI distribution specification 1.1 that artifacts
 * take, each answer checked.
 *
 * Guarantees: what is given back has the digest that was asked for; a manifest by tag has the digest
 * that it is told with; credentials: `login.ts`; everything else on the way: `web.ts`.
 */
import { STATUS_CODES } from "node:http";
import { elsewhereHint, shownAnswer } from "../answer-check.ts";
import { SourceError } from "../source-error.ts";
import type { AnswerPlace, WebAnswer, WebRequest } from "../web.ts";
import { type LoginOptions, RegistryLogin } from "./login.ts";
import {
  type Descriptor,
  MANIFEST_TYPES,
  MAX_MANIFEST_BYTES,
  type Manifest,
  parseManifest,
  sha256Digest,
} from "./manifest.ts";
import { INDEX_TYPE } from "./media-types.ts";
import type { OciReference } from "./reference.ts";

export interface ReadManifest {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  readonly digest: string;
}

const TAG_PAGE_SIZE = 1000;
const MAX_TAG_PAGES = 20;

/** Source: the OCI distribution specification 1.1, "Listing Tags". What is no list holds none. */
function tagsIn(body: Uint8Array): readonly string[] {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body));
    const { tags } = answer as { readonly tags?: unknown };
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
  } catch {
    return [];
  }
}

type Call = Omit<WebRequest, "url" | "name" | "authorization" | "secretHeaders"> & {
  readonly url: URL;
  /** As a token names them. */
  readonly actions: "pull" | "pull,push";
};

export class Registry {
  readonly reference: OciReference;
  readonly #options: LoginOptions;
  readonly #login: RegistryLogin;

  constructor(reference: OciReference, options: LoginOptions) {
    this.reference = reference;
    this.#options = options;
    this.#login = new RegistryLogin(reference, options);
  }

  /** By tag or digest. */
  async readManifest(which: string): Promise<ReadManifest> {
    const { found, place } = await this.#lookUp(which);
    if (found) return found;
    const hint =
      "Is the name right, and was it pushed? A registry also says so to who may not read it";
    const told = `the registry answered 404 Not Found for "${which}"`;
    throw this.#fault("status", told, { place, hint: place?.isOther ? elsewhereHint(404) : hint });
  }

  /** Nothing when the registry does not know it. */
  async findManifest(which: string): Promise<ReadManifest | undefined> {
    return (await this.#lookUp(which)).found;
  }

  async #lookUp(
    which: string,
  ): Promise<{ readonly found?: ReadManifest; readonly place?: AnswerPlace | undefined }> {
    const answer = await this.#call({
      url: this.#url(`manifests/${which}`),
      headers: { accept: MANIFEST_TYPES.join(", ") },
      maxBytes: MAX_MANIFEST_BYTES,
      actions: "pull",
    });
    if (answer.status === 404) return { place: answer.place };
    this.#expect(answer, [200]);
    const bytes = answer.body;
    const digest = sha256Digest(bytes);
    const told = answer.headers["docker-content-digest"];
    const expected = which.startsWith("sha256:") ? which : told;
    if (typeof expected === "string" && expected.startsWith("sha256:") && expected !== digest) {
      throw this.#digestFault("manifest", digest, expected);
    }
    const { name } = this.reference;
    const contentType = answer.headers["content-type"];
    return { found: { manifest: parseManifest(bytes, { name, contentType }), bytes, digest } };
  }

  /** All tags of the repository, page by page. */
  async listTags(): Promise<readonly string[]> {
    const tags: string[] = [];
    for (let page = 0; page < MAX_TAG_PAGES; page++) {
      const url = this.#url("tags/list");
      url.searchParams.set("n", String(TAG_PAGE_SIZE));
      const last = tags.at(-1);
      if (last !== undefined) url.searchParams.set("last", last);
      const answer = await this.#call({ url, maxBytes: MAX_MANIFEST_BYTES, actions: "pull" });
      this.#expect(answer, [200]);
      const found = tagsIn(answer.body);
      for (const tag of found) tags.push(tag);
      if (found.length === 0 || !String(answer.headers["link"] ?? "").includes("next")) break;
    }
    return tags;
  }

  /** What says of itself that it belongs to this manifest. */
  async findReferrers(digest: string): Promise<readonly Descriptor[]> {
    const answer = await this.#call({
      url: this.#url(`referrers/${digest}`),
      headers: { accept: INDEX_TYPE },
      maxBytes: MAX_MANIFEST_BYTES,
      actions: "pull",
    });
    if (answer.status === 404 || answer.status === 405) {
      // Older registries keep the list under a tag. Source: "Referrers Tag Schema".
      const found = await this.findManifest(digest.replace(":", "-"));
      return found?.manifest.kind === "index" ? found.manifest.manifests : [];
    }
    this.#expect(answer, [200]);
    const { name } = this.reference;
    const contentType = answer.headers["content-type"];
    const list = parseManifest(answer.body, { name, contentType });
    return list.kind === "index" ? list.manifests : [];
  }

  async readBlob({ digest, size }: Descriptor): Promise<Uint8Array> {
    const answer = await this.#call({
      url: this.#url(`blobs/${digest}`),
      // One more byte is already too much, and is told as such.
      maxBytes: size,
      actions: "pull",
    }).catch((error: unknown) => {
      if (!(error instanceof SourceError) || error.code !== "too-large") throw error;
      throw this.#fault("digest", `a blob is larger than the ${size} bytes of its manifest`, {
        hint: TAMPERED,
      });
    });
    this.#expect(answer, [200]);
    const { body } = answer;
    if (body.length !== size) {
      const found = `a blob is ${body.length} bytes, its manifest says ${size}`;
      throw this.#fault("digest", found, { hint: TAMPERED });
    }
    const found = sha256Digest(body);
    if (found !== digest) throw this.#digestFault("blob", found, digest);
    return body;
  }

  /** Uploads a blob unless it is there. Answers whether it was sent. */
  async writeBlob(bytes: Uint8Array): Promise<boolean> {
    const digest = sha256Digest(bytes);
    const known = await this.#call({
      url: this.#url(`blobs/${digest}`),
      method: "HEAD",
      maxBytes: 0,
      actions: "pull,push",
    });
    if (known.status === 200) return false;
    const begun = await this.#call({
      url: this.#url("blobs/uploads/"),
      method: "POST",
      maxBytes: MAX_MANIFEST_BYTES,
      actions: "pull,push",
    });
    this.#expect(begun, [202]);
    const url = this.#uploadUrl(begun);
    url.searchParams.set("digest", digest);
    const done = await this.#call({
      url,
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: bytes,
      maxBytes: MAX_MANIFEST_BYTES,
      actions: "pull,push",
    });
    this.#expect(done, [201]);
    return true;
  }

  /** Under a tag or its digest; its blobs are there already. Answers its digest. */
  async writeManifest(bytes: Uint8Array, mediaType: string, which: string): Promise<string> {
    const digest = sha256Digest(bytes);
    const answer = await this.#call({
      url: this.#url(`manifests/${which}`),
      method: "PUT",
      headers: { "content-type": mediaType },
      body: bytes,
      maxBytes: MAX_MANIFEST_BYTES,
      actions: "pull,push",
    });
    this.#expect(answer, [201]);
    const told = answer.headers["docker-content-digest"];
    if (typeof told === "string" && told.startsWith("sha256:") && told !== digest) {
      throw this.#digestFault("manifest", told, digest);
    }
    return digest;
  }

  async #call({ actions, ...call }: Call): Promise<WebAnswer> {
    // Where an upload goes elsewhere, it goes without credentials.
    const isOwn = call.url.origin === this.reference.origin;
    const ask = () =>
      this.#options.web({
        ...call,
        name: this.reference.name,
        ...(actions === "pull,push" && { verb: "push to" }),
        ...(isOwn && this.#login.authorization),
      });
    const answer = await ask();
    if (answer.status !== 401 || !(await this.#login.answer(answer, actions))) return answer;
    return ask();
  }

  #url(path: string): URL {
    return new URL(`${this.reference.origin}/v2/${this.reference.repository}/${path}`);
  }

  #uploadUrl({ headers, url }: WebAnswer): URL {
    const { location } = headers;
    if (location === undefined || !URL.canParse(location, url)) {
      const found = "the registry does not say where to upload to";
      const hint = "Does it take what is pushed, or is it a mirror?";
      throw this.#fault("status", found, { hint });
    }
    const target = new URL(location, url);
    const isDowngrade = target.protocol !== "https:" && url.protocol === "https:";
    if (!isDowngrade) return target;
    const found = `it leads an upload away from https, to "${target.protocol}"`;
    throw this.#fault("redirect", found, {
      hint: "Its own address is set up wrong: ask who runs it",
    });
  }

  #expect({ status, place }: WebAnswer, expected: readonly number[]): void {
    if (expected.includes(status)) return;
    const reason = STATUS_CODES[status] ?? "";
    const found = `the registry answered ${`${status} ${reason}`.trim()}`;
    const hint = place?.isOther ? elsewhereHint(status) : this.#statusHint(status);
    throw this.#fault("status", found, { place, hint });
  }

  #statusHint(status: number): string | undefined {
    if (status === 404) return "Is the name right, and does the registry still hold all of it?";
    if (status === 429) return "It limits how often one may ask: wait, or log in";
    if (status >= 500) return "The registry is in trouble: try again later, or ask who runs it";
    if (status !== 401 && status !== 403) {
      return "Does the registry hold artifacts, and may one do that there?";
    }
    const { credentials } = this.#options;
    const names = credentials?.variables.map((name) => `$${name}`).join(" and ");
    if (names) return `Is ${names} right, and is that enough?`;
    return `Does it need auth? Give it with auth, or log in: docker login ${this.reference.registry}`;
  }

  #digestFault(what: string, found: string, expected: string): SourceError {
    return this.#fault("digest", `its ${what} has the digest ${found}, expected ${expected}`, {
      hint: TAMPERED,
    });
  }

  #fault(
    code: SourceError["code"],
    found: string,
    {
      hint,
      place,
    }: { readonly hint?: string | undefined; readonly place?: AnswerPlace | undefined },
  ): SourceError {
    const what = shownAnswer(this.reference.name, place);
    return new SourceError(code, `Cannot use ${what}: ${found}`, { hint });
  }
}

const TAMPERED = "Somebody or something changed it on its way: do not use it";
