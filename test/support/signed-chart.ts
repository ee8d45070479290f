/** A chart that Helm's own package signed with keys of several kinds: `scripts/generate-provenance.ts`. */
import fixture from "../unit/source/fixtures/provenance.generated.json";
import type { OracleKey, OracleSigned } from "./oracle.ts";

export const FILE_NAME = fixture.fileName;

/** When it was signed, in milliseconds since the Unix epoch. */
export const SIGNED_MS = Date.parse(fixture.now);
export const ARCHIVE: Uint8Array = new Uint8Array(Buffer.from(fixture.archive, "base64"));

export function signedBy(key: OracleKey): OracleSigned {
  const found = fixture.signings.find((one) => one.key === key);
  if (!found) throw new Error(`Cannot find what the key "${key}" signed`);
  return { ...found, key };
}
