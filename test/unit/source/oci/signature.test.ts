import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync, randomBytes, scryptSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { parseAllowedAddress } from "../../../../src/source/address-rules.ts";
import { packArtifact, packManifest, pushArtifact } from "../../../../src/source/oci/push.ts";
import { parseOciReference } from "../../../../src/source/oci/reference.ts";
import { Registry } from "../../../../src/source/oci/registry.ts";
import { writeBundle } from "../../../../src/source/oci/sign-bundle.ts";
import { readSignKey, readVerifyKey } from "../../../../src/source/oci/signature-key.ts";
import {
  bundleSignature,
  keyBundle,
  simplePayload,
  simpleSignature,
} from "../../../../src/source/oci/signature-payload.ts";
import {
  findSignatures,
  requireSignature,
  writeSignature,
} from "../../../../src/source/oci/signatures.ts";
import { verifyArtifacts } from "../../../../src/source/oci/verify-policy.ts";
import { SourceError } from "../../../../src/source/source-error.ts";
import { openWeb } from "../../../../src/source/web.ts";
import { type Authority, createAuthority } from "../../../support/certificates.ts";
import { stride } from "../../../support/effort.ts";
import { FakeRegistry, type Intercept } from "../../../support/fake-registry.ts";
import cosign from "./fixtures/cosign.json";

const own = keyPair();
const other = keyPair();
const cosignKey = readVerifyKey(cosign.publicKey, "cosign.pub");
const byCosign = { kind: "valid", by: "cosign.pub", proof: cosignKey.fingerprint } as const;

function keyPair(type: "ec" | "ed25519" | "rsa" = "ec") {
  const pair =
    type === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : type === "rsa"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ed25519");
  return {
    private: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    public: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
    pair,
  };
}

test("simpleSignature() believes what cosign signed", () => {
  const { payload, signature, ...about } = cosign.simpleSigning;
  const found = simpleSignature(Buffer.from(payload), signature);
  expect(found.check([cosignKey], about)).toEqual(byCosign);
  expect(found.check([readVerifyKey(own.public, "own")], about).kind).toBe("invalid");
  expect(found.check([readVerifyKey(own.public, "own"), cosignKey], about).kind).toBe("valid");
  expect(found.check([cosignKey], { ...about, digest: cosign.bundle.digest })).toMatchObject({
    why: "it is about something else",
  });
  expect(found.check([cosignKey], { ...about, repository: "ghcr.io/org/other" })).toMatchObject({
    why: "it was made for another repository",
  });
});

test("simplePayload() is what cosign signs, byte for byte", () => {
  const { payload, digest, repository } = cosign.simpleSigning;
  expect(Buffer.from(simplePayload({ digest, repository })).toString()).toBe(payload);
});

test("bundleSignature() believes a bundle of cosign", () => {
  const { content, ...about } = cosign.bundle;
  const found = bundleSignature(Buffer.from(content));
  expect(found?.check([cosignKey], about)).toEqual(byCosign);
  expect(found?.check([readVerifyKey(own.public, "own")], about)).toMatchObject({
    kind: "invalid",
  });
  expect(
    found?.check([cosignKey], { ...about, digest: cosign.simpleSigning.digest }),
  ).toMatchObject({ why: "it is about something else" });
});

test("every byte of a payload and of its signature counts", () => {
  const { payload, signature, ...about } = cosign.simpleSigning;
  const bytes = Buffer.from(payload);
  for (let at = 0; at < bytes.length; at += stride(1)) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(simpleSignature(changed, signature).check([cosignKey], about).kind).toBe("invalid");
  }
  const raw = Buffer.from(signature, "base64");
  for (let at = 0; at < raw.length; at++) {
    const changed = Buffer.from(raw);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const found = simpleSignature(bytes, changed.toString("base64"));
    expect(found.check([cosignKey], about).kind).toBe("invalid");
  }
  for (const text of ["", "x", "====", signature.slice(0, -8)]) {
    expect(simpleSignature(bytes, text).check([cosignKey], about).kind).toBe("invalid");
  }
});

