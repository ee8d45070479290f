/**
 * Which names and label values Kubernetes takes, in the words of people; `sandbox/kinds/names.ts` has the server's.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/.
 */

export type NameRule = "label" | "subdomain" | "job" | "cron-job" | "any";

/** By `apiVersion kind`, as Kubernetes 1.36 checks them; the others are subdomains. */
const RULE_OF_KIND: ReadonlyMap<string, NameRule> = new Map([
  ["v1 Namespace", "label"],
  ["v1 Service", "label"],
  ["apps/v1 StatefulSet", "label"],
  ["batch/v1 Job", "job"],
  ["batch/v1 CronJob", "cron-job"],
]);

/** Patterns as the API server writes them, for the whole of a text. */
export const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
export const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
export const LABEL_MAX = 63;
export const SUBDOMAIN_MAX = 253;
/** Room for the time that a CronJob adds to the names of its Jobs. */
export const CRON_JOB_MAX = 52;

const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);
const SUBDOMAIN_STRANGE = /[^-.a-z0-9]/g;
const SUBDOMAIN_WORDS =
  'lower-case letters, digits, "-" and ".", with a letter or digit at either end';

const RULES = {
  label: {
    pattern: new RegExp(`^${LABEL}$`),
    strange: /[^-a-z0-9]/g,
    longest: LABEL_MAX,
    words: 'at most 63 lower-case letters, digits and "-", with a letter or digit at either end',
  },
  subdomain: {
    pattern: SUBDOMAIN_PATTERN,
    strange: SUBDOMAIN_STRANGE,
    longest: SUBDOMAIN_MAX,
    words: `at most ${SUBDOMAIN_MAX} ${SUBDOMAIN_WORDS}`,
  },
  // Its pods get a label with its name.
  job: {
    pattern: SUBDOMAIN_PATTERN,
    strange: SUBDOMAIN_STRANGE,
    longest: LABEL_MAX,
    words: `at most ${LABEL_MAX} ${SUBDOMAIN_WORDS}`,
  },
  "cron-job": {
    pattern: SUBDOMAIN_PATTERN,
    strange: SUBDOMAIN_STRANGE,
    longest: CRON_JOB_MAX,
    words: `at most ${CRON_JOB_MAX} ${SUBDOMAIN_WORDS}`,
  },
} as const;

/** Names of the kinds of access rules are hardly restricted. */
export function nameRule({ apiVersion, kind }: { apiVersion: string; kind: string }): NameRule {
  if (apiVersion.startsWith("rbac.authorization.k8s.io/")) return "any";
  return RULE_OF_KIND.get(`${apiVersion} ${kind}`) ?? "subdomain";
}

/** How many characters a name may have. */
export function longestName(rule: NameRule): number {
  return rule === "any" ? Number.POSITIVE_INFINITY : RULES[rule].longest;
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
