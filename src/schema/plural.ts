/** The plural of a kind where nobody has said it: English, as far as kinds go. */

/** `Policy` → `policies`. Lower case, as in request paths. */
export function guessPlural(kind: string): string {
  const lower = kind.toLowerCase();
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}
