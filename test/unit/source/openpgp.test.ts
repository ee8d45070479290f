import { describe, expect, test } from "bun:test";
import { readKeyring } from "../../../src/source/openpgp.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { stride } from "../../support/effort.ts";
import type { OracleKey } from "../../support/oracle.ts";
import { SIGNED_MS, signedBy } from "../../support/signed-chart.ts";

const DAY_MS = 86_400_000;
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function verdict(key: OracleKey, { ring = key, nowMs = SIGNED_MS } = {}) {
  const keyring = await readKeyring(bytesOf(signedBy(ring).keyring), "keys.asc");
  return keyring.verify(signedBy(key).provenance, nowMs);
}

describe("readKeyring()", () => {
  test.each(["rsa", "ed25519", "ed25519v6", "p256", "expired"] as const)(
    "verifies what Helm signed with a key of kind %s, armored or not",
    async (key) => {
      const { keyring, binary, provenance } = signedBy(key);
      for (const bytes of [bytesOf(keyring), Buffer.from(binary, "base64")]) {
        const verified = await (await readKeyring(bytes, "k")).verify(provenance, SIGNED_MS);
        expect(verified).toMatchObject({
          kind: "valid",
          signer: expect.stringContaining(`Release ${key} <${key}@example.io>`),
          text: expect.stringMatching(/^apiVersion: v2\nname: web\n.*sha256:[0-9a-f]{64}\n$/s),
        });
      }
    },
  );

  test("takes several keys, each in a block of its own, one of them twice", async () => {
    const blocks = ["rsa", "ed25519", "rsa", "p256"] as const;
    const text = blocks.map((key) => `comment\n${signedBy(key).keyring}`).join("\n");
    const keyring = await readKeyring(bytesOf(text), "k");
    for (const key of blocks) {
      const verified = await keyring.verify(signedBy(key).provenance, SIGNED_MS);
      expect(verified.kind).toBe("valid");
    }
    const other = await keyring.verify(signedBy("expired").provenance, SIGNED_MS);
    expect(other).toMatchObject({ kind: "invalid", why: expect.stringContaining('one of "k" (') });
  });

  test.each([
    ["of another key", "rsa", { ring: "ed25519" }, /signed with the key \w{16}, expected one of/],
    ["of a key that expired since", "expired", { nowMs: SIGNED_MS + DAY_MS }, /key is expired/],
    ["of a key that was revoked", "revoked", {}, /key is revoked/],
    ["of a weak key", "rsa1024", {}, /2047 bits/],
    ["from the future", "rsa", { nowMs: SIGNED_MS - DAY_MS }, /in the future/],
  ] as const)("refuses a signature %s", async (...[, key, more, why]) => {
    expect(await verdict(key, { ...more })).toMatchObject({
      kind: "invalid",
      why: expect.stringMatching(why),
    });
  });

  const { provenance } = signedBy("ed25519");
  const [signed = "", signature = ""] = provenance.split(/(?=-----BEGIN PGP SIGNATURE)/);

  test.each([
    ["nothing", ""],
    ["no signature", signed],
    ["a signature alone", signature],
    ["a key", signedBy("rsa").keyring],
    ["the signature of another text", signed + signedBy("rsa").provenance.slice(signed.length)],
    ["any text", "name: web\n"],
    ["a header that is none", provenance.replace("Hash: SHA512", "Hash: SHA256")],
    ["a hidden line in the header", provenance.replace("Hash: SHA512", "Hash: SHA512\nname: evil")],
    ["a line more", provenance.replace("...", "...\nmore: evil")],
    ["a line less", provenance.replace("name: web\n", "")],
  ])("refuses %s", async (_, text) => {
    const keyring = await readKeyring(bytesOf(signedBy("ed25519").keyring), "k");
    expect(await keyring.verify(text, SIGNED_MS)).toMatchObject({ kind: "invalid" });
  });

  test("gives back what was signed, not what stands around it", async () => {
    const keyring = await readKeyring(bytesOf(signedBy("ed25519").keyring), "k");
    const text = `name: evil\n...\nfiles: {}\n${provenance}\nname: evil\n`;
    const verified = await keyring.verify(text, SIGNED_MS);
    expect(JSON.stringify(verified)).not.toContain("evil");
    expect(verified.kind).toBe("valid");
  });

  test.each(["rsa", "ed25519"] as const)(
    "never gives another text when any byte of what %s signed is another",
    async (key) => {
      const { keyring: keys, provenance: text } = signedBy(key);
      const keyring = await readKeyring(bytesOf(keys), "k");
      const good = await keyring.verify(text, SIGNED_MS);
      const body = text.indexOf("\n\n") + 2;
      const end = text.indexOf("\n-----BEGIN PGP SIGNATURE");
      for (let at = 0; at < text.length; at += stride(1)) {
        const bytes = Buffer.from(text);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        const found = await keyring.verify(bytes.toString(), SIGNED_MS);
        // Armor has labels and line ends that say nothing; of the text every byte counts.
        if (found.kind === "valid") expect<unknown>({ at, found }).toEqual({ at, found: good });
        if (at >= body && at < end)
          expect({ at, kind: found.kind }).toEqual({ at, kind: "invalid" });
      }
    },
  );

  test("looks at so many signatures only", async () => {
    const keyring = await readKeyring(bytesOf(signedBy("ed25519").keyring), "k");
    const [head = "", packet = ""] = signature.split("\n\n");
    const once = Buffer.from(packet.split("\n-----")[0]?.replace(/\n=.*$/s, "") ?? "", "base64");
    const many = (count: number) => {
      const armored = Buffer.concat(Array.from({ length: count }, () => once)).toString("base64");
      return `${signed}${head}\n\n${armored}\n-----END PGP SIGNATURE-----\n`;
    };
    expect(await keyring.verify(many(2), SIGNED_MS)).toMatchObject({ kind: "valid" });
    expect(await keyring.verify(many(10_000), SIGNED_MS)).toEqual({
      kind: "invalid",
      why: "it holds 10000 signatures",
    });
  });

  test.each([
    ["nothing", ""],
    ["any text", "any text"],
    ["a cut key", signedBy("rsa").keyring.slice(0, 300)],
    ["a signed text", provenance],
  ])("refuses %s as a keyring", async (_, text) => {
    const failure = readKeyring(bytesOf(text), "keys.asc");
    await expect(failure).rejects.toThrow(/Cannot use the keyring "keys.asc"/);
    await expect(failure).rejects.toBeInstanceOf(SourceError);
  });

  test("refuses a private key", async () => {
    const { generateKey } = await import("openpgp");
    const { privateKey } = await generateKey({ userIDs: [{ name: "x" }] });
    await expect(readKeyring(bytesOf(privateKey), "k")).rejects.toThrow(/private key/);
  });
});
