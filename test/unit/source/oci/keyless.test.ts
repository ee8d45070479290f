/** Signatures by certificates, of a Sigstore that the test makes: what counts, and all that must not. */
import { beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { readIdentity } from "../../../../src/source/oci/keyless.ts";
import { readVerifyKey } from "../../../../src/source/oci/signature-key.ts";
import {
  bundleSignature,
  simplePayload,
  simpleSignature,
} from "../../../../src/source/oci/signature-payload.ts";
import type { CheckedSignature } from "../../../../src/source/oci/signer.ts";
import type { IdentityRule } from "../../../../src/source/reference.ts";
import { SourceError } from "../../../../src/source/source-error.ts";
import { stride } from "../../../support/effort.ts";
import { createSigstore, type Sigstore, type SigstoreBundle } from "../../../support/sigstore.ts";

const IDENTITY = "https://github.com/org/website/.github/workflows/release.yaml@refs/heads/main";
const ISSUER = "https://token.actions.githubusercontent.com";
const WHO = { identity: IDENTITY, issuer: ISSUER };
const ABOUT = { digest: `sha256:${"ab".repeat(32)}`, repository: "ghcr.io/org/website" };
const VALID: CheckedSignature = { kind: "valid", by: IDENTITY, proof: ISSUER };

let sigstore: Sigstore;
let other: Sigstore;
let bundle: SigstoreBundle;
beforeAll(async () => {
  [sigstore, other] = await Promise.all([createSigstore(), createSigstore()]);
  bundle = await sigstore.signBundle(ABOUT.digest, WHO);
});

function rule(more: Partial<IdentityRule> = {}): IdentityRule {
  return {
    identity: { kind: "exact", text: IDENTITY },
    issuer: ISSUER,
    trustedRoot: { name: "trusted_root.json", text: sigstore.trustedRoot },
    ...more,
  };
}

function check(
  content: unknown,
  more: Partial<IdentityRule> = {},
  about = ABOUT,
): CheckedSignature {
  const found = bundleSignature(Buffer.from(JSON.stringify(content)));
  return found?.check([readIdentity(rule(more))], about) ?? { kind: "invalid", why: "no bundle" };
}

/** A copy that may be changed. */
function changed(change: (copy: SigstoreBundle) => void, from = bundle): SigstoreBundle {
  const copy = structuredClone(from);
  change(copy);
  return copy;
}

test("readIdentity() believes a certificate of its identity and issuer", () => {
  expect(check(bundle)).toEqual(VALID);
});

test("readIdentity() reads the extension in which the issuer stood at first", async () => {
  const old = await sigstore.signBundle(ABOUT.digest, { ...WHO, isOldIssuer: true });
  expect(check(old)).toEqual(VALID);
  expect(check(old, { issuer: "https://accounts.google.com" }).kind).toBe("invalid");
});

test.each([
  ["https://github.com/org/website/.*", true],
  ["https://github.com/org/(website|fleet)/.github/workflows/release.yaml@refs/heads/main", true],
  ["(?i)HTTPS://GITHUB.COM/.*", true],
  ["a|.*main", true],
  ["https://github.com/org/website", false],
  ["github.com/org/website/.*", false],
  ["main", false],
  [".", false],
  ["", false],
  ["(?m)^https.*$", true],
  ["nobody|(?m)^$", false],
])("readIdentity() with the pattern %p: %p", (text, isValid) => {
  const checked = check(bundle, { identity: { kind: "pattern", text } });
  expect(checked.kind).toBe(isValid ? "valid" : "invalid");
});

test.each([
  [
    "another identity",
    { identity: { kind: "exact", text: "https://github.com/org/x" } },
    /it is by "https:\/\/github\.com\/org\/website\/.*", vouched for by "https:\/\/token/,
  ],
  [
    "a part of the identity",
    { identity: { kind: "exact", text: "https://github.com/org/website" } },
    /it is by/,
  ],
  ["another case", { identity: { kind: "exact", text: IDENTITY.toUpperCase() } }, /it is by/],
  ["nobody", { identity: { kind: "exact", text: "" } }, /it is by/],
  [
    "another issuer",
    { issuer: "https://accounts.google.com" },
    /is vouched for by "https:\/\/token\.actions\.githubusercontent\.com", expected "https:\/\/accounts\.google\.com"/,
  ],
  [
    "a part of the issuer",
    { issuer: "https://token.actions" },
    /expected "https:\/\/token\.actions"/,
  ],
  ["no issuer", { issuer: "" }, /expected ""/],
] as const)("a rule for %s does not take it", (_, more, why) => {
  expect(check(bundle, more)).toEqual({ kind: "invalid", why: expect.stringMatching(why) });
});

test("a certificate of another root does not count", async () => {
  const forged = await other.signBundle(ABOUT.digest, WHO);
  expect(check(forged)).toMatchObject({
    why: expect.stringContaining("does not hold against the trusted root"),
  });
  expect(check(bundle, { trustedRoot: { name: "r", text: other.trustedRoot } }).kind).toBe(
    "invalid",
  );
});

/** One part of the trusted root is another's: each of them is needed. */
test.each([
  ["certificateAuthorities", /certificate does not hold.*no valid certificate path/],
  ["ctlogs", /certificate does not hold.*SCT/],
  ["tlogs", /the promise is not by a transparency log/],
])("the trusted root's %s have to be those of the signature", (part, why) => {
  const root = { ...JSON.parse(sigstore.trustedRoot), [part]: JSON.parse(other.trustedRoot)[part] };
  const checked = check(bundle, { trustedRoot: { name: "r", text: JSON.stringify(root) } });
  expect(checked).toEqual({ kind: "invalid", why: expect.stringMatching(why) });
});

test("a part of the trusted root that was not valid then does not count", () => {
  const past = { start: "2020-01-01T00:00:00Z", end: "2021-01-01T00:00:00Z" };
  const root = JSON.parse(sigstore.trustedRoot);
  const roots = [
    { ...root, certificateAuthorities: [{ ...root.certificateAuthorities[0], validFor: past }] },
    ...["tlogs", "ctlogs"].map((part) => {
      const [log] = root[part];
      return { ...root, [part]: [{ ...log, publicKey: { ...log.publicKey, validFor: past } }] };
    }),
  ];
  for (const one of roots) {
    const trustedRoot = { name: "r", text: JSON.stringify(one) };
    expect(check(bundle, { trustedRoot }).kind).toBe("invalid");
  }
});

test.each([
  ["after the certificate had expired", 3_600_000, "not valid or expired"],
  ["before the certificate was issued", -120_000, "does not hold against the trusted root"],
])("what the log has from %s does not count", async (_, logDelayMs, why) => {
  const late = await sigstore.signBundle(ABOUT.digest, WHO, { logDelayMs });
  expect(check(late)).toEqual({ kind: "invalid", why: expect.stringContaining(why) });
});

test("a certificate that is in no log of certificates does not count", async () => {
  const hidden = await sigstore.signBundle(ABOUT.digest, WHO, { hasNoSct: true });
  expect(check(hidden)).toMatchObject({ why: expect.stringContaining("expected 1 SCTs, got 0") });
});

test("a signature of another artifact does not count", async () => {
  const elsewhere = await sigstore.signBundle(`sha256:${"cd".repeat(32)}`, WHO);
  expect(check(elsewhere)).toEqual({ kind: "invalid", why: "it is about something else" });
});

test.each<[string, (copy: SigstoreBundle) => void, RegExp]>([
  [
    "without an entry of the log",
    ({ verificationMaterial: m }) => {
      m.tlogEntries = [];
    },
    /nobody of the trusted root says when/,
  ],
  [
    "with an entry twice",
    ({ verificationMaterial: m }) => {
      m.tlogEntries.push(...m.tlogEntries);
    },
    /duplicate/,
  ],
  [
    "without the promise, and so without a time",
    ({
      verificationMaterial: {
        tlogEntries: [entry],
      },
    }) => {
      delete entry?.inclusionPromise;
    },
    /says when/,
  ],
  [
    "without the proof",
    ({
      verificationMaterial: {
        tlogEntries: [entry],
      },
    }) => {
      delete entry?.inclusionProof;
    },
    /cannot be read/,
  ],
  [
    "with another time",
    ({
      verificationMaterial: {
        tlogEntries: [entry],
      },
    }) => {
      if (entry) entry.integratedTime = String(Number(entry.integratedTime) + 1);
    },
    /promise/,
  ],
  [
    "with another index",
    ({
      verificationMaterial: {
        tlogEntries: [entry],
      },
    }) => {
      if (entry) entry.logIndex = "1";
    },
    /promise/,
  ],
  [
    "without signatures",
    ({ dsseEnvelope }) => {
      dsseEnvelope.signatures = [];
    },
    /cannot be read/,
  ],
  [
    "with two signatures",
    ({ dsseEnvelope }) => {
      dsseEnvelope.signatures.push(...dsseEnvelope.signatures);
    },
    /cannot be read/,
  ],
  [
    "of another type of payload",
    ({ dsseEnvelope }) => {
      dsseEnvelope.payloadType = "text/plain";
    },
    /did not make it/,
  ],
  [
    "with another media type",
    (copy) => {
      copy.mediaType = "text/plain";
    },
    /cannot be read/,
  ],
  [
    "with no certificate in it",
    ({ verificationMaterial: m }) => {
      m.certificate.rawBytes = "";
    },
    /cannot be read/,
  ],
  [
    "with noise as a certificate",
    ({ verificationMaterial: m }) => {
      m.certificate.rawBytes = "AAAA";
    },
    /cannot be read/,
  ],
])("a bundle %s does not count", (_, change, why) => {
  expect(check(changed(change))).toEqual({ kind: "invalid", why: expect.stringMatching(why) });
});

test("the entry of another signature does not count", async () => {
  const twin = await sigstore.signBundle(ABOUT.digest, WHO);
  const mixed = changed(({ verificationMaterial: m }) => {
    m.tlogEntries = twin.verificationMaterial.tlogEntries;
  });
  expect(check(mixed)).toMatchObject({ why: expect.stringContaining("holds something else") });
});

test("the certificate of another signature does not count", async () => {
  const twin = await sigstore.signBundle(ABOUT.digest, WHO);
  const mixed = changed(({ verificationMaterial: m }) => {
    m.certificate = twin.verificationMaterial.certificate;
  });
  expect(check(mixed)).toMatchObject({ why: expect.stringContaining("did not make it") });
});

/** The library reads names as ASCII, and would take the first of these for the second. */
test("a certificate whose names hold other than ASCII does not count", async () => {
  for (const identity of ["https://x.io/\u00e8", "https://x.io/\u001b[2J"]) {
    const odd = await sigstore.signBundle(ABOUT.digest, { ...WHO, identity });
    expect(check(odd, { identity: { kind: "pattern", text: ".*" } })).toEqual({
      kind: "invalid",
      why: "its certificate holds other than plain ASCII",
    });
  }
  const issuer = "https://x.io/\u00e8";
  const vouched = await sigstore.signBundle(ABOUT.digest, { ...WHO, issuer });
  for (const one of [issuer, "https://x.io/C(", "https://x.io/h"]) {
    expect(check(vouched, { issuer: one }).kind).toBe("invalid");
  }
});

/** What is verified must be what is read: two contents in one bundle are none. */
test("a bundle that holds a second content or a key does not count", () => {
  const messageSignature = {
    messageDigest: { algorithm: "SHA2_256", digest: "AAAA" },
    signature: bundle.dsseEnvelope.signatures[0]?.sig,
  };
  expect(check({ ...bundle, messageSignature }).kind).toBe("invalid");
  const withKey = { ...bundle.verificationMaterial, publicKey: { hint: "x" } };
  expect(check({ ...bundle, verificationMaterial: withKey }).kind).toBe("invalid");
});

/** Each byte that is left unread on purpose is one of a part that `meaningOf` passes over. */
test("a changed byte of a bundle is refused, or changes nothing that is believed", () => {
  const text = JSON.stringify(bundle).replaceAll("\u2014", "\\u2014");
  const signer = readIdentity(rule());
  const meaning = meaningOf(text);
  let [refused, tried] = [0, 0];
  for (let at = 0; at < text.length; at += stride(29)) {
    const bytes = Buffer.from(text);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    tried++;
    if (bundleSignature(bytes)?.check([signer], ABOUT).kind !== "valid") refused++;
    else expect(meaningOf(bytes.toString())).toEqual(meaning);
  }
  expect(refused).toBeGreaterThan(tried * 0.9);
}, 60_000);

/** Passed over: version, key hint, and what the log's signed checkpoint says again with authority. */
function meaningOf(text: string) {
  const { verificationMaterial, dsseEnvelope } = JSON.parse(text) as SigstoreBundle;
  const decode = (part: string | undefined) => Buffer.from(part ?? "", "base64").toString("hex");
  return {
    certificate: decode(verificationMaterial.certificate.rawBytes),
    entries: verificationMaterial.tlogEntries.map((entry) => ({
      ...entry,
      logId: decode(entry.logId.keyId),
      canonicalizedBody: decode(entry.canonicalizedBody),
      inclusionPromise: decode(entry.inclusionPromise?.signedEntryTimestamp),
      inclusionProof: entry.inclusionProof?.checkpoint.envelope.replace(/\S+(?=\n$)/, decode),
    })),
    type: dsseEnvelope.payloadType,
    payload: decode(dsseEnvelope.payload),
    signatures: dsseEnvelope.signatures.map(({ sig }) => decode(sig)),
  };
}

/** A part of a certificate that its own signature does not cover. */
test("a certificate counts only as the log has it", () => {
  const other = changed(({ verificationMaterial: m }) => {
    const der = Buffer.from(m.certificate.rawBytes, "base64");
    der[0] = 0x2c;
    m.certificate.rawBytes = der.toString("base64");
  });
  expect(check(other)).toEqual({
    kind: "invalid",
    why: "the transparency log holds it with another certificate",
  });
});

test("a key and an identity may both be asked for: one of them is enough", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const key = readVerifyKey(pem, "own.pub");
  const found = bundleSignature(Buffer.from(JSON.stringify(bundle)));
  expect(found?.check([key, readIdentity(rule())], ABOUT)).toEqual(VALID);
  const issuer = "https://accounts.google.com";
  const both = found?.check([key, readIdentity(rule({ issuer }))], ABOUT);
  expect(both).toMatchObject({ why: expect.stringMatching(/expected a key.*; .*vouched for/) });
});

