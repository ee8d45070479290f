/** A short hash of a pod template for names and labels, in the alphabet of generated names. */
import { fnv1a } from "../../std/fnv.ts";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** Equal texts give equal hashes; which one differs from what a real controller would compute. */
export function templateHash(text: string): string {
  return [...String(fnv1a(text))]
    .map((digit) => ALPHABET[Number(digit) % ALPHABET.length])
    .join("");
}
