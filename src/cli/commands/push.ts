/** `ork push`: a document with every file that it refers to → an OCI artifact, signed if asked. */
import { type PackedDocument, packDocument } from "../../resolve/pack.ts";
import { TITLE } from "../../source/oci/media-types.ts";
import { type PackedArtifact, packArtifact, pushArtifact } from "../../source/oci/push.ts";
import type { OciReference } from "../../source/oci/reference.ts";
import { Registry } from "../../source/oci/registry.ts";
import { writeBundle } from "../../source/oci/sign-bundle.ts";
import { readSignKey, type SignKey } from "../../source/oci/signature-key.ts";
import { writeSignature } from "../../source/oci/signatures.ts";
import { SourceError } from "../../source/source-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Flags } from "../flags.ts";
import type { Io } from "../io.ts";
import { openLockedSources } from "../lock-file.ts";
import { openRegistries, readKeyFile, readReference } from "../registry-access.ts";
import { failureCode, reportIssues, resolveOptionsOf } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";
import { UsageError } from "../usage-error.ts";

export async function execute({ args, flags, io }: CommandInput): Promise<ExitCode> {
  const given = readReference(args);
  const key = await signKey(flags, io);
  const [path, ...others] = flags.texts("file");
  if (others.length > 0) throw new UsageError("Cannot push several documents: expected one --file");
  const options = await resolveOptionsOf(flags, io);
  const packed = await packDocument({
    ...options,
    path,
    openSources: (files) => openLockedSources({ flags, io, web: options.web ?? {}, files }),
  });
  await reportIssues(packed.issues, io);
  if (packed.kind === "failed") return failureCode(packed);
  const artifact = await packArtifact({
    files: packed.files,
    annotations: annotationsOf(packed),
  });
  const reference = tagged(given, packed);
  const isDry = flags.isOn("dry-run");
  const sent = isDry
    ? { isSigned: false, replaced: undefined }
    : await send(reference, { artifact, key, flags, io });
  report({ reference, packed, artifact, ...sent, isDry }, flags, io);
  return EXIT.ok;
}

/** Where no tag is given, the document's version is one. */
function tagged(reference: OciReference, { metadata }: PackedDocument): OciReference {
  if (reference.digest !== undefined) {
    throw new UsageError(
      `Cannot push to "${reference.name}": a digest is not chosen, expected a tag`,
    );
  }
  if (reference.tag !== undefined) return reference;
  const tag = metadata.get("version");
  if (tag !== undefined && /^\w[\w.-]{0,127}$/.test(tag)) {
    return { ...reference, tag, name: `${reference.name}:${tag}` };
  }
  const expected = "expected a tag behind it, or metadata.version in the document";
  throw new UsageError(`Cannot push to "${reference.name}": ${expected}`);
}

async function signKey(flags: Flags, io: Io): Promise<SignKey | undefined> {
  const path = flags.text("sign-key");
  if (path === undefined) return undefined;
  const password = io.env["ORK_SIGN_PASSWORD"] ?? io.env["COSIGN_PASSWORD"];
  return readSignKey(await readKeyFile(path), path, password);
}

interface Sending {
  readonly artifact: PackedArtifact;
  readonly key: SignKey | undefined;
  readonly flags: Flags;
  readonly io: Io;
}

interface Sent {
  readonly isSigned: boolean;
  /** The digest that the tag meant before, where that was another one. */
  readonly replaced: string | undefined;
}

async function send(reference: OciReference, { artifact, key, flags, io }: Sending): Promise<Sent> {
  const progress = (text: string) => {
    if (io.hasColor.stderr) io.note(text);
  };
  const registry = new Registry(reference, await openRegistries(flags, io));
  progress(`Pushing to ${reference.name} …`);
  const before = await meaningOf(registry, reference.tag);
  const { sentBytes } = await pushArtifact(registry, artifact, reference.tag);
  progress(`Sent ${sentBytes} bytes; what the registry had already was not sent again`);
  const replaced = before === artifact.digest ? undefined : before;
  if (replaced !== undefined) io.note(replacedNotice(reference, replaced));
  if (!key) return { isSigned: false, replaced };
  // In both forms: older readers know the first one only, newer ones do not look at it beside any of the second.
  await writeSignature(registry, artifact.digest, key);
  await writeBundle(registry, artifact.digest, key);
  progress(`Signed with "${key.name}" (${key.fingerprint})`);
  return { isSigned: true, replaced };
}

/** What is no artifact that can be read is replaced without a word: it has no digest to tell. */
async function meaningOf(registry: Registry, tag: string | undefined): Promise<string | undefined> {
  if (tag === undefined) return undefined;
  try {
    return (await registry.findManifest(tag))?.digest;
  } catch (error) {
    if (error instanceof SourceError && error.code === "wrong-type") return undefined;
    throw error;
  }
}

function replacedNotice({ tag }: OciReference, before: string): string {
  return `notice: The tag "${tag}" was ${before} before: imports by this tag get the new artifact, locked ones stop at it`;
}

/** Keys of the OCI image specification, "Pre-Defined Annotation Keys"; no time, so that the digest stays. */
const ANNOTATIONS: readonly (readonly [string, string])[] = [
  ["name", TITLE],
  ["version", "org.opencontainers.image.version"],
  ["description", "org.opencontainers.image.description"],
  ["author", "org.opencontainers.image.authors"],
  ["license", "org.opencontainers.image.licenses"],
];

function annotationsOf({ document, metadata }: PackedDocument): Record<string, string> {
  const own = ANNOTATIONS.flatMap(([key, annotation]) => {
    const value = metadata.get(key);
    return value === undefined ? [] : [[annotation, value]];
  });
  return Object.fromEntries([...own, ["orkestra.orkspace.io/kind", document]]);
}

interface Pushed {
  readonly reference: OciReference;
  readonly packed: PackedDocument;
  readonly artifact: PackedArtifact;
  readonly isSigned: boolean;
  readonly replaced: string | undefined;
  readonly isDry: boolean;
}

function report({ reference, packed, artifact, isDry, ...sent }: Pushed, flags: Flags, io: Io) {
  const { digest } = artifact;
  const files = [...packed.files].map(([path, bytes]) => ({ path, size: bytes.length }));
  const { name, origin, repository } = reference;
  if (flags.text("output") === "json") {
    const pinned = `${origin.replace(/^https/, "oci")}/${repository}@${digest}`;
    const state = { pushed: !isDry, signed: sent.isSigned, replaced: sent.replaced };
    const facts = { reference: name, pinned, digest, ...state, files };
    io.print(JSON.stringify(facts, null, 2));
    return;
  }
  const said = isDry ? "Would push" : sent.isSigned ? "Pushed and signed" : "Pushed";
  io.print(`${said} ${name}\n${digest}`);
  for (const { path, size } of files) io.print(`  ${path}  ${size} B`);
}