test("every byte of a bundle that matters counts", () => {
  const { content, ...about } = cosign.bundle;
  const bytes = Buffer.from(content);
  const payload = JSON.parse(content).dsseEnvelope.payload as string;
  const start = content.indexOf(payload);
  const sig = content.indexOf('"sig":"') + 7;
  for (let at = 0; at < bytes.length; at += stride(1)) {
    const isSigned = (at >= start && at < start + payload.length) || (at >= sig && at < sig + 90);
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const checked = bundleSignature(changed)?.check([cosignKey], about);
    if (isSigned) expect(checked?.kind ?? "invalid").toBe("invalid");
  }
});

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["a bundle of a blob", '{"verificationMaterial":{"publicKey":{}},"messageSignature":{}}'],
  ["an envelope of nothing", '{"verificationMaterial":{"publicKey":{}},"dsseEnvelope":{}}'],
])("bundleSignature() passes over %s", (_, text) => {
  expect(bundleSignature(Buffer.from(text))).toBeUndefined();
});

test.each([
  ["no list", 7],
  ["nothing", []],
  ["no texts", [{ sig: 7 }, null, "x"]],
])("a bundle whose signatures are %s is invalid", (_, signatures) => {
  const root = JSON.parse(cosign.bundle.content);
  root.dsseEnvelope.signatures = signatures;
  const found = bundleSignature(Buffer.from(JSON.stringify(root)));
  expect(found?.check([cosignKey], cosign.bundle)).toMatchObject({ kind: "invalid" });
});

test("a signature of a certificate is said to be one", () => {
  const { payload, signature, ...about } = cosign.simpleSigning;
  const found = simpleSignature(Buffer.from(payload), signature, {
    "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----",
  });
  expect(found.check([key], about)).toMatchObject({ why: expect.stringContaining("certificate") });
  // Who has the key need not care.
  expect(found.check([cosignKey], about).kind).toBe("valid");
  const material = { certificate: { rawBytes: "AA==" } };
  const { dsseEnvelope } = JSON.parse(cosign.bundle.content);
  const bundle = { verificationMaterial: material, dsseEnvelope };
  const keyless = bundleSignature(Buffer.from(JSON.stringify(bundle)));
  expect(keyless?.check([key], about)).toMatchObject({
    kind: "invalid",
    why: expect.stringContaining("certificate"),
  });
});