/* Beside the artifact, as cosign wrote it before there were bundles. */

const PAYLOAD = simplePayload(ABOUT);

async function simple(change: (annotations: Record<string, string>) => void = () => {}) {
  const annotations = await sigstore.signSimple(PAYLOAD, WHO);
  change(annotations);
  const signature = annotations["dev.cosignproject.cosign/signature"] ?? "";
  return (about = ABOUT, more: Partial<IdentityRule> = {}) =>
    simpleSignature(PAYLOAD, signature, annotations).check([readIdentity(rule(more))], about);
}

test("simpleSignature() believes a certificate that stands beside it", async () => {
  const checkIt = await simple();
  expect(checkIt()).toEqual(VALID);
  expect(checkIt({ ...ABOUT, digest: `sha256:${"cd".repeat(32)}` })).toMatchObject({
    why: "it is about something else",
  });
  expect(checkIt({ ...ABOUT, repository: "ghcr.io/org/other" })).toMatchObject({
    why: "it was made for another repository",
  });
  expect(checkIt(ABOUT, { issuer: "https://x.io" }).kind).toBe("invalid");
  expect(checkIt(ABOUT, { trustedRoot: { name: "r", text: other.trustedRoot } }).kind).toBe(
    "invalid",
  );
});

test.each<[string, (annotations: Record<string, string>) => void, RegExp]>([
  [
    "no certificate",
    (all) => {
      delete all["dev.sigstore.cosign/certificate"];
    },
    /with a key instead/,
  ],
  [
    "noise as a certificate",
    (all) => {
      all["dev.sigstore.cosign/certificate"] = "x";
    },
    /not one in PEM/,
  ],
  [
    "no entry of the log",
    (all) => {
      delete all["dev.sigstore.cosign/bundle"];
    },
    /no transparency log/,
  ],
  [
    "an entry that cannot be read",
    (all) => {
      all["dev.sigstore.cosign/bundle"] = "{}";
    },
    /cannot be read/,
  ],
  [
    "a body of noise",
    (all) => {
      all["dev.sigstore.cosign/bundle"] = JSON.stringify({
        SignedEntryTimestamp: "AA==",
        Payload: { body: "AAAA", integratedTime: 1, logIndex: 1, logID: "ab" },
      });
    },
    /cannot be read/,
  ],
])("a signature with %s does not count", async (_, change, why) => {
  const checkIt = await simple(change);
  expect(checkIt()).toEqual({ kind: "invalid", why: expect.stringMatching(why) });
});

