/** Which kind an entry of children makes. */
import { CHILD_KINDS } from "../katalog/children/children.ts";
import type { ChildEntry } from "../katalog/resolved.ts";

/** As it is written: a `custom` entry may have templates in it. */
export function typeOfEntry({ key, fields }: Pick<ChildEntry, "key" | "fields">): {
  readonly apiVersion: string;
  readonly kind: string;
} {
  if (key !== "custom") return CHILD_KINDS[key];
  return { apiVersion: String(fields["apiVersion"]), kind: String(fields["kind"]) };
}