/** Signed by us, but not a signature of an artifact. */
test("an attestation of something else is no signature", async () => {
  const key = await readSignKey(own.private, "own", undefined);
  const statement = Buffer.from(
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://slsa.dev/provenance/v1",
      subject: [{ digest: { sha256: cosign.bundle.digest.slice(7) } }],
    }),
  );
  const type = "application/vnd.in-toto+json";
  const encoded = Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} ${type} ${statement.length} `),
    statement,
  ]);
  const bundle = {
    verificationMaterial: { publicKey: {} },
    dsseEnvelope: {
      payloadType: type,
      payload: statement.toString("base64"),
      signatures: [{ sig: Buffer.from(key.sign(encoded)).toString("base64") }],
    },
  };
  const found = bundleSignature(Buffer.from(JSON.stringify(bundle)));
  expect(found?.check([key], cosign.bundle)).toEqual({
    kind: "invalid",
    why: "it is no signature of an artifact",
  });
});

test.each(["ec", "ed25519", "rsa"] as const)("keys of type %s sign and verify", async (type) => {
  const pair = keyPair(type);
  const content = Buffer.from("hello");
  const signature = (await readSignKey(pair.private, "own", undefined)).sign(content);
  const key = readVerifyKey(pair.public, "own");
  expect(key.fingerprint).toMatch(/^SHA256:[\w+/]{43}=$/);
  const check = (bytes: Uint8Array, ...signatures: Uint8Array[]) =>
    key.check({ content: bytes, signatures }).kind;
  expect(check(content, signature)).toBe("valid");
  expect(check(content, new Uint8Array(), signature)).toBe("valid");
  expect(check(Buffer.from("hellp"), signature)).toBe("invalid");
  expect(check(content, new Uint8Array())).toBe("invalid");
  expect(check(content)).toBe("invalid");
});

test("readSignKey() opens an encrypted key with its password alone", async () => {
  const pem = own.pair.privateKey
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "pw-canary" })
    .toString();
  const { fingerprint } = await readSignKey(pem, "k", "pw-canary");
  expect(fingerprint).toBe(readVerifyKey(own.public, "k").fingerprint);
  for (const password of [undefined, ""]) {
    const error = await keyRefusal(pem, password);
    expect(error.message).toContain('Cannot use the key "k": it is encrypted');
    expect(error.hint).toContain("ORK_SIGN_PASSWORD");
  }
  const wrong = await keyRefusal(pem, "wrong-canary");
  expect(wrong.message).toContain("its password is wrong");
  expect(wrong.message).not.toContain("canary");
});

test("readSignKey() tells a public key from a private one", async () => {
  const { message } = await keyRefusal(own.public, undefined);
  expect(message).toBe('Cannot use the key "k": it is a public key, expected the private one');
});

async function keyRefusal(pem: string, password: string | undefined): Promise<SourceError> {
  const error = await readSignKey(pem, "k", password).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SourceError)) throw new Error("expected a refusal", { cause: error });
  return error;
}

test.each([
  ["a private key", () => own.private, /it is a private key/],
  ["nothing", () => "", /no key in PEM/],
  ["noise", () => "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", /no key in PEM/],
  [
    "a short RSA key",
    () =>
      generateKeyPairSync("rsa", { modulusLength: 1024 })
        .publicKey.export({ type: "spki", format: "pem" })
        .toString(),
    /at least 2048 bits/,
  ],
  [
    "a key for something else",
    () =>
      generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "pem" }).toString(),
    /x25519/,
  ],
])("readVerifyKey() refuses %s", (_, pem, message) => {
  expect(() => readVerifyKey(pem(), "k")).toThrow(message);
});

/** As cosign does it: scrypt and secretbox around PKCS #8. */
function sealed(password: string, change: (text: SealedText) => object = (text) => text): string {
  const [salt, nonce] = [randomBytes(32), randomBytes(24)];
  const cost = { N: 1024, r: 8, p: 1 };
  const key = scryptSync(password, salt, 32, cost);
  const der = own.pair.privateKey.export({ type: "pkcs8", format: "der" });
  const text = {
    kdf: { name: "scrypt", params: cost, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(xsalsa20poly1305(key, nonce).encrypt(der)).toString("base64"),
  };
  return sealedPem(JSON.stringify(change(text)));
}

interface SealedText {
  readonly kdf: { readonly name: string; readonly params: object; readonly salt: string };
  readonly cipher: { readonly name: string; readonly nonce: string };
  readonly ciphertext: string;
}

function sealedPem(text: string): string {
  const lines = btoa(text).match(/.{1,64}/g) ?? [];
  const name = "ENCRYPTED SIGSTORE PRIVATE KEY";
  return `-----BEGIN ${name}-----\n${lines.join("\n")}\n-----END ${name}-----\n`;
}

test.each(["pw-canary", ""])(
  "readSignKey() opens a key in cosign's own encryption: %j",
  async (password) => {
    const pem = sealed(password);
    const key = await readSignKey(pem, "cosign.key", password);
    expect(key.fingerprint).toBe(readVerifyKey(own.public, "k").fingerprint);
    const content = Buffer.from("hello");
    const signatures = [key.sign(content)];
    expect(readVerifyKey(own.public, "k").check({ content, signatures }).kind).toBe("valid");
    const wrong = await keyRefusal(pem, "wrong-canary");
    expect(wrong.message).toBe('Cannot use the key "k": its password is wrong, or it was changed');
    expect((await keyRefusal(pem, undefined)).hint).toContain("COSIGN_PASSWORD");
  },
);

test("readSignKey() opens what cosign itself made", async () => {
  const folder = join(import.meta.dir, "fixtures");
  const [pem, pub] = await Promise.all(
    ["cosign.key", "cosign.pub"].map((name) => readFile(join(folder, name), "utf8")),
  );
  const key = await readSignKey(pem ?? "", "cosign.key", "only for tests");
  expect(key.fingerprint).toBe(readVerifyKey(pub ?? "", "cosign.pub").fingerprint);
});

test.each<[string, (text: SealedText) => object, RegExp]>([
  ["no JSON at all", () => [], /not what cosign writes/],
  ["another cipher", (text) => ({ ...text, cipher: { ...text.cipher, name: "aes" } }), /not what/],
  ["a short nonce", (text) => ({ ...text, cipher: { ...text.cipher, nonce: "AAAA" } }), /not what/],
  [
    "gigabytes of memory",
    (text) => ({ ...text, kdf: { ...text.kdf, params: { N: 2 ** 24, r: 8, p: 1 } } }),
    /more memory or time/,
  ],
  [
    "minutes of time",
    (text) => ({ ...text, kdf: { ...text.kdf, params: { N: 1024, r: 8, p: 10_000 } } }),
    /more memory or time/,
  ],
  [
    "a cost that scrypt does not take",
    (text) => ({ ...text, kdf: { ...text.kdf, params: { N: 1000, r: 8, p: 1 } } }),
    /password is wrong, or it was changed/,
  ],
  ["another ciphertext", (text) => ({ ...text, ciphertext: btoa("x".repeat(200)) }), /was changed/],
])("readSignKey() refuses a key in cosign's encryption of %s", async (_, change, message) => {
  expect((await keyRefusal(sealed("pw", change), "pw")).message).toMatch(message);
});

/* In a registry. */

const HOST = "registry.example.io";
const LOCATION = `oci://${HOST}/org/web:v1`;
let authority: Authority;
let server: FakeRegistry;
beforeAll(async () => {
  authority = createAuthority();
  server = await FakeRegistry.start(authority.issue([HOST]));
});
afterEach(() => {
  server.intercept = undefined;
  server.blobs.clear();
  server.manifests.clear();
});
afterAll(() => server[Symbol.asyncDispose]());