test("every byte of the payload, its signature, certificate and entry of the log counts", async () => {
  const annotations = await sigstore.signSimple(PAYLOAD, WHO);
  const signer = readIdentity(rule());
  const verdict = (payload: Uint8Array, all: Record<string, string>) =>
    simpleSignature(payload, all["dev.cosignproject.cosign/signature"] ?? "", all).check(
      [signer],
      ABOUT,
    );
  expect(verdict(PAYLOAD, annotations)).toEqual(VALID);
  for (let at = 0; at < PAYLOAD.length; at += stride(5)) {
    expect(verdict(flipped(PAYLOAD, at), annotations).kind).toBe("invalid");
  }
  for (const [name, text] of Object.entries(annotations)) {
    for (let at = 0; at < text.length; at += stride(31)) {
      const other = flipped(Buffer.from(text), at).toString();
      const checked = verdict(PAYLOAD, { ...annotations, [name]: other });
      if (checked.kind === "valid") expect(bytesIn(other)).toEqual(bytesIn(text));
    }
  }
}, 60_000);

function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Of PEM and of JSON with base64 in it: only white space and padding may differ. */
function bytesIn(text: string): string {
  return text
    .replaceAll(/[A-Za-z0-9+/]{8,}=*/g, (part) => Buffer.from(part, "base64").toString("hex"))
    .replaceAll(/[\s=]/g, "");
}

