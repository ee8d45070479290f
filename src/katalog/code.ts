/**
 * The schemas of code in a Katalog: `hooks`, `constructor` (modules beside the Katalog) and `remote`
 * (a service that answers over HTTP). What they mean: `katalog.md` section 6.
 */
import * as v from "valibot";
import { bool, duration, jsonObject, listOf, type Reads, strict, text } from "./fields.ts";

export interface ManagedResourceDocument {
  readonly apiVersion: string;
  readonly kind: string;
  /** Another namespace than the custom resource's, or `*` for all. */
  readonly namespace?: string;
}

/** A kind that code may touch. */
const managedResource: Reads<ManagedResourceDocument> = strict({
  apiVersion: text("an apiVersion such as apps/v1"),
  kind: text("a kind such as StatefulSet"),
  namespace: v.exactOptional(text('a namespace, or "*" for all')),
});

export const hooks = strict({
  module: text("the path of a TypeScript or JavaScript file"),
  timeout: v.exactOptional(duration),
  managedResources: v.exactOptional(listOf(managedResource)),
  args: v.exactOptional(jsonObject),
  runHooksFirst: v.exactOptional(bool),
});

/** Where a credential comes from, and the header that it goes into. */
export const auth = strict({
  secretRef: v.exactOptional(
    strict({ name: text("the name of a Secret"), key: text("a key of it") }),
  ),
  env: v.exactOptional(text("the name of a variable")),
  header: v.exactOptional(text("the name of a header")),
});

export const remote = strict({
  endpoint: text("a URL, or a template of one"),
  timeout: v.exactOptional(duration),
  auth: v.exactOptional(auth),
  args: v.exactOptional(jsonObject),
  payload: v.exactOptional(jsonObject),
  managedResources: v.exactOptional(listOf(managedResource)),
});

export type AuthDocument = v.InferOutput<typeof auth>;
export type HooksDocument = v.InferOutput<typeof hooks>;
export type RemoteDocument = v.InferOutput<typeof remote>;
