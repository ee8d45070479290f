/** What imports are held against, as a part of the resolved document and of its digest. */
import { expect, test } from "bun:test";
import { createHash, generateKeyPairSync } from "node:crypto";
import { describeAccepted, shownRules } from "../../../src/resolve/accepted-by.ts";
import { resolve } from "../../../src/resolve/resolve.ts";
import type { SignatureRule } from "../../../src/source/reference.ts";
import { memoryFiles } from "./memory-files.ts";

const at = { file: "k.yaml", line: 3, column: 5 };
const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const key = (pem: string, name = pem) => ({ name, pem });
const rule = (match: string, ...keys: SignatureRule["keys"]): SignatureRule => ({ match, keys });

test("describeAccepted() says nothing where nothing is asked", () => {
  expect(describeAccepted([], [])).toEqual({ origins: new Map() });
});

test("describeAccepted() names keys, trusted roots and keyrings by their digests alone, and where they stand", () => {
  const identity = {
    identity: { kind: "exact", text: "me@x.io" },
    issuer: "https://x.io",
    trustedRoot: { name: "root.json", text: "root" },
  } as const;
  const whole = { ...rule("oci://*", key("a", "keys/a.pub")), identities: [identity] };
  const chart = { katalog: "platform", keyring: digestOf("ring"), position: { ...at, line: 9 } };
  expect(describeAccepted([{ rule: whole, position: at }], [chart])).toEqual({
    acceptedBy: {
      signatures: [
        {
          match: "oci://*",
          keys: [digestOf("a")],
          identities: [
            {
              kind: "exact",
              text: "me@x.io",
              issuer: "https://x.io",
              trustedRoot: digestOf("root"),
            },
          ],
        },
      ],
      charts: [{ name: "platform", keyring: digestOf("ring") }],
    },
    origins: new Map([
      ["/acceptedBy/signatures/0", at],
      ["/acceptedBy/charts/0", { ...at, line: 9 }],
    ]),
  });
});

test.each([
  ["the order of rules", [rule("b", key("1")), rule("a", key("2"))]],
  ["a rule that is there twice", [rule("a", key("2")), rule("b", key("1")), rule("a", key("2"))]],
  ["the names of the files", [rule("a", key("2", "other.pub")), rule("b", key("1", "x"))]],
  ["a key that is there twice", [rule("a", key("2"), key("2", "y")), rule("b", key("1"))]],
])("shownRules() does not depend on %s", (_, rules) => {
  expect(shownRules(rules)).toEqual(shownRules([rule("a", key("2")), rule("b", key("1"))]));
});

test.each([
  ["another key", [rule("a", key("other"))]],
  ["a key more", [rule("a", key("1"), key("2"))]],
  ["another match", [rule("b", key("1"))]],
  ["a rule more", [rule("a", key("1")), rule("b", key("1"))]],
  ["another place where it was signed", [{ ...rule("a", key("1")), signedAs: "ghcr.io/a/b" }]],
])("shownRules() tells %s", (_, rules) => {
  expect(shownRules(rules)).not.toEqual(shownRules([rule("a", key("1"))]));
});

const pem = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();

const KATALOG = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: pg }
spec: { crds: { pg: { apiTypes: { group: pg.io, version: v1, kind: Pg, plural: pgs } } } }
`;
const withPolicy = (name: string) =>
  `policy: { verify: [{ match: "*", keys: [${name}] }] }\n${KATALOG}`;

async function resolved(files: Readonly<Record<string, string>>) {
  const result = await resolve({ paths: ["k.yaml"], env: {}, files: memoryFiles(files) });
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues));
  return result;
}

test("resolve() gives another digest for another key, the same for another name of its file, and the old one for none", async () => {
  const [own, other] = [pem(), pem()];
  const digests = await Promise.all(
    [
      { "k.yaml": KATALOG },
      { "k.yaml": withPolicy("a.pub"), "a.pub": own },
      { "k.yaml": withPolicy("b.pub"), "b.pub": own },
      { "k.yaml": withPolicy("a.pub"), "a.pub": other },
    ].map(async (files) => (await resolved(files)).digest),
  );
  const [none, first, renamed, exchanged] = digests;
  expect(renamed).toBe(first);
  expect(new Set([none, first, exchanged]).size).toBe(3);
});

test("resolve() tells where a rule stands", async () => {
  const { katalog, origins } = await resolved({ "k.yaml": withPolicy("a.pub"), "a.pub": pem() });
  expect(katalog.acceptedBy?.signatures).toHaveLength(1);
  expect(origins.get("/acceptedBy/signatures/0")).toMatchObject({ file: "k.yaml", line: 1 });
});