function registry(location = LOCATION): Registry {
  const loopback = parseAllowedAddress("127.0.0.1");
  const web = openWeb({
    certificateAuthorities: authority.cert,
    allowedAddresses: loopback ? [loopback] : [],
    resolveHost: async () => [server.server.address],
  });
  return new Registry(parseOciReference(location), { web });
}

async function push(content = "kind: Katalog\n", location = LOCATION): Promise<string> {
  const artifact = await packArtifact({
    files: new Map([["katalog.yaml", Buffer.from(content)]]),
    annotations: {},
  });
  await pushArtifact(registry(location), artifact, "v1");
  return artifact.digest;
}

const key = readVerifyKey(own.public, "own.pub");
const signers = [key];
const pems = [{ name: "own.pub", pem: own.public }];
const signKey = await readSignKey(own.private, "own.pem", undefined);
const otherSignKey = await readSignKey(other.private, "other.pem", undefined);

async function refusal(digest: string, location = LOCATION): Promise<SourceError> {
  const error = await requireSignature(registry(location), digest, { signers }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SourceError) return error;
  throw new Error("expected a SourceError", { cause: error });
}

test("requireSignature() refuses what is not signed, and takes what is", async () => {
  const digest = await push();
  const error = await refusal(digest);
  expect(error).toMatchObject({
    code: "signature",
    hint: expect.stringContaining("cosign sign registry.example.io/org/web@sha256:"),
  });
  expect(error.message).toBe(
    `Cannot use "${LOCATION}": it is not signed, expected a signature by "own.pub"`,
  );
  expect(await writeSignature(registry(), digest, signKey)).toBe(true);
  expect((await requireSignature(registry(), digest, { signers })).by).toBe("own.pub");
});

test("writeSignature() adds to what others signed, and does nothing twice", async () => {
  const digest = await push();
  await writeSignature(registry(), digest, otherSignKey);
  expect(await refusal(digest)).toMatchObject({ message: expect.stringContaining("another key") });
  expect(await writeSignature(registry(), digest, signKey)).toBe(true);
  expect(await writeSignature(registry(), digest, signKey)).toBe(false);
  expect(await findSignatures(registry(), digest)).toHaveLength(2);
  await requireSignature(registry(), digest, { signers });
});