/* Trusted roots and patterns. */

test.each([
  ["no JSON", "{", /it is no JSON object/],
  ["several", "{}\n{}", /it is no JSON object/],
  ["no type", "{}", /it has no mediaType, expected application\/vnd\.dev\.sigstore\.trustedroot/],
  ["another type", '{"mediaType":"text/plain"}', /its mediaType is "text\/plain"/],
])("readIdentity() refuses a trusted root that is %s", (_, text, message) => {
  const trustedRoot = { name: "root.json", text };
  expect(() => readIdentity(rule({ trustedRoot }))).toThrow(message);
  expect(() => readIdentity(rule({ trustedRoot }))).toThrow(
    /^Cannot use the trusted root "root\.json": /,
  );
});

test.each([
  ["certificateAuthorities", [], /it names no certificate authority/],
  ["tlogs", undefined, /it names no transparency log/],
  ["ctlogs", {}, /it names no log of certificates/],
  ["certificateAuthorities", [{}], /cannot be read/],
  [
    "certificateAuthorities",
    [{ certChain: { certificates: [{ rawBytes: "AAAA" }] } }],
    /cannot be read/,
  ],
  ["tlogs", [{ publicKey: { rawBytes: "AAAA" } }], /cannot be read/],
  ["ctlogs", [7], /cannot be read/],
])("readIdentity() refuses a trusted root whose %s are %p", (part, value, message) => {
  const text = JSON.stringify({ ...JSON.parse(sigstore.trustedRoot), [part]: value });
  const read = () => readIdentity(rule({ trustedRoot: { name: "r", text } }));
  expect(read).toThrow(message);
  expect(read).toThrow(SourceError);
});

test.each(["(", "a)|(b", "\\Qa", "(?=a)", "[z-a]"])(
  "readIdentity() refuses the pattern %p",
  (text) => {
    expect(() => readIdentity(rule({ identity: { kind: "pattern", text } }))).toThrow(
      /^Cannot use the identity pattern/,
    );
  },
);

/** DER in DER in DER, as deep as a signature may be large. */
test("a certificate that is made to be hard to read is refused at once", () => {
  for (const tag of [0x30, 0x04]) {
    let der = Buffer.alloc(0);
    for (let depth = 0; depth < 3_000; depth++) {
      const { length } = der;
      const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
      der = Buffer.concat([Buffer.from(head), der]);
    }
    const started = performance.now();
    const hard = changed(({ verificationMaterial: m }) => {
      m.certificate.rawBytes = der.toString("base64");
    });
    expect(check(hard).kind).toBe("invalid");
    expect(performance.now() - started).toBeLessThan(2_000);
  }
});
