/**
 * What a built-in kind does on top of what all kinds do: values that the server fills in, fields
 * that cannot change, objects that it refuses. One entry per kind in `strategies.ts`.
 */
import type { KubeObject } from "../../schema/object.ts";
import type { FieldError } from "../api-error.ts";
import type { Site } from "../site.ts";

export interface Strategy {
  /** `metadata.generation` counts changes of anything but metadata and status. */
  readonly hasGeneration?: boolean;
  /** Which rule names of the kind follow; subdomains where nothing is said. */
  readonly names?: "subdomain" | "label" | "path-segment";
  /** After defaults, before validation. */
  readonly prepareCreate?: (object: KubeObject, site: Site) => KubeObject;
  readonly prepareUpdate?: (object: KubeObject, current: KubeObject) => KubeObject;
  /** What a client should know of an object that is accepted: texts of `Warning` headers. */
  readonly warn?: (object: KubeObject) => readonly string[];
  readonly validate?: (object: KubeObject, current: KubeObject | undefined) => FieldError[];
}