test("keyBundle() is a bundle as cosign writes it, but for what says nothing", () => {
  const { digest, content } = cosign.bundle;
  const made = JSON.parse(Buffer.from(keyBundle({ digest }, signKey)).toString());
  const theirs = JSON.parse(content);
  const shape = (bundle: typeof theirs) => ({
    mediaType: bundle.mediaType,
    material: Object.keys(bundle.verificationMaterial),
    payloadType: bundle.dsseEnvelope.payloadType,
    statement: JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString()),
  });
  const { statement, ...rest } = shape(theirs);
  const { predicate, ...own } = shape(made).statement;
  expect(shape(made)).toMatchObject(rest);
  expect(predicate).toEqual({});
  expect(own).toEqual({ ...statement, subject: [{ ...statement.subject[0], annotations: {} }] });
  expect(made.verificationMaterial.publicKey.hint).toBe(signKey.fingerprint.replace("SHA256:", ""));
});

test.each([false, true])(
  "writeBundle() is found where the registry keeps lists of referrers itself: %p",
  async (keepsLists) => {
    const digest = await push();
    if (keepsLists) server.intercept = referrersOf(digest);
    await writeBundle(registry(), digest, otherSignKey);
    expect(await refusal(digest)).toMatchObject({
      message: expect.stringContaining("another key"),
    });
    expect(await writeBundle(registry(), digest, signKey)).toBe(true);
    expect(await writeBundle(registry(), digest, signKey)).toBe(false);
    expect((await findSignatures(registry(), digest)).map(({ format }) => format)).toEqual([
      "bundle",
      "bundle",
    ]);
    expect((await requireSignature(registry(), digest, { signers })).by).toBe("own.pub");
    expect(server.manifests.has(`org/web:${digest.replace(":", "-")}`)).toBe(!keepsLists);
    // Neither form takes the place of the other.
    await writeSignature(registry(), digest, signKey);
    expect(await findSignatures(registry(), digest)).toHaveLength(3);
  },
);

test("a bundle of one artifact is none of another", async () => {
  const first = await push("kind: Katalog # 1\n");
  await writeBundle(registry(), first, signKey);
  const second = await push("kind: Katalog # 2\n");
  const moved = server.manifests.get(`org/web:${first.replace(":", "-")}`);
  if (moved) server.manifests.set(`org/web:${second.replace(":", "-")}`, moved);
  expect(moved).toBeDefined();
  expect((await refusal(second)).message).toContain("it is about something else");
});

/** Source: the OCI distribution specification 1.1, "Listing Referrers". */
function referrersOf(subject: string): Intercept {
  return (request, response, { manifests }) => {
    if (!request.url?.endsWith(`/referrers/${subject}`)) return false;
    const list = [...manifests].flatMap(([name, { bytes }]) => {
      const manifest = JSON.parse(Buffer.from(bytes).toString());
      const digest = name.split("@")[1];
      if (manifest.subject?.digest !== subject || digest === undefined) return [];
      const { mediaType, artifactType } = manifest;
      return [{ mediaType, artifactType, size: bytes.length, digest }];
    });
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const index = { schemaVersion: 2, mediaType, manifests: list };
    response.writeHead(200, { "content-type": mediaType }).end(JSON.stringify(index));
    return true;
  };
}

test("a signature of one artifact is none of another", async () => {
  const first = await push("kind: Katalog # 1\n");
  await writeSignature(registry(), first, signKey);
  const second = await push("kind: Katalog # 2\n");
  const moved = server.manifests.get(`org/web:${first.replace(":", "-")}.sig`);
  if (moved) server.manifests.set(`org/web:${second.replace(":", "-")}.sig`, moved);
  expect(moved).toBeDefined();
  expect((await refusal(second)).message).toContain("it is about something else");
});

