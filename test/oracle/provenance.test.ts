/** Provenance files against Helm itself: what Helm signed and what somebody changed in it. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { requireProvenance } from "../../src/source/helm-provenance.ts";
import { describeWithOracle, type OracleKey, type OracleProvenance } from "../support/oracle.ts";
import { ARCHIVE, FILE_NAME, signedBy } from "../support/signed-chart.ts";

interface Case {
  readonly what: string;
  readonly asked: OracleProvenance;
  /** Labels, line ends and padding, which say nothing: Helm minds more of them. */
  readonly isArmor: boolean;
  /** Of the signature; its first 16 bits of the hash, which only repeat it, Helm does not look at. */
  readonly isSignature: boolean;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function caseOf(what: string, key: OracleKey, more: Partial<OracleProvenance> = {}): Case {
  const { keyring, provenance } = signedBy(key);
  const own = { keyring, archive: base64(ARCHIVE), fileName: FILE_NAME };
  const asked = { ...own, provenance: base64(Buffer.from(provenance)), ...more };
  return { what: `${key}: ${what}`, asked, isArmor: false, isSignature: false };
}

function flipped(key: OracleKey): readonly Case[] {
  const { provenance } = signedBy(key);
  const end = provenance.indexOf("-----BEGIN PGP SIGNATURE");
  return Array.from(provenance, (character, at) => {
    const bytes = Buffer.from(provenance);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const start = provenance.lastIndexOf("\n", at - 1) + 1;
    const line = provenance.slice(start).split("\n", 1)[0] ?? "";
    const isArmor = "\n=".includes(character) || /^(-----|Hash:|=[\w+/]{4}$)/.test(line);
    return {
      ...caseOf(`byte ${at}`, key, { provenance: base64(bytes) }),
      isArmor,
      isSignature: at > end,
    };
  });
}

const KEYS = ["rsa", "ed25519", "ed25519v6", "p256", "expired", "revoked"] as const;

const cases: readonly Case[] = [
  ...KEYS.map((key) => caseOf("as it was signed", key)),
  ...KEYS.flatMap((key) =>
    KEYS.map((other) => caseOf(`keyring of ${other}`, key, { keyring: signedBy(other).keyring })),
  ),
  ...KEYS.map((key) => caseOf("another name", key, { fileName: "web-1.2.4.tgz" })),
  ...KEYS.map((key) => caseOf("another archive", key, { archive: base64(Buffer.from("other")) })),
  ...KEYS.map((key) => caseOf("nothing", key, { provenance: "" })),
  ...flipped("rsa"),
  ...flipped("ed25519"),
];

async function takes({ asked }: Case): Promise<boolean> {
  const { keyring, archive, fileName, provenance } = asked;
  const sha256 = createHash("sha256").update(Buffer.from(archive, "base64")).digest("hex");
  const options = {
    keyring: { name: "k", base64: base64(Buffer.from(keyring)) },
    nowMs: Date.now(),
  };
  const chart = { name: "web", fileName, sha256 };
  return requireProvenance(Buffer.from(provenance, "base64"), chart, options).then(
    () => true,
    () => false,
  );
}

describeWithOracle("requireProvenance() decides as Helm does", {
  request: { provenances: cases.map(({ asked }) => asked) },
  tests(answers) {
    test(`in ${cases.length} cases`, async () => {
      const apart: string[] = [];
      for (const [index, one] of cases.entries()) {
        const helm = answers().provenances[index]?.error === undefined;
        const ours = await takes(one);
        const isKnown = ours ? one.isArmor : one.isArmor || one.isSignature;
        if (ours !== helm && !isKnown) apart.push(`${one.what}: Helm says ${helm}`);
      }
      expect(apart).toEqual([]);
    }, 60_000);

    test("takes what Helm signed", () => {
      const taken = cases.slice(0, 4).map((_, index) => answers().provenances[index]);
      expect(taken.map((answer) => answer?.error)).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    });
  },
});
