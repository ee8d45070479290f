/** `policy` of a document that is started: what it asks of its imports. */
import * as v from "valibot";
import { listOrOne, strict, text } from "./fields.ts";

const verify = strict({
  match: text("host and repository of artifacts, * for anything"),
  keys: v.exactOptional(listOrOne(text("the path of a public key"))),
  identity: v.exactOptional(text("the e-mail address or URL in the certificate")),
  identityRegexp: v.exactOptional(text("an RE2 pattern that the whole identity has to match")),
  issuer: v.exactOptional(text("the URL of the OpenID Connect provider")),
  trustedRoot: v.exactOptional(text("the path of a trusted_root.json of Sigstore")),
  signedAs: v.exactOptional(text("host/path of the repository where it was signed")),
});

export const policyBlock = strict({ verify: v.exactOptional(listOrOne(verify)) });

export const policyDocument = strict({ policy: v.exactOptional(policyBlock) });

export type VerifyDocument = v.InferOutput<typeof verify>;
