/**
 * Which names and label values Kubernetes takes, in the words of people; `sandbox/kinds/names.ts` has the server's.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/.
 */

export type NameRule = "label" | "subdomain" | "any";

const LABEL_KINDS: ReadonlySet<string> = new Set(["Namespace", "Service"]);

/** Patterns as the API server writes them, for the whole of a text. */
export const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
export const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
export const LABEL_MAX = 63;
export const SUBDOMAIN_MAX = 253;

const RULES = {
  label: {
    pattern: new RegExp(`^${LABEL}$`),
    strange: /[^-a-z0-9]/g,
    longest: LABEL_MAX,
    words: 'at most 63 lower-case letters, digits and "-", with a letter or digit at either end',
  },
  subdomain: {
    pattern: new RegExp(`^${SUBDOMAIN}$`),
    strange: /[^-.a-z0-9]/g,
    longest: SUBDOMAIN_MAX,
    words:
      'at most 253 lower-case letters, digits, "-" and ".", with a letter or digit at either end',
  },
} as const;

/** Names of the kinds of access rules are hardly restricted. */
export function nameRule({ apiVersion, kind }: { apiVersion: string; kind: string }): NameRule {
  if (apiVersion.startsWith("rbac.authorization.k8s.io/")) return "any";
  return apiVersion === "v1" && LABEL_KINDS.has(kind) ? "label" : "subdomain";
}

export interface NameProblem {
  /** Completes "expected …". */
  readonly expected: string;
  /** The nearest name that is one, where there is one. */
  readonly near?: string;
}

/** What is wrong with `name`, if anything is. */
export function nameProblem(name: string, rule: NameRule): NameProblem | undefined {
  if (rule === "any") return undefined;
  const { pattern, longest, strange, words } = RULES[rule];
  if (pattern.test(name) && name.length <= longest) return undefined;
  const near = name
    .toLowerCase()
    .replaceAll(strange, "-")
    .replace(/^[-.]+/, "")
    .slice(0, longest)
    .replace(/[-.]+$/, "");
  return { expected: words, ...(pattern.test(near) && { near }) };
}

/** Characters of a part of a name that no name may have; white space is not looked at. */
export function strangeCharacters(part: string, rule: NameRule): readonly string[] {
  if (rule === "any") return [];
  return [...new Set(part.replaceAll(/\s/g, "").match(RULES[rule].strange) ?? [])];
}

const LABEL_VALUE = new RegExp(`^(${QUALIFIED})?$`);

export const LABEL_VALUE_WORDS =
  'at most 63 letters, digits, "-", "_" and ".", with a letter or digit at either end';

export function isLabelValue(text: string): boolean {
  return text.length <= LABEL_MAX && LABEL_VALUE.test(text);
}
