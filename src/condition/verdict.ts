/**
 * What became of a condition: three answers, because a condition that could not be decided must
 * neither create nor delete anything. `because` is one clause for people.
 */

export type Verdict =
  | { readonly kind: "true" }
  | { readonly kind: "false"; readonly because: string }
  | { readonly kind: "unknown"; readonly because: string };

export const TRUE: Verdict = { kind: "true" };

/** All must be true; a false one decides even beside unknown ones. */
export function all(verdicts: Iterable<Verdict>): Verdict {
  let unknown: Verdict | undefined;
  for (const verdict of verdicts) {
    if (verdict.kind === "false") return verdict;
    if (verdict.kind === "unknown") unknown ??= verdict;
  }
  return unknown ?? TRUE;
}

/** One must be true; an unknown one may still be it. None at all is false. */
export function any(verdicts: Iterable<Verdict>): Verdict {
  let unknown: Verdict | undefined;
  const reasons: string[] = [];
  for (const verdict of verdicts) {
    if (verdict.kind === "true") return verdict;
    if (verdict.kind === "unknown") unknown ??= verdict;
    reasons.push(verdict.because);
  }
  return unknown ?? { kind: "false", because: reasons.join(", and ") };
}
