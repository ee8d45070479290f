/**
 * `policy` of the documents that are started: whose signature their imports need. Read before anything
 * is imported, so that nothing slips through; what an import says of signatures counts for nothing.
 */
import { type NormalisedDocument, normalise } from "../katalog/normalise.ts";
import { policyDocument, type VerifyDocument } from "../katalog/policy.ts";
import { validateAs } from "../katalog/validate.ts";
import type { IdentityRule } from "../source/reference.ts";
import { SourceError } from "../source/source-error.ts";
import type { Issue, SourcePosition } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { nodeAt, positionOf, type YamlNode } from "../std/yaml-node.ts";
import type { PlacedRule } from "./accepted-by.ts";
import type { LoadedDocument } from "./load.ts";
import type { DocumentReader } from "./reader.ts";

export interface ReadPolicy {
  readonly rules: readonly PlacedRule[];
  readonly issues: readonly Issue[];
}

const POLICY: readonly PathSegment[] = ["policy"];

export function hasPolicy(root: YamlNode): boolean {
  return nodeAt(root, POLICY) !== undefined;
}

export async function readPolicy(
  { root, file }: LoadedDocument,
  reader: DocumentReader,
): Promise<ReadPolicy> {
  if (!hasPolicy(root) || root.kind !== "map") return { rules: [], issues: [] };
  const document = normalise(root);
  // What does not fit is told with the rest of the document; here it only must not be passed over.
  const own = new Map([...root.entries].filter(([key]) => key === "policy"));
  const head: NormalisedDocument = { ...document, root: { ...root, entries: own } };
  const { document: read, issues } = validateAs(policyDocument, head);
  if (issues.length > 0) return { rules: [], issues };
  const rules = await Promise.all(
    (read?.policy?.verify ?? []).map((rule, index) => {
      const path = [...POLICY, "verify", index];
      const position = positionOf(root, path);
      const report = (error: SourceError): Issue => ({
        code: "bad-key",
        severity: "error",
        message: error.message,
        path,
        position,
        ...(error.hint !== undefined && { hint: error.hint }),
      });
      return readRule(rule, { reader, file, position, report });
    }),
  );
  return {
    rules: rules.flatMap(({ rule }) => (rule ? [rule] : [])),
    issues: rules.flatMap((one) => one.issues),
  };
}

interface RuleScope {
  readonly reader: DocumentReader;
  readonly file: string;
  readonly position: SourcePosition;
  readonly report: (error: SourceError) => Issue;
}

async function readRule(
  document: VerifyDocument,
  { reader, file, position, report }: RuleScope,
): Promise<{ readonly rule?: PlacedRule; readonly issues: readonly Issue[] }> {
  try {
    const { match, keys: paths = [], signedAs } = document;
    const identity = await readIdentity(document, file, reader);
    const read = (path: string) => readBeside(path, { what: "key", file, reader });
    const keys = (await Promise.all(paths.map(read))).map(({ name, text }) => ({
      name,
      pem: text,
    }));
    if (keys.length === 0 && !identity)
      throw ruleFault(match, "the rule names no key and no identity");
    const rule = {
      match,
      keys,
      ...(identity && { identities: [identity] }),
      ...(signedAs !== undefined && { signedAs }),
    };
    const { signersOf } = await import("../source/oci/verify-policy.ts");
    // What cannot be used is told before anything is fetched.
    await signersOf(rule);
    return { rule: { rule, position }, issues: [] };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { issues: [report(error)] };
  }
}

/** Its four fields belong together. Throws `SourceError`. */
async function readIdentity(
  { match, identity, identityRegexp, issuer, trustedRoot }: VerifyDocument,
  file: string,
  reader: DocumentReader,
): Promise<IdentityRule | undefined> {
  const text = identity ?? identityRegexp;
  if (text === undefined && issuer === undefined && trustedRoot === undefined) return undefined;
  if (identity !== undefined && identityRegexp !== undefined) {
    throw ruleFault(match, "the rule has both identity and identityRegexp, expected one of them");
  }
  const missing = Object.entries({ identity: text, issuer, trustedRoot }).flatMap(([key, value]) =>
    value === undefined ? [key] : [],
  );
  if (text === undefined || issuer === undefined || trustedRoot === undefined) {
    const together = "identity (or identityRegexp), issuer and trustedRoot belong together";
    throw ruleFault(match, `the rule has no ${missing.join(" and no ")}: ${together}`);
  }
  const root = await readBeside(trustedRoot, { what: "trusted root", file, reader });
  const kind = identity === undefined ? "pattern" : "exact";
  return { identity: { kind, text }, issuer, trustedRoot: root };
}

function ruleFault(match: string, found: string): SourceError {
  return new SourceError("unreadable", `Cannot verify "${match}": ${found}`);
}

interface Beside {
  readonly what: string;
  readonly file: string;
  readonly reader: DocumentReader;
}

async function readBeside(path: string, { what, file, reader }: Beside) {
  const referral = reader.refer(path, file);
  if (referral.kind !== "file") {
    const message = `Cannot verify with the ${what} "${path}": it is no file beside the document`;
    const hint = `A ${what} that is fetched protects from nobody who can change what is fetched`;
    throw new SourceError("unreadable", message, { hint });
  }
  const { text, digest } = await reader.read(referral.target);
  reader.note(file, { file: referral.target.name, digest });
  return { name: path, text };
}