test("a signature of one repository is none of another", async () => {
  const digest = await push();
  await writeSignature(registry(), digest, signKey);
  const elsewhere = `oci://${HOST}/org/other:v1`;
  await push(undefined, elsewhere);
  const tag = `${digest.replace(":", "-")}.sig`;
  const moved = server.manifests.get(`org/web:${tag}`);
  if (moved) server.manifests.set(`org/other:${tag}`, moved);
  expect((await refusal(digest, elsewhere)).message).toContain("made for another repository");
});

test("requireSignature() finds a bundle under the tag of referrers", async () => {
  const repository = cosign.bundle.repository.replace(/^[^/]+\//, "");
  const made = packManifest({
    artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    layers: [
      {
        mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
        bytes: Buffer.from(cosign.bundle.content),
      },
    ],
  });
  const at = registry(`oci://${HOST}/${repository}:v1`);
  await pushArtifact(at, made, undefined);
  const mediaType = "application/vnd.oci.image.index.v1+json";
  // As cosign leaves it where a registry keeps no list.
  const manifests = [
    {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      size: made.manifest.length,
      digest: made.digest,
      artifactType: "application/vnd.oci.empty.v1+json",
    },
  ];
  const tag = cosign.bundle.digest.replace(":", "-");
  server.addManifest(repository, tag, {
    mediaType,
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })),
  });
  expect((await requireSignature(at, cosign.bundle.digest, { signers: [cosignKey] })).by).toBe(
    "cosign.pub",
  );
});

test("a signature as large as a bomb is not read", async () => {
  const digest = await push();
  await writeSignature(registry(), digest, signKey);
  const tag = `org/web:${digest.replace(":", "-")}.sig`;
  const stored = server.manifests.get(tag);
  const root = JSON.parse(Buffer.from(stored?.bytes ?? []).toString());
  root.layers[0].size = 300_000;
  server.manifests.set(tag, {
    mediaType: stored?.mediaType ?? "",
    bytes: Buffer.from(JSON.stringify(root)),
  });
  expect((await refusal(digest)).message).toContain("the limit is 262144");
});

/* Policies. */

test.each([
  ["oci://registry.example.io/org/*", true],
  ["registry.example.io/org/web", true],
  ["*", true],
  ["oci://registry.example.io/other/*", false],
  ["oci://registry.example.io", false],
  ["registry.example.io/org/we", false],
  ["REGISTRY.example.io/org/web", true],
  ["registryXexample.io/org/web", false],
])("verifyArtifacts() with the rule %s asks for a signature: %p", async (match, isAsked) => {
  const digest = await push();
  const checking = verifyArtifacts([{ match, keys: pems }])(registry(), digest);
  const error = await checking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error instanceof SourceError).toBe(isAsked);
  await writeSignature(registry(), digest, signKey);
  await verifyArtifacts([{ match, keys: pems }])(registry(), digest);
});

test("verifyArtifacts() asks for all rules that fit", async () => {
  const digest = await push();
  const rules = [
    { match: "*", keys: pems },
    { match: "registry.example.io/*", keys: [{ name: "other.pub", pem: other.public }] },
  ];
  await writeSignature(registry(), digest, signKey);
  await expect(verifyArtifacts(rules)(registry(), digest)).rejects.toThrow(/other\.pub/);
  await writeSignature(registry(), digest, otherSignKey);
  await verifyArtifacts(rules)(registry(), digest);
});

test("verifyArtifacts() takes a signature that was made elsewhere when the rule says where", async () => {
  const digest = await push();
  await writeSignature(registry(), digest, signKey);
  const mirror = `oci://${HOST}/mirror/web:v1`;
  await push(undefined, mirror);
  const tag = `${digest.replace(":", "-")}.sig`;
  const moved = server.manifests.get(`org/web:${tag}`);
  if (moved) server.manifests.set(`mirror/web:${tag}`, moved);
  await expect(
    verifyArtifacts([{ match: "*", keys: pems }])(registry(mirror), digest),
  ).rejects.toThrow(/another repository/);
  await verifyArtifacts([{ match: "*", keys: pems, signedAs: `${HOST}/org/web` }])(
    registry(mirror),
    digest,
  );
});
