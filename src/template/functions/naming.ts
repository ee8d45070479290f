/** Names out of arbitrary text: what Kubernetes accepts as a label or an object's name (RFC 1123). */
import { createHash } from "node:crypto";

const MAX_LABEL_LENGTH = 63;
const HASH_LENGTH = 8;

/** The first 8 hexadecimal digits of the SHA-256 of the text: enough to tell names apart. */
function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}

/** `""`, or a DNS label of at most 63 characters. */
export function slugify(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, MAX_LABEL_LENGTH)
    .replace(/-$/, "");
}

/** The name itself when it has at most 63 characters, else its start and a hash of the whole. */
export function fitName(name: string): string {
  if (name.length <= MAX_LABEL_LENGTH) return name;
  const start = name.slice(0, MAX_LABEL_LENGTH - HASH_LENGTH - 1).replace(/[-.]+$/, "");
  return start === "" ? shortHash(name) : `${start}-${shortHash(name)}`;
}

/** `HTTPServer` is `http-server`. Text that is kebab-case already stays as it is. */
export function camelToKebab(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/[\s_]+/g, "-")
    .toLowerCase();
}

/** Cuts between characters, never inside one. */
export function truncateText(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  if (length <= 3) return characters.slice(0, length).join("");
  return `${characters.slice(0, length - 3).join("")}...`;
}

/** `https://a.example.com:8080/x?y` is `a.example.com:8080`. */
export function hostOf(url: string): string {
  return url
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/[/?#].*$/s, "");
}
