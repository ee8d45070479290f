/**
 * By what the imports of a start were accepted: the rules of `policy.verify` and the keyrings of charts,
 * as a part of the resolved document. A start that trusts other keys runs another document, by another
 * digest, whatever it imports. Pure.
 *
 * Files of keys stand for themselves by their digests: what they are called and where they lie decides
 * nothing, nor does the order of rules, all of which have to be met.
 */
import { createHash } from "node:crypto";
import type { AcceptedBy, AcceptedIdentity, AcceptedSignatures } from "../katalog/resolved.ts";
import type { IdentityRule, SignatureRule } from "../source/reference.ts";
import type { SourcePosition } from "../std/issue.ts";
import { canonicalJson, type Json } from "../std/json.ts";

/** One rule of `policy.verify`, and where it stands. */
export interface PlacedRule {
  readonly rule: SignatureRule;
  readonly position: SourcePosition;
}

/** A Katalog of a chart whose provenance was held against a keyring. */
export interface VerifiedKatalog {
  /** `metadata.name` of the Katalog. */
  readonly katalog: string;
  /** `sha256:` and 64 hex digits of the keyring. */
  readonly keyring: string;
  /** Of the import. */
  readonly position: SourcePosition;
}

export interface Accepted {
  /** Absent where nothing is asked of imports. */
  readonly acceptedBy?: AcceptedBy;
  /** By JSON pointer of the resolved document. */
  readonly origins: ReadonlyMap<string, SourcePosition>;
}

export function describeAccepted(
  rules: readonly PlacedRule[],
  verified: readonly VerifiedKatalog[],
): Accepted {
  if (rules.length === 0 && verified.length === 0) return { origins: new Map() };
  const signatures = canonical(rules, ({ rule }) => shownRule(rule));
  const charts = canonical(verified, ({ katalog, keyring }) => ({ name: katalog, keyring }));
  return {
    acceptedBy: {
      signatures: signatures.map(({ value }) => value),
      charts: charts.map(({ value }) => value),
    },
    origins: new Map([
      ...signatures.map(({ item }, index) => placed("signatures", index, item)),
      ...charts.map(({ item }, index) => placed("charts", index, item)),
    ]),
  };
}

function placed(
  list: keyof AcceptedBy,
  index: number,
  { position }: { readonly position: SourcePosition },
): [string, SourcePosition] {
  return [`/acceptedBy/${list}/${index}`, position];
}

/** Rules as data that tells whether they ask for the same, whatever the files of their keys are called. */
export function shownRules(rules: readonly SignatureRule[]): readonly AcceptedSignatures[] {
  return canonical(rules, shownRule).map(({ value }) => value);
}

/** Each value once, in an order that depends on nothing but the values; of equal ones the first item. */
function canonical<T, U>(
  items: readonly T[],
  show: (item: T) => U,
): readonly { readonly value: U; readonly item: T }[] {
  const byText = new Map<string, { readonly value: U; readonly item: T }>();
  for (const item of items) {
    const value = show(item);
    const text = canonicalJson(value as Json);
    if (!byText.has(text)) byText.set(text, { value, item });
  }
  return [...byText].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
}

function shownRule({ match, keys, identities = [], signedAs }: SignatureRule): AcceptedSignatures {
  return {
    match,
    keys: [...new Set(keys.map(({ pem }) => sha256(pem)))].sort(),
    ...(identities.length > 0 && { identities: identities.map(shownIdentity) }),
    ...(signedAs !== undefined && { signedAs }),
  };
}

function shownIdentity({ identity, issuer, trustedRoot }: IdentityRule): AcceptedIdentity {
  return { ...identity, issuer, trustedRoot: sha256(trustedRoot.text) };
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
