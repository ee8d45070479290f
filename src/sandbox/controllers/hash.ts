/** A short hash of a pod template for names and labels, in the alphabet of generated names. */

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Equal texts give equal hashes; which one differs from what a real controller would compute. */
export function templateHash(text: string): string {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME) >>> 0;
  }
  return [...String(hash)].map((digit) => ALPHABET[Number(digit) % ALPHABET.length]).join("");
}
