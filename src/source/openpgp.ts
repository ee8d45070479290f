/**
 * OpenPGP as far as provenance needs it: a keyring, and texts that were signed in the clear. The only door to
 * the library; loaded when an import says `verify`.
 *
 * Guarantees: what is given back is the text that the signature is over, not the file around it; a key must
 * not be expired or revoked now, nor have been when it signed; signatures with MD5, SHA-1 and RIPEMD, and RSA
 * keys of less than 2,047 bits, do not count.
 * Source: RFC 9580, section 7, "Cleartext Signature Framework".
 */
import { type CleartextMessage, type Key, readCleartextMessage, readKeys } from "openpgp";
import { SourceError } from "./source-error.ts";

export interface Keyring {
  /** As the document spells its path. */
  readonly name: string;
  /** `nowMs`: milliseconds since the Unix epoch. Never throws for what the text says. */
  verify(text: string, nowMs: number): Promise<VerifiedText>;
}

export type VerifiedText =
  | { readonly kind: "valid"; readonly text: string; readonly signer: string }
  | { readonly kind: "invalid"; readonly why: string };

const ARMOR = "-----BEGIN PGP ";

/** Public keys, armored (`gpg --armor --export`) or not. Throws `SourceError`. */
export async function readKeyring(bytes: Uint8Array, name: string): Promise<Keyring> {
  const keys = await parse(bytes, name);
  if (keys.some((key) => key.isPrivate())) {
    throw keyringFault(name, "it holds a private key, expected public ones");
  }
  return { name, verify: (text, nowMs) => verify(text, { keys, name, now: new Date(nowMs) }) };
}

async function parse(bytes: Uint8Array, name: string): Promise<readonly Key[]> {
  const text = new TextDecoder().decode(bytes);
  try {
    if (!text.includes(ARMOR)) return await merged(await readKeys({ binaryKeys: bytes }));
    const blocks = text.split(/(?=^-----BEGIN PGP )/m).filter((block) => block.startsWith(ARMOR));
    const lists = await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys })));
    return await merged(lists.flat());
  } catch (cause) {
    throw keyringFault(name, `it holds no OpenPGP keys that can be read (${reasonOf(cause)})`);
  }
}

/** One key may stand there twice: revoked once, or with its time prolonged. */
async function merged(keys: readonly Key[]): Promise<readonly Key[]> {
  const byFingerprint = new Map<string, Key>();
  for (const key of keys) {
    const known = byFingerprint.get(key.getFingerprint());
    byFingerprint.set(key.getFingerprint(), known ? await known.update(key) : key);
  }
  return [...byFingerprint.values()];
}

function keyringFault(name: string, found: string): SourceError {
  const hint = "Write one with: gpg --armor --export <key> > keys.asc";
  return new SourceError("unreadable", `Cannot use the keyring "${name}": ${found}`, { hint });
}

interface Against {
  readonly keys: readonly Key[];
  readonly name: string;
  readonly now: Date;
}

/** Each of them is looked at, and costs time. */
const MAX_SIGNATURES = 16;

/** One good signature is enough; else what is wrong with the last one. */
async function verify(text: string, against: Against): Promise<VerifiedText> {
  const message = await read(text);
  if (!message) return invalid("it is no text that was signed in the clear with OpenPGP");
  const ids = message.getSigningKeyIDs();
  if (ids.length > MAX_SIGNATURES) return invalid(`it holds ${ids.length} signatures`);
  let found = invalid("it holds no signature over a text");
  for (const result of await resultsOf(message, against)) {
    found = await judge(result, message, against);
    if (found.kind === "valid") return found;
  }
  return found;
}

/** None when the signatures are of a type that the library does not know, which it throws for. */
async function resultsOf(message: CleartextMessage, { keys, now }: Against) {
  try {
    return await message.verify([...keys], now);
  } catch {
    return [];
  }
}

async function read(cleartextMessage: string): Promise<CleartextMessage | undefined> {
  try {
    return await readCleartextMessage({ cleartextMessage });
  } catch {
    return undefined;
  }
}

type Result = Awaited<ReturnType<CleartextMessage["verify"]>>[number];

async function judge(
  { keyID, verified }: Result,
  message: CleartextMessage,
  against: Against,
): Promise<VerifiedText> {
  const key = against.keys.find((one) => one.getKeys(keyID).length > 0);
  if (!key) {
    return invalid(`it was signed with the key ${keyID.toHex()}, expected ${shownKeys(against)}`);
  }
  try {
    await verified;
    // The library asks whether the key was good when it signed; Helm asks whether it still is.
    await key.getSigningKey(keyID, against.now);
    return { kind: "valid", text: message.getText(), signer: nameOf(key) };
  } catch (error) {
    return invalid(`its signature by ${nameOf(key)} does not count: ${reasonOf(error)}`);
  }
}

function invalid(why: string): VerifiedText {
  return { kind: "invalid", why };
}

function shownKeys({ keys, name }: Against): string {
  return `one of "${name}" (${keys.map(nameOf).join(", ")})`;
}

function nameOf(key: Key): string {
  const [user = ""] = key.getUserIDs();
  return `${key.getKeyID().toHex()} ${plain(user)}`.trim();
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  return plain(error.message).replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
}

const MAX_SHOWN = 200;

/** A terminal must not be steered by what stands in a key. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}+/gu, " ").slice(0, MAX_SHOWN);
}
