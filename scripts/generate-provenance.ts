/**
 * Writes `test/unit/source/fixtures/provenance.generated.json`: a chart's archive, signed by Helm's own package
 * with keys of several kinds that are made for it and thrown away. Needs Go.
 */
import { writeTarGz } from "../src/source/archive.ts";
import { askOracle, type OracleKey } from "../test/support/oracle.ts";

const OUT = "test/unit/source/fixtures/provenance.generated.json";
const KEYS: readonly OracleKey[] = [
  "rsa",
  "rsa1024",
  "ed25519",
  "ed25519v6",
  "p256",
  "expired",
  "revoked",
];

const metadata = "apiVersion: v2\nname: web\nversion: 1.2.3\n";
const katalog = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: web }
spec: { crds: { web: { apiTypes: { group: web.io, version: v1, kind: Web, plural: webs } } } }
`;
const encode = (text: string) => new TextEncoder().encode(text);
const files = new Map([
  ["web/Chart.yaml", encode(metadata)],
  ["web/templates/katalog.yaml", encode(katalog)],
]);
const archive = Buffer.from(await writeTarGz(files)).toString("base64");
const fileName = "web-1.2.3.tgz";
const asked = KEYS.map((key) => ({ key, archive, fileName, metadata }));
const { signings } = await askOracle({ signings: asked });
const now = new Date().toISOString();
await Bun.write(
  OUT,
  `${JSON.stringify({ now, fileName, metadata, archive, signings }, null, 1)}\n`,
);
