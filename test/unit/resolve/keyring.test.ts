/** `verify` of imported charts: whose keys are asked for, and what cannot be used. */
import { expect, test } from "bun:test";
import { packDocument } from "../../../src/resolve/pack.ts";
import { resolve } from "../../../src/resolve/resolve.ts";
import { signedBy } from "../../support/signed-chart.ts";
import { fakeSources } from "./fake-sources.ts";
import { memoryFiles } from "./memory-files.ts";

const KEYRING = signedBy("ed25519").keyring;
const CHART = "https://charts.example.io";
const KATALOG = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: pg }
spec: { crds: { pg: { apiTypes: { group: pg.io, version: v1, kind: Pg, plural: pgs } } } }
`;
const BUNDLES = {
  [CHART]: { files: { "Chart.yaml": "name: web\nversion: 1.0.0\n", "templates/a.yaml": KATALOG } },
};
const komposer = (verify: string) => `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
imports:
  helm:
    - repo: ${CHART}
      chart: web
      verify: ${verify}
`;

async function run(verify: string, files: Readonly<Record<string, string>> = {}) {
  const text = { "in/k.yaml": komposer(verify), "in/keys/own.asc": KEYRING, ...files };
  const sources = fakeSources(text, BUNDLES);
  const result = await resolve({ paths: ["in/k.yaml"], env: {}, sources });
  return { result, asked: sources.asked };
}

test("a keyring beside the document goes with what is asked for, and is told with its digest", async () => {
  const { result, asked } = await run("{ keyring: keys/own.asc }");
  expect(result.issues).toEqual([]);
  const base64 = Buffer.from(KEYRING).toString("base64");
  expect(asked).toMatchObject([{ kind: "chart", keyring: { name: "keys/own.asc", base64 } }]);
  const digest = `sha256:${new Bun.CryptoHasher("sha256").update(KEYRING).digest("hex")}`;
  const imports = result.kind === "resolved" ? result.imports : [];
  expect(imports.flatMap(({ files }) => files)).toContainEqual({ file: "in/keys/own.asc", digest });
});

test("without verify nothing is asked of provenance", async () => {
  const { asked } = await run("~");
  expect(asked.map((one) => "keyring" in one)).toEqual([false]);
});

test.each([
  ["no keyring", "{}", /"keyring" is missing/],
  ["an unknown key", "{ keyring: keys/own.asc, key: x }", /Unknown key "key"/],
  ["a word", "true", /mapping/],
  ["a file that is not there", "{ keyring: none.asc }", /none\.asc/],
  ["a file that is none", "{ keyring: k.yaml }", /holds no OpenPGP keys/],
  ["a URL", "{ keyring: 'https://x.io/k.asc' }", /no file beside the document/],
])("%s stops the start before anything is fetched", async (_, verify, message) => {
  const { result, asked } = await run(verify);
  expect(result.kind).toBe("failed");
  expect(asked).toEqual([]);
  expect(result.issues[0]?.message).toMatch(message);
  expect(result.issues[0]?.position).toMatchObject({ file: "in/k.yaml", line: 8 });
});

test("packDocument() takes the keyring along", async () => {
  const files = memoryFiles({ "k.yaml": komposer("{ keyring: own.asc }"), "own.asc": KEYRING });
  const packed = await packDocument({
    path: "k.yaml",
    files,
    env: {},
    openSources: async (own) => ({ ...fakeSources({}, BUNDLES), files: own, read: readFrom(own) }),
  });
  expect(packed.kind === "packed" && [...packed.files.keys()]).toEqual([
    "komposer.yaml",
    "own.asc",
  ]);
});

function readFrom(files: ReturnType<typeof memoryFiles>) {
  return async ({ location }: { readonly location: string }) => {
    const bytes = await files.read(location);
    const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    return { text: new TextDecoder().decode(bytes), digest: `sha256:${digest}` };
  };
}
