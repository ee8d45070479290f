/**
 * Names the digest that `@sigstore/core` leaves open.
 *
 * It calls `crypto.verify` without one for keys whose default OpenSSL knows: SHA-256. Deno knows no
 * default and throws, which the library takes for a signature that does not hold: every signature by a
 * certificate would be refused there. Here the same call says what it means.
 */
import { readFile } from "node:fs/promises";
import type { BunPlugin } from "bun";

const CRYPTO = /@sigstore\/core\/dist\/crypto\.js$/;
const OPEN = "crypto_1.default.verify(algorithm, data, key, signature)";
/** Keys of Edwards curves have their own. */
const NAMED = `crypto_1.default.verify(
  algorithm ?? (/^ed/.test(key.asymmetricKeyType) ? null : "sha256"), data, key, signature)`;

export const sigstoreDigest: BunPlugin = {
  name: "sigstore-digest",
  setup(build) {
    build.onLoad({ filter: CRYPTO }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (text.split(OPEN).length !== 2) {
        throw new Error(`Cannot name the digest in "${path}": expected "${OPEN}" once`);
      }
      return { loader: "js", contents: text.replace(OPEN, NAMED) };
    });
  },
};
